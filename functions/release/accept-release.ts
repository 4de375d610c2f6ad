import { z } from 'zod';
import { provingBuild } from '../adapters/build-evidence.ts';
import { buildsOf } from '../adapters/builds.ts';
import { executionsOf } from '../adapters/executions.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { registeredService } from '../adapters/registered-service.ts';
import { registryOf } from '../adapters/registry.ts';
import { exportedTag } from '../domain/build.ts';
import { ReleaseRefused } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { pairOf } from '../domain/intake.ts';
import { pushedAfter } from '../domain/order.ts';
import { CarriedRelease, carried, mayBeTriedAgain, Step, stepsOf } from '../domain/promotion.ts';
import { Outcome, type ReleaseRecord, releaseIdOf, type ServiceRecord } from '../domain/release.ts';
import { type ReleaseRequest, requested, waiversIn } from '../events/release-request.ts';
import { alive } from '../ports/executions.ts';
import type { RegisteredImage } from '../ports/registry.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({
  request: z.unknown(),
  executionArn: z.string(),
  executionName: z.string(),
});
const Output = z.object({
  decision: z.enum(['accepted', 'joined', 'refused']),
  outcome: Outcome.nullable(),
  reason: z.string().nullable(),
  release: CarriedRelease,
  steps: z.array(Step),
});
type Output = z.input<typeof Output>;
type Env = z.output<(typeof environments)['release/accept-release']>;

const TAGS_SHOWN = 5;

/** Looks up at its source all that was asked for, and takes the release on for this execution. */
export const handler = handle({
  input: Input,
  output: Output,
  env: environments['release/accept-release'],
  run: (world) => async (input) => {
    const request = requested(input.request);
    const ledger = ledgerOf(world);
    const service = await registeredService(ledger, request.service);
    const image = await imageOf(world, service, request);
    const steps = await registeredSteps(world, service);
    const releaseId =
      request.releaseId ?? releaseIdOf(service.service, pairOf(service, image.digest));
    const there = await ledger.release(releaseId);
    if (request.releaseId !== undefined && (there === null || there.digest !== image.digest))
      throw new ReleaseRefused(
        `the ledger has no release ${releaseId} of ${image.digest}; start it by service and digest`,
        { facts: { releaseId } },
      );
    const { executionArn, executionName } = input;
    const claim = claiming(world, { service, image, request, executionArn, executionName });
    if (request.releaseId === undefined) {
      // Before anything is written: what has ended stays as it ended, what waits for its build goes on waiting.
      const no = (await claim.quarantined()) ?? (await claim.unproven());
      if (no !== null) throw new ReleaseRefused(no, { facts: { releaseId } });
    }
    const record = there ?? (await claim.begin(releaseId));
    return claim.decide(record, steps);
  },
});

const imageOf = async (
  world: World<Env>,
  service: ServiceRecord,
  { digest, tag }: ReleaseRequest,
): Promise<RegisteredImage> => {
  const registry = registryOf(world, service);
  const by = digest === undefined ? { tag: tag ?? '' } : { digest };
  const image = await registry.image(by);
  if (image) return image;
  const newest = await registry.newestTagged(TAGS_SHOWN);
  const tags = newest.flatMap((one) => one.tags.slice(0, 1));
  throw new ReleaseRefused(
    `${service.repository} has no image ${digest ?? `tagged ${tag}`}; ${
      tags.length === 0 ? 'it is empty' : `its newest tags are ${tags.join(', ')}`
    }`,
    { facts: { repository: service.repository, digest, tag } },
  );
};

const registeredSteps = async (
  world: World<Env>,
  service: ServiceRecord,
): Promise<z.output<typeof Step>[]> => {
  const steps = stepsOf(service);
  const known = new Set(await ledgerOf(world).targetIds());
  const missing = steps.filter(({ targetId }) => !known.has(targetId));
  if (missing.length === 0) return steps;
  throw new ReleaseRefused(
    `the ledger has no target ${missing.map(({ targetId }) => targetId).join(', ')}; deploy its stack first`,
    { facts: { service: service.service } },
  );
};

interface Claim {
  readonly service: ServiceRecord;
  readonly image: RegisteredImage;
  readonly request: ReleaseRequest;
  readonly executionArn: string;
  readonly executionName: string;
}

