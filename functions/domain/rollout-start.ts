import type { RolloutRecord } from './rollout.ts';

type Start =
  | { readonly decision: 'begin' }
  | { readonly decision: 'wait' | 'refuse'; readonly reason: string };

/** Whether a rollout may begin on a target whose lock it holds: not again, not over one that is stuck or still has to go back. */
export const mayBegin = (newest: RolloutRecord | null, rolloutId: string): Start => {
  if (newest === null) return { decision: 'begin' };
  const own = newest.rolloutId === rolloutId;
  if (own && newest.endedAt !== null) {
    return { decision: 'refuse', reason: `${rolloutId} has ended before (${newest.phase})` };
  }
  switch (newest.phase) {
    case 'stuck':
      return {
        decision: 'refuse',
        reason: `the rollback of ${newest.rolloutId} is stuck; a person must bring ${newest.targetId} back first`,
      };
    case 'rollingBack':
      return { decision: 'wait', reason: `${newest.rolloutId} is being rolled back` };
    case 'shifting':
    case 'baking':
      return own
        ? { decision: 'begin' }
        : { decision: 'wait', reason: `${newest.rolloutId} was left ${newest.phase}` };
    case 'planned':
    case 'preparing':
      return own || newest.endedAt !== null || newest.pointerVersion === null
        ? { decision: 'begin' }
        : { decision: 'wait', reason: `${newest.rolloutId} was left with a published pointer` };
    case 'completed':
      return newest.rollback !== null && newest.rollback.outcome === null
        ? { decision: 'wait', reason: `the rollback of ${newest.rolloutId} was asked for` }
        : { decision: 'begin' };
    case 'rolledBack':
      return { decision: 'begin' };
  }
};
