import { z } from 'zod';
import { clusterAccess } from '../adapters/cluster-endpoint.ts';
import { claimEarlier, mayMeetSchema } from '../adapters/earlier-claim.ts';
import { executionsOf } from '../adapters/executions.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { claimRecord } from '../adapters/rollback-claim.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import type { ClusterAccess, ScaleInput, SlotLimits } from '../domain/cluster-inputs.ts';
import { ConfigurationMissing, InputRefused, TransientFailure } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { TARGET_LEASE_SECONDS, targetLockKey } from '../domain/lock.ts';
import { slotInputs } from '../domain/prepared.ts';
import type { ServiceRecord } from '../domain/release.ts';
import { Claimed, RollbackByHand, RollbackStart, Unclaimed } from '../domain/rollback.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { type Color, otherColor, type Target, targetId } from '../domain/target.ts';
import type { Ledger } from '../ports/ledger.ts';
import { environments } from '../runtime/env.ts';
import { handle, misfits, type World } from '../runtime/handle.ts';

const Input = z.object({
  /** As it was given to the machine: whatever a person typed. */
  request: z.unknown(),
  executionArn: z.string().startsWith('arn:'),
});
const Output = z.discriminatedUnion('decision', [Claimed, Unclaimed]);

type Env = z.output<(typeof environments)['rollback/claim-rollback']>;

/** What is asked, in one form for machines and people. */
interface Asked {
  readonly targetId: string;
  readonly rolloutId: string | null;
  readonly attempt: number | null;
  readonly cause: string;
  readonly reason: string;
  /** The release that a person named. */
  readonly to: string | null;
}

/** Takes the target over under a higher token, whoever holds it; or joins the execution that already does it. */
export const claimRollback =
  (world: World<Env>) =>
  async ({ request, executionArn }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const ledger = ledgerOf(world);
    const locks = locksOf(world);
    const asked = await askedIn(ledger, request);
    const target = await ledger.target(asked.targetId);
    if (target === null) {
      throw new InputRefused(
        `there is no target ${asked.targetId}; registered are: ${(await ledger.targetIds()).join(', ')}`,
      );
    }
    const now = isoOf(runtime.now());
    const by = { executionArn, now };
    const claim =
      asked.to === null
        ? await claimLastGood(world, ledger, asked, by)
        : await claimEarlier(ledger, target, { ...asked, to: asked.to }, by);
    if ('decision' in claim) return claim;

    const key = targetLockKey(asked.targetId);
    const { rolloutId } = claim;
    const taken = await locks.takeOver(key, executionArn, TARGET_LEASE_SECONDS, { rolloutId });
    const token = taken < claim.token ? await locks.raise(key, taken, claim.token) : taken;
    const rollout = await changeRollout(ledger, { ...claim, token }, (record) => ({
      ...record,
      phase: 'rollingBack',
      endedAt: null,
    }));
    await ledger.append(rollout.releaseId, {
      at: now,
      kind: 'RollbackStarted',
      facts: { rolloutId, targetId: asked.targetId, token, rollback: rollout.rollback },
      once: `${rolloutId}#rollback#${rollout.rollback?.attempt ?? 0}`,
    });
    const to = rollout.rollback?.to ?? null;
    const lastGood = to ?? rollout.lastGood;
    const color =
      rollout.color ??
      (lastGood === null || target.shiftable === null ? 'blue' : otherColor(lastGood.color));
    const cluster = await clusterOf(world, target);
    return {
      decision: 'claimed',
      mode: modeOf(target, rollout, lastGood),
      first: lastGood === null,
      earlier: to !== null,
      reason: rollout.rollback?.reason ?? asked.reason,
      cause: rollout.rollback?.cause ?? asked.cause,
      rollout,
      target,
      lock: { key, token },
      lastGood,
      candidate: { color, digest: rollout.digest, configDigest: rollout.configDigest },
      ...(await revival(ledger, target, { lastGood, earlier: to !== null }, cluster)),
      drain: cluster && {
        ...drained(cluster, target, rollout, color),
        unfix: await limitsOf(ledger, target, lastGood),
      },
      startedAt: now,
    };
  };

/** A rollout that never got as far as a slot must not empty the one that is kept warm for live. */
const drained = (
  cluster: ClusterAccess,
  target: Target,
  rollout: RolloutRecord,
  color: Color,
): Omit<z.input<typeof ScaleInput>, 'unfix'> => ({
  cluster,
  service: target.service,
  color,
  replicas: target.rollback.keepPod ? 1 : 0,
  filledBy: rollout.color === null ? rollout.rolloutId : null,
});