/** Takes a release on for one execution, by conditional writes: of two executions one carries it, the other joins. */
const claiming = (
  world: World<Env>,
  { service, image, request, executionArn, executionName }: Claim,
) => {
  const { runtime } = world;
  const ledger = ledgerOf(world);
  const executions = executionsOf(world);
  const now = (): string => isoOf(runtime.now());
  const byHand = request.releaseId === undefined;
  const startedBy = request.startedBy ?? 'hand';
  const at = { service: service.service, digest: image.digest };

  /** By hand, the push and the build have not been seen by intake: they are looked up now. Null: both are there. */
  const unproven = async (): Promise<string | null> => {
    const policy = service.build;
    if (policy === null || (await ledger.evidence(at))?.build) return null;
    const builds = buildsOf(world, service.region);
    const build = await provingBuild(policy, image.digest, {
      builds,
      registry: registryOf(world, service),
    });
    if (build === null)
      return `no successful run of ${policy.project} exports ${image.digest}; build it, and push what the build made`;
    const tag = exportedTag(build);
    const seenAt = now();
    await ledger.addEvidence(at, { build: { buildId: build.id, tag, seenAt } });
    const push = { imagePushedAt: image.pushedAt, tag, seenAt };
    await ledger.addEvidence(at, { push });
    return null;
  };

  const quarantined = async (pair = pairOf(service, image.digest)): Promise<string | null> => {
    const found = await ledger.quarantined(service.service, pair);
    return (
      found && `the pair is quarantined since ${found.at} by ${found.rolloutId}: ${found.reason}`
    );
  };

  const version = (): string | null =>
    request.tag ?? image.tags.find((tag) => tag !== 'latest') ?? image.tags[0] ?? null;

  const answer = (
    decision: Output['decision'],
    record: ReleaseRecord,
    steps: Output['steps'],
    { outcome, reason }: { outcome: Outcome | null; reason: string | null },
  ): Output => ({ decision, outcome, reason, release: carried(record), steps });

  const begin = async (releaseId: string): Promise<ReleaseRecord> => {
    const pair = pairOf(service, image.digest);
    const startedAt = now();
    return ledger.beginRelease(
      {
        releaseId,
        service: service.service,
        ...pair,
        version: version(),
        imagePushedAt: image.pushedAt,
        attempt: 1,
        phase: 'gating',
        outcome: null,
        reason: null,
        startedBy,
        startedAt,
        endedAt: null,
        executionArn: null,
      },
      {
        at: startedAt,
        kind: 'ReleaseStarted',
        facts: {
          account: service.registryId,
          region: service.region,
          repository: service.repository,
          digest: image.digest,
          tags: image.tags,
          imagePushedAt: image.pushedAt,
          startedBy,
          reason: request.reason ?? null,
          executionName,
        },
        once: null,
      },
    );
  };

  /** Why a release that this execution carries goes no further; null: it does. */
  const refusal = async (
    record: ReleaseRecord,
  ): Promise<{ outcome: Outcome; reason: string } | null> => {
    const no = (await quarantined(record)) ?? (byHand ? null : await unproven());
    if (no !== null) return { outcome: 'rejected', reason: no };
    const { releaseId, digest, imagePushedAt } = record;
    const candidate = { releaseId, digest, imagePushedAt };
    const older = byHand && request.reason !== undefined;
    const newest = await ledger.advanceNewest(service.service, candidate, older ? 'act' : 'order');
    if (newest.releaseId === releaseId || !pushedAfter(newest, record)) return null;
    return {
      outcome: 'superseded',
      reason: `${newest.releaseId} was pushed later (${newest.imagePushedAt})${
        byHand ? '; to release the older image all the same, give a reason' : ''
      }`,
    };
  };

  /** Says whether a release that had its time is asked for once more: by hand, over a newer one, and with a reason. */
  const wantedBack = async (record: ReleaseRecord): Promise<boolean> => {
    const { releaseId, outcome } = record;
    return (
      outcome === 'released' &&
      request.reason !== undefined &&
      ((await ledger.newest(service.service))?.releaseId !== releaseId ||
        (await liftedSince(record)))
    );
  };

  /** Says whether its pair was rolled back after its end, and then taken out of quarantine. */
  const liftedSince = async (record: ReleaseRecord): Promise<boolean> => {
    const lifted = (await ledger.quarantineOf(record.service, record))?.lifted;
    return lifted !== undefined && record.endedAt !== null && lifted.at > record.endedAt;
  };

  /** Says whether another execution still carries the release. */
  const carriedElsewhere = async (record: ReleaseRecord): Promise<boolean> =>
    record.executionArn !== null &&
    record.executionArn !== executionArn &&
    alive(await executions.state(record.executionArn));

  const decide = async (record: ReleaseRecord, steps: Output['steps']): Promise<Output> => {
    const joined = (there: ReleaseRecord, reason: string): Output =>
      answer('joined', there, steps, { outcome: there.outcome, reason });
    const ended = record.phase === 'ended';
    if (ended && !(byHand && (mayBeTriedAgain(record) || (await wantedBack(record)))))
      return joined(record, `${record.releaseId} has ended ${record.outcome}`);
    if (request.attempt !== undefined && request.attempt < record.attempt)
      return joined(record, `${record.releaseId} is in attempt ${record.attempt}`);
    if (!ended && (await carriedElsewhere(record)))
      return joined(record, `${record.releaseId} is carried by ${record.executionArn}`);

    const waivers = waiversIn(request, startedBy, runtime.now());
    const taken = await ledger.changeRelease(record.releaseId, (there) => {
      if (there.executionArn === executionArn && there.phase !== 'ended') return null;
      if (there.attempt !== record.attempt || there.executionArn !== record.executionArn)
        return null;
      const again = ended || there.executionArn !== null;
      const attempt = there.attempt + (again ? 1 : 0);
      return {
        record: {
          ...there,
          attempt,
          phase: 'gating',
          outcome: null,
          reason: null,
          endedAt: null,
          executionArn,
          waivers,
        },
        event: {
          at: now(),
          kind: 'ReleaseAccepted',
          facts: {
            attempt,
            executionArn,
            startedBy,
            reason: request.reason ?? null,
            ...(waivers.length === 0 ? {} : { waivers }),
          },
          once: null,
        },
      };
    });
    if (taken.record.executionArn !== executionArn)
      return joined(
        taken.record,
        `${record.releaseId} was taken on by ${taken.record.executionArn}`,
      );
    const refused = await refusal(taken.record);
    return refused
      ? answer('refused', taken.record, steps, refused)
      : answer('accepted', taken.record, steps, { outcome: null, reason: null });
  };

  return { quarantined, unproven, begin, decide };
};
