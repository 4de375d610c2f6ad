import type { GuardRecord } from './guard.ts';
import { isoOf, millisecondsOf } from './instant.ts';
import type { Deployed, LiveRecord, RolloutRecord } from './rollout.ts';
import type { Color, Target } from './target.ts';

/** From the end of a rollout: so long last good keeps as many replicas as live. */
export const FULLY_WARM_SECONDS = 3600;
/** What is kept after that is spread over zones, and one zone may be lost. */
const WARM_MIN = 2;

/** All of live's replicas, or half of them. */
export type WarmPart = 'all' | 'half';

/** The guard that a finished rollout opens; the same end gives the same guard, however often it is asked for. */
export const guardOpened = (
  target: Target,
  rollout: { readonly rolloutId: string; readonly releaseId: string; readonly color: Color },
  at: { readonly lastGood: Deployed | null; readonly endedAt: string },
): GuardRecord => {
  const { seconds, rollsBackSeconds } = target.guard;
  const after = (length: number): string =>
    isoOf(millisecondsOf(at.endedAt) + Math.min(length, seconds) * 1000);
  return {
    targetId: target.targetId,
    service: target.service,
    environment: target.environment,
    ...rollout,
    lastGood: at.lastGood,
    startedAt: at.endedAt,
    rollsBackUntil: after(rollsBackSeconds),
    fullyWarmUntil: after(FULLY_WARM_SECONDS),
    endsAt: after(seconds),
  };
};

/** What is done about one guard's warm color now. */
export type WarmPlan =
  | { readonly act: 'keep'; readonly part: WarmPart; readonly lastGood: Deployed }
  | { readonly act: 'drain'; readonly lastGood: Deployed }
  /** Nothing of its own is kept any more: only its row goes. */
  | { readonly act: 'close'; readonly reason: string }
  | { readonly act: 'leave'; readonly reason: string };

/** What is known of the target of a guard. */
export interface WarmSight {
  readonly now: number;
  readonly live: LiveRecord | null;
  readonly rollout: RolloutRecord | null;
  /** Who holds the target's lock. */
  readonly lockedBy: string | null;
}

/** The idle slot is kept only while it is nobody else's: a rollout that fills it, or a rollback that uses it, has it for itself. */
export const planWarm = (guard: GuardRecord, sight: WarmSight): WarmPlan => {
  const over = sight.now >= millisecondsOf(guard.endsAt);
  const other = (reason: string): WarmPlan => ({ act: over ? 'close' : 'leave', reason });
  if (sight.live?.rolloutId !== guard.rolloutId) {
    return other(`${guard.rolloutId} is no longer live, ${sight.live?.rolloutId ?? 'nothing'} is`);
  }
  if (guard.lastGood === null) return other('there was nothing before it');
  if (sight.lockedBy !== null) return { act: 'leave', reason: `${sight.lockedBy} has the target` };
  const { rollout } = sight;
  if (rollout?.rolloutId === guard.rolloutId && rollout.phase !== 'completed') {
    return { act: 'leave', reason: `${rollout.rolloutId} is ${rollout.phase}` };
  }
  if (rollout !== null && rollout.rolloutId !== guard.rolloutId && rollout.endedAt === null) {
    return { act: 'leave', reason: `${rollout.rolloutId} is filling the idle slot` };
  }
  const { lastGood } = guard;
  if (over) return { act: 'drain', lastGood };
  const part = sight.now < millisecondsOf(guard.fullyWarmUntil) ? 'all' : 'half';
  return { act: 'keep', part, lastGood };
};

/** How many replicas last good keeps beside so many of live's. */
export const warmReplicas = (live: number, part: WarmPart): number =>
  part === 'all' ? live : Math.min(live, Math.max(WARM_MIN, Math.ceil(live / 2)));

/** How much of the traffic last good can carry now, measured by what carries all of it. */
export const warmSharePercent = (ready: { lastGood: number; live: number }): number => {
  if (ready.lastGood === 0) return 0;
  if (ready.lastGood >= ready.live) return 100;
  return Math.floor((100 * ready.lastGood) / ready.live);
};
