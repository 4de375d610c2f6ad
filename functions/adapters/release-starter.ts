import { TransientFailure } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { decideIntake, type IntakeDecision, pairOf } from '../domain/intake.ts';
import { type ReleaseRecord, releaseIdOf, type ServiceRecord } from '../domain/release.ts';
import { alive, type Executions } from '../ports/executions.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { RegisteredImage } from '../ports/registry.ts';
import type { Log } from '../runtime/logger.ts';
import type { Runtime } from '../runtime/runtime.ts';

interface StarterWorld {
  readonly runtime: Runtime;
  readonly env: { readonly RELEASE_MACHINE_ARN: string };
  readonly log: Log;
  readonly ledger: Ledger;
  readonly executions: Executions;
}

/** Who or what brought an image up, and the tag that it named. */
interface Occasion {
  readonly startedBy: 'push' | 'build' | 'reconciler';
  readonly tag: string | null;
}

/** How often an ended attempt is followed by the next within one invocation. */
const ATTEMPTS_AT_ONCE_MAX = 3;

/** The tag named, if the registry confirms that this image has it; else one that it has. */
const versionOf = (image: RegisteredImage, tag: string | null): string | null =>
  tag !== null && image.tags.includes(tag) ? tag : (image.tags[0] ?? null);

