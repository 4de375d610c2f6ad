import { LockLost, TransientFailure } from '../domain/errors.ts';
import type { LiveRecord, RolloutRecord } from '../domain/rollout.ts';
import type { Rollouts } from '../ports/ledger.ts';

/** How often a change is decided anew when another one meets it. */
const MEETINGS_MAX = 8;

/**
 * Changes a rollout's record on what it is at the moment of the write: a rollback that was asked for meanwhile is not overwritten.
 * Throws LockLost once another rollout, or a higher token, has the target. `live` is written with it or not at all.
 */
export const changeRollout = async (
  ledger: Pick<Rollouts, 'rollout' | 'replaceRollout'>,
  at: { readonly targetId: string; readonly rolloutId: string; readonly token: number },
  change: (record: RolloutRecord) => RolloutRecord,
  live?: LiveRecord,
): Promise<RolloutRecord> => {
  for (let meeting = 0; meeting < MEETINGS_MAX; meeting += 1) {
    const before = await ledger.rollout(at.targetId);
    if (before?.rolloutId !== at.rolloutId || before.token > at.token) {
      throw new LockLost(
        `${at.targetId} belongs to ${before?.rolloutId ?? 'nobody'} under token ${before?.token ?? 0}, not to ${at.rolloutId} under ${at.token}`,
        { facts: { ...at } },
      );
    }
    const after = { ...change(before), token: at.token };
    if (JSON.stringify(after) === JSON.stringify(before)) return before;
    if (await ledger.replaceRollout(before, after, live)) return after;
  }
  throw new TransientFailure(`the record of ${at.rolloutId} is being written by too many at once`);
};
