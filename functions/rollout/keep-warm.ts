import { z } from 'zod';
import { clusterAccess } from '../adapters/cluster-endpoint.ts';
import { fastPath } from '../adapters/fast-path.ts';
import { invokeOn } from '../adapters/invocation.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { ScaleOutput } from '../domain/cluster-inputs.ts';
import { ConfigurationMissing, isNamed } from '../domain/errors.ts';
import type { GuardRecord } from '../domain/guard.ts';
import { targetLockKey } from '../domain/lock.ts';
import type { LiveRecord } from '../domain/rollout.ts';
import type { Target } from '../domain/target.ts';
import { planWarm, type WarmPlan, warmSharePercent } from '../domain/warm.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ warm: z.literal(true) });
const Output = z.object({
  kept: z.int(),
  drained: z.int(),
  closed: z.int(),
  left: z.int(),
  failed: z.int(),
});
type Outcome = keyof z.input<typeof Output>;

type Env = z.output<(typeof environments)['rollout/keep-warm']>;

/** Each target costs a few calls and an invocation that waits for its cluster: so many at a time. */
const AT_ONCE = 10;

/** Keeps what a guard may go back to in step with live, and lets it go when the guard ends. One failing target never stops another. */
export const keepWarm = (world: World<Env>) => async (): Promise<z.input<typeof Output>> => {
  const counts = { kept: 0, drained: 0, closed: 0, left: 0, failed: 0 };
  const open = await ledgerOf(world).guards();
  for (let from = 0; from < open.length; from += AT_ONCE) {
    const some = open.slice(from, from + AT_ONCE);
    const outcomes = await Promise.all(some.map((guard) => attended(world, guard)));
    for (const outcome of outcomes) counts[outcome] += 1;
  }
  world.metrics.add('WarmKept', counts.kept);
  if (counts.failed > 0) world.metrics.add('WarmFailed', counts.failed);
  return counts;
};

const attended = async (world: World<Env>, guard: GuardRecord): Promise<Outcome> => {
  try {
    return await attend(world, guard);
  } catch (error) {
    world.log.error(`the warm color of ${guard.targetId} could not be kept`, error as Error);
    return 'failed';
  }
};

const attend = async (world: World<Env>, guard: GuardRecord): Promise<Outcome> => {
  const ledger = ledgerOf(world);
  const { targetId, rolloutId } = guard;
  const [target, live, rollout, lock] = await Promise.all([
    ledger.target(targetId),
    ledger.live(targetId),
    ledger.rollout(targetId),
    locksOf(world).read(targetLockKey(targetId)),
  ]);
  if (target === null) {
    await ledger.closeGuard(targetId, rolloutId);
    return 'closed';
  }
  const now = world.runtime.now();
  const lockedBy = lock !== null && lock.leaseUntil > now ? lock.owner : null;
  const plan = planWarm(guard, { now, live, rollout, lockedBy });
  if (plan.act === 'leave' || live === null) {
    world.log.info(`${targetId} is left alone`, { plan });
    return 'left';
  }
  if (plan.act === 'close') {
    await ledger.closeGuard(targetId, rolloutId);
    return 'closed';
  }
  return act(world, { guard, target, live, plan });
};

interface Kept {
  readonly guard: GuardRecord;
  readonly target: Target;
  readonly live: LiveRecord;
  readonly plan: Extract<WarmPlan, { act: 'keep' | 'drain' }>;
}

const act = async (world: World<Env>, kept: Kept): Promise<Outcome> => {
  const { guard, target, live, plan } = kept;
  const { targetId, service, color, rolloutId } = guard;
  // Before the pods go: an alarm that fires in between must not send traffic to them.
  if (plan.act === 'drain' && !(await tellShare(world, kept, 0))) return 'left';
  const cluster = await clusterAccess(world.runtime, target);
  const { lastGood } = plan;
  const sized = await invokeOn(world.runtime, target)(
    target.functions.scaleWorkload,
    {
      cluster,
      service,
      color: lastGood.color,
      replicas: plan.act === 'drain' ? 0 : { of: color, part: plan.part },
      filledBy: lastGood.rolloutId,
    },
    ScaleOutput,
  );
  if (plan.act === 'drain') {
    await ledgerOf(world).closeGuard(targetId, rolloutId);
    return 'drained';
  }
  if (!sized.scaled || sized.readyOfOther === null) {
    world.log.info(`${targetId}: the idle slot is not last good's any more`, { live, sized });
    return 'left';
  }
  const percent = warmSharePercent({ lastGood: sized.ready, live: sized.readyOfOther });
  return (await tellShare(world, kept, percent)) ? 'kept' : 'left';
};

/**
 * What last good can carry now, for the alarm fast path. The guard holds no lock, so it writes under the token of the rollout that
 * it watches: whoever has taken the target since wrote under a higher one, and the row refuses what comes late. False: it did.
 */
const tellShare = async (
  { runtime, log }: World<Env>,
  { guard, target, live }: Kept,
  sharePercent: number,
): Promise<boolean> => {
  if (target.shiftable === null) {
    throw new ConfigurationMissing(
      `${target.targetId} has a guard and one color only; deploy the stack of its target again`,
    );
  }
  const row = fastPath(runtime, placeOf(target), target.shiftable.fastPathTable);
  const present = await row.read();
  if (present?.rolloutId !== guard.rolloutId) return false;
  if (present.lastGood.sharePercent === sharePercent) return true;
  try {
    await row.change(live.token, { lastGood: { ...present.lastGood, sharePercent } });
    return true;
  } catch (error) {
    if (!isNamed(error, 'LockLost')) throw error;
    log.info(`${target.targetId} has been taken meanwhile`, error as Error);
    return false;
  }
};

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollout/keep-warm'],
  run: keepWarm,
});