/** Starts releases, once each: by conditional writes first, then by an execution whose name says which release it is. */
export const releaseStarter = ({ runtime, env, log, ledger, executions }: StarterWorld) => {
  const recordFor = (
    service: ServiceRecord,
    image: RegisteredImage,
    { startedBy, tag }: Occasion,
  ): ReleaseRecord => {
    const pair = pairOf(service, image.digest);
    return {
      releaseId: releaseIdOf(service.service, pair),
      service: service.service,
      ...pair,
      version: versionOf(image, tag),
      imagePushedAt: image.pushedAt,
      attempt: 1,
      phase: 'gating',
      outcome: null,
      reason: null,
      startedBy,
      startedAt: isoOf(runtime.now()),
      endedAt: null,
      executionArn: null,
    };
  };

  const ended = (
    record: ReleaseRecord,
    outcome: 'rejected' | 'superseded',
    reason: string,
  ): ReleaseRecord => ({
    ...record,
    phase: 'ended',
    outcome,
    reason,
    endedAt: isoOf(runtime.now()),
  });

  const happened = (kind: string, facts: Record<string, unknown>, once: string | null = null) => ({
    at: isoOf(runtime.now()),
    kind,
    facts,
    once,
  });

  const source = (image: RegisteredImage, service: ServiceRecord) => ({
    account: service.registryId,
    region: service.region,
    repository: service.repository,
    digest: image.digest,
    tags: image.tags,
    imagePushedAt: image.pushedAt,
  });

  /** Ends a release that no execution carries; one that is carried ends by itself. */
  const endUncarried = async (
    fresh: ReleaseRecord,
    outcome: 'rejected' | 'superseded',
    reason: string,
    facts: Record<string, unknown>,
  ): Promise<void> => {
    const kind = outcome === 'rejected' ? 'ReleaseRejected' : 'ReleaseSuperseded';
    const event = happened(kind, { ...facts, reason });
    const there = await ledger.beginRelease(ended(fresh, outcome, reason), event);
    if (there.phase === 'ended' || there.executionArn !== null) return;
    await ledger.changeRelease(fresh.releaseId, (record) =>
      record.phase === 'ended' || record.executionArn !== null
        ? null
        : { record: ended(record, outcome, reason), event },
    );
  };

  /** The attempt after one that has ended without its goal; null: there is nothing to try again. */
  const nextAttempt = (record: ReleaseRecord, after: number, reason: string) =>
    record.attempt !== after
      ? null
      : {
          record: {
            ...record,
            attempt: after + 1,
            phase: 'gating' as const,
            outcome: null,
            reason: null,
            endedAt: null,
            executionArn: null,
          },
          event: happened('ReleaseRetried', { attempt: after + 1, reason }),
        };

  /** Starts the execution of a release's attempt; one that already runs, or has succeeded, is enough. */
  const run = async (first: ReleaseRecord): Promise<void> => {
    let record = first;
    for (let tries = 0; tries < ATTEMPTS_AT_ONCE_MAX; tries += 1) {
      const { releaseId, attempt, service, digest, startedBy } = record;
      const name = `${releaseId}-${attempt}`;
      const input = { service, digest, releaseId, attempt, startedBy };
      const started = await executions.start(env.RELEASE_MACHINE_ARN, name, input);
      if (started === 'started') return;
      const state = await executions.named(env.RELEASE_MACHINE_ARN, name);
      if (state === null)
        throw new TransientFailure(`execution ${name} exists and can't be described yet`, {
          facts: { name },
        });
      if (alive(state) || state.status === 'SUCCEEDED') return;
      const reason = `execution ${name} ended ${state.status}`;
      const next = await ledger.changeRelease(releaseId, (now) =>
        now.outcome === null || now.outcome === 'failed' ? nextAttempt(now, attempt, reason) : null,
      );
      record = next.record;
      if (record.phase === 'ended') return;
    }
    throw new TransientFailure(
      `every attempt of ${first.releaseId} ends at once; see its execution`,
    );
  };

  const start = async (
    fresh: ReleaseRecord,
    attempt: number,
    facts: Record<string, unknown>,
  ): Promise<void> => {
    const { releaseId, service, digest, imagePushedAt, version } = fresh;
    const newest = await ledger.advanceNewest(
      service,
      { releaseId, digest, imagePushedAt },
      'order',
    );
    if (newest.releaseId !== releaseId) {
      const reason = `${newest.releaseId} was pushed later (${newest.imagePushedAt})`;
      return endUncarried(fresh, 'superseded', reason, facts);
    }
    const there = await ledger.beginRelease(
      fresh,
      happened('ReleaseStarted', { ...facts, version, startedBy: fresh.startedBy }),
    );
    if (there.phase === 'waitingForBuild') {
      const { record } = await ledger.changeRelease(releaseId, (now) =>
        now.phase === 'waitingForBuild'
          ? {
              record: { ...now, phase: 'gating' },
              event: happened('BuildProven', { ...facts, startedBy: fresh.startedBy }),
            }
          : null,
      );
      return run(record);
    }
    if (there.phase === 'ended') {
      if (attempt <= there.attempt) return;
      const { record } = await ledger.changeRelease(releaseId, (now) =>
        now.phase === 'ended' ? nextAttempt(now, attempt - 1, `it had ended ${now.outcome}`) : null,
      );
      return record.phase === 'ended' ? undefined : run(record);
    }
    return run(there);
  };

  const apply = async (
    decision: IntakeDecision,
    fresh: ReleaseRecord,
    facts: Record<string, unknown>,
  ): Promise<void> => {
    switch (decision.act) {
      case 'start':
        return start(fresh, decision.attempt, facts);
      case 'wait':
        await ledger.beginRelease(
          { ...fresh, phase: 'waitingForBuild', reason: decision.reason },
          happened('ReleaseWaits', { ...facts, reason: decision.reason }),
        );
        return;
      case 'supersede':
        return endUncarried(fresh, 'superseded', decision.reason, facts);
      case 'refuse':
        await endUncarried(fresh, 'rejected', decision.reason, facts);
        // Where the pair has a release already, that it was pushed again is still worth a line.
        await ledger.append(
          fresh.releaseId,
          happened('QuarantinedPairPushed', facts, `quarantined:${fresh.imagePushedAt}`),
        );
        return;
      case 'leave':
        return;
    }
  };

  return {
    /** Decides about an image of the registry, and does what was decided. */
    consider: async (
      service: ServiceRecord,
      image: RegisteredImage,
      occasion: Occasion,
    ): Promise<IntakeDecision> => {
      const fresh = recordFor(service, image, occasion);
      const at = { service: service.service, digest: image.digest };
      const [release, newest, quarantine, evidence] = await Promise.all([
        ledger.release(fresh.releaseId),
        ledger.newest(service.service),
        ledger.quarantined(service.service, pairOf(service, image.digest)),
        service.build === null ? null : ledger.evidence(at),
      ]);
      const pushed = { digest: image.digest, imagePushedAt: image.pushedAt };
      const decision = decideIntake({ service, pushed, release, newest, quarantine, evidence });
      log.info(`${decision.act} ${decision.releaseId}`, {
        ...decision,
        startedBy: occasion.startedBy,
      });
      await apply(decision, fresh, {
        ...source(image, service),
        ...(evidence?.build ? { buildId: evidence.build.buildId } : {}),
      });
      return decision;
    },

    /** Records that an image's build failed, unless another run has proven it. */
    reject: async (
      service: ServiceRecord,
      image: RegisteredImage,
      { reason, buildId }: { reason: string; buildId: string },
    ): Promise<'rejected' | 'proven'> => {
      const at = { service: service.service, digest: image.digest };
      if ((await ledger.evidence(at))?.build) return 'proven';
      const fresh = recordFor(service, image, { startedBy: 'build', tag: null });
      await endUncarried(fresh, 'rejected', reason, { ...source(image, service), buildId });
      return 'rejected';
    },

    run,
  };
};

export type ReleaseStarter = ReturnType<typeof releaseStarter>;
