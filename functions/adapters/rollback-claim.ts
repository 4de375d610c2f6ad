import { TransientFailure } from '../domain/errors.ts';
import { invariant } from '../domain/invariant.ts';
import { rolloutOf } from '../domain/live.ts';
import { obstacle, type Unclaimed } from '../domain/rollback.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { alive, type Executions } from '../ports/executions.ts';
import type { Rollouts } from '../ports/ledger.ts';
import { withCompletion } from './earlier-claim.ts';

const MEETINGS_MAX = 8;

interface Asked {
  readonly targetId: string;
  readonly rolloutId: string | null;
  readonly attempt: number | null;
  readonly cause: string;
  readonly reason: string;
}

/**
 * Writes into the rollout's record that this execution rolls it back. Before the lock is taken over: of two that claim, only one
 * gets this far, so none takes the lock from under the other.
 */
export const claimRecord = async (
  world: { readonly ledger: Rollouts; readonly executions: Executions },
  asked: Asked,
  by: { readonly executionArn: string; readonly now: string },
): Promise<RolloutRecord | Unclaimed> => {
  for (let meeting = 0; meeting < MEETINGS_MAX; meeting += 1) {
    const claim = await decided(world, asked, by);
    if (claim !== 'metAnother') return claim;
  }
  throw new TransientFailure(`the rollout of ${asked.targetId} is being written by too many`);
};

const decided = async (
  { ledger, executions }: { readonly ledger: Rollouts; readonly executions: Executions },
  asked: Asked,
  by: { readonly executionArn: string; readonly now: string },
): Promise<RolloutRecord | Unclaimed | 'metAnother'> => {
  const newest = await ledger.rollout(asked.targetId);
  const record = await rolledBackBy(ledger, asked, newest);
  const owner = record?.rollback?.executionArn ?? null;
  const mine = owner === by.executionArn;
  const busy = owner !== null && !mine && alive(await executions.state(owner));
  const blocked = obstacle(record, asked, busy ? 'running' : 'none');
  if (blocked !== null) return blocked;
  invariant(record !== null, 'without a record there is nothing to claim');
  if (mine) return record;
  const before = newest ?? record;
  const after = { ...claimed(record, asked, by), token: before.token };
  return (await ledger.replaceRollout(before, after)) ? after : 'metAnother';
};

/** What was recorded when it was asked for may since have become weightier than this execution's own input; a person's word is his own. */
const claimed = (
  record: RolloutRecord,
  asked: Asked,
  by: { readonly executionArn: string; readonly now: string },
): RolloutRecord => {
  const { rollback } = record;
  const said = asked.attempt === null ? asked : (rollback ?? asked);
  const unended = rollback?.outcome === null || rollback?.outcome === 'stuck';
  return {
    ...withCompletion(record),
    rollback: {
      attempt: asked.attempt ?? (rollback?.attempt ?? 0) + 1,
      executionArn: by.executionArn,
      reason: said.reason,
      cause: said.cause,
      requestedAt: rollback?.requestedAt ?? by.now,
      outcome: null,
      // A rollback that was begun goes on to where it was going, whoever asks for it again.
      ...(unended && rollback.to !== undefined ? { to: rollback.to } : {}),
    },
  };
};

/** By hand, a newest rollout that was refused stands in nobody's way: what goes back is the live one. */
const rolledBackBy = async (
  ledger: Rollouts,
  asked: Asked,
  newest: RolloutRecord | null,
): Promise<RolloutRecord | null> => {
  const refused =
    newest !== null &&
    newest.endedAt !== null &&
    (newest.phase === 'planned' || newest.phase === 'preparing');
  if (asked.rolloutId !== null || !refused) return newest;
  const live = await ledger.live(asked.targetId);
  if (live === null) return newest;
  const history = await ledger.rolloutHistory(asked.targetId);
  const own = history.find(({ rolloutId }) => rolloutId === live.rolloutId);
  return own === undefined ? rolloutOf(asked.targetId, live) : { ...own, lastGood: live.lastGood };
};