/** Back to last good, whoever asks. A person after its end is told if the schema forbids it; a shift in progress waits for nothing. */
const claimLastGood = async (
  world: World<Env>,
  ledger: Ledger,
  asked: Asked,
  by: { readonly executionArn: string; readonly now: string },
): Promise<RolloutRecord | Unclaimed> => {
  const newest = asked.rolloutId === null ? await ledger.rollout(asked.targetId) : null;
  if (newest !== null && newest.endedAt !== null && newest.phase !== 'stuck') {
    const lastGood = (await ledger.live(asked.targetId))?.lastGood ?? null;
    const history = lastGood === null ? [] : await ledger.rolloutHistory(asked.targetId);
    if (lastGood !== null) await mayMeetSchema(ledger, lastGood, history);
  }
  return claimRecord({ ledger, executions: executionsOf(world) }, asked, by);
};

/** A published pointer may have been shifted, even if nobody came to record it. */
const modeOf = (
  target: Target,
  { pointerVersion }: RolloutRecord,
  lastGood: Claimed['lastGood'],
): Claimed['mode'] => {
  if (target.shiftable === null) return 'oneColor';
  return pointerVersion !== null && lastGood !== null ? 'shifted' : 'unshifted';
};

/** Where two colors are, traffic goes back without the cluster's help: an address that can't be read holds nothing up. */
const clusterOf = async (world: World<Env>, target: Target): Promise<ClusterAccess | null> => {
  try {
    return await clusterAccess(world.runtime, target);
  } catch (error) {
    if (target.shiftable === null) throw error;
    world.log.warn('the cluster could not be found; nothing will be drained', error as Error);
    return null;
  }
};

/** Between which sizes last good's load decides, once it serves alone. */
const limitsOf = async (
  ledger: Ledger,
  target: Target,
  lastGood: Claimed['lastGood'],
): Promise<SlotLimits | null> => {
  if (target.shiftable === null || lastGood === null) return null;
  const workload = await ledger.workload(lastGood.configDigest);
  return workload && { color: lastGood.color, replicas: workload.replicas };
};

/** How last good is put back into its slot. */
const revival = async (
  ledger: Ledger,
  target: Target,
  { lastGood, earlier }: { readonly lastGood: Claimed['lastGood']; readonly earlier: boolean },
  cluster: ClusterAccess | null,
): Promise<Pick<Claimed, 'apply' | 'check'>> => {
  if (earlier && cluster === null) {
    throw new TransientFailure(`the cluster of ${target.targetId} does not answer`);
  }
  if (lastGood === null || cluster === null) return { apply: null, check: null };
  const [service, workload] = await Promise.all([
    ledger.service(target.service),
    ledger.workload(lastGood.configDigest),
  ]);
  if (service === null || workload === null) {
    if (target.shiftable !== null && !earlier) return { apply: null, check: null };
    throw new ConfigurationMissing(
      `the ledger lacks what ${lastGood.releaseId} ran as (${service === null ? `service ${target.service}` : lastGood.configDigest})`,
    );
  }
  return slotInputs({
    target,
    service,
    workload,
    cluster,
    release: lastGood,
    color: lastGood.color,
    sizeOfOther: target.shiftable !== null,
  });
};

const askedIn = async (ledger: Ledger, request: unknown): Promise<Asked> => {
  if (typeof request === 'object' && request !== null && 'rolloutId' in request)
    return { ...shaped(RollbackStart, request), to: null };
  const hand = shaped(RollbackByHand, request);
  const service = await ledger.service(hand.service);
  if (service === null) {
    throw new InputRefused(
      `there is no service ${hand.service}; registered are: ${(await ledger.services()).join(', ')}`,
    );
  }
  const region = hand.region ?? onlyRegion(service, hand.environment);
  return {
    targetId: targetId({ ...hand, region }),
    rolloutId: null,
    attempt: null,
    cause: 'person',
    reason: `${hand.by}: ${hand.reason}`,
    to: hand.to ?? null,
  };
};

const onlyRegion = (service: ServiceRecord, environment: string): string => {
  const found = service.environments.find((each) => each.environment === environment);
  if (found === undefined) {
    throw new InputRefused(
      `${service.service} has no environment ${environment}; it has: ${service.environments.map((each) => each.environment).join(', ')}`,
    );
  }
  const regions = [...new Set(found.waves.flat())];
  const [region] = regions;
  if (regions.length === 1 && region !== undefined) return region;
  throw new InputRefused(
    `${service.service} runs in ${regions.length} Regions of ${environment}; name one as region: ${regions.join(', ')}`,
  );
};

const shaped = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputRefused(
    `${misfits(parsed.error, value)}; a person gives {service, environment, region?, to?, reason, by}`,
  );
};

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/claim-rollback'],
  run: claimRollback,
});
