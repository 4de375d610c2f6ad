import { decideEarlier } from '../domain/earlier.ts';
import { InputRefused, TransientFailure } from '../domain/errors.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { floorOf, schemaRefusal } from '../domain/schema.ts';
import type { Target } from '../domain/target.ts';
import type { Ledger } from '../ports/ledger.ts';

const MEETINGS_MAX = 8;

interface Asked {
  readonly to: string;
  readonly reason: string;
  readonly cause: string;
}

/**
 * Writes into the record of what is live that this execution takes it back to a release that a person named. Everything that
 * speaks against it is said before anything is written.
 * @throws InputRefused
 */
export const claimEarlier = async (
  ledger: Ledger,
  target: Target,
  asked: Asked,
  by: { readonly executionArn: string; readonly now: string },
): Promise<RolloutRecord> => {
  for (let meeting = 0; meeting < MEETINGS_MAX; meeting += 1) {
    const claim = await decided(ledger, target, asked, by);
    if (claim !== 'metAnother') return claim;
  }
  throw new TransientFailure(`the rollout of ${target.targetId} is being written by too many`);
};

const decided = async (
  ledger: Ledger,
  target: Target,
  { to: named, reason, cause }: Asked,
  { executionArn, now }: { readonly executionArn: string; readonly now: string },
): Promise<RolloutRecord | 'metAnother'> => {
  const { targetId, service } = target;
  const [newest, live, history] = await Promise.all([
    ledger.rollout(targetId),
    ledger.live(targetId),
    ledger.rolloutHistory(targetId),
  ]);
  if (newest?.rollback?.executionArn === executionArn) return newest;
  const twoColors = target.shiftable !== null;
  const decision = decideEarlier({ to: named, live, newest, history, twoColors });
  if (decision.act === 'refuse') throw new InputRefused(decision.reason);
  const { record, to } = decision;
  const goal = to ?? record.lastGood;
  if (goal === null || newest === null) throw new InputRefused(`${named} can't be gone back to`);
  const quarantine = await ledger.quarantined(service, goal);
  if (quarantine !== null) {
    throw new InputRefused(
      `${named} is in quarantine since ${quarantine.at} (${quarantine.reason}); if that was wrong: slipway quarantine lift ${named} --service ${service} --reason …`,
    );
  }
  await mayMeetSchema(ledger, goal, history);
  const { rollback } = record;
  const after: RolloutRecord = {
    ...withCompletion(record),
    token: newest.token,
    rollback: {
      attempt: (rollback?.attempt ?? 0) + 1,
      executionArn,
      reason,
      cause,
      requestedAt: now,
      outcome: null,
      ...(to === null ? {} : { to }),
    },
  };
  return (await ledger.replaceRollout(newest, after)) ? after : 'metAnother';
};

/** @throws InputRefused when what was migrated since would break the release that is to come back */
export const mayMeetSchema = async (
  ledger: Ledger,
  to: { readonly releaseId: string; readonly rolloutId: string },
  history: readonly RolloutRecord[],
): Promise<void> => {
  const schema = (await ledger.release(to.releaseId))?.schema ?? null;
  const refusal = schemaRefusal({ name: to.releaseId, schema }, floorOf(history, to.rolloutId));
  if (refusal !== null) throw new InputRefused(refusal);
};

/** That it once had completed outlives its rollback. */
export const withCompletion = (record: RolloutRecord): RolloutRecord =>
  record.phase === 'completed' && record.endedAt !== null
    ? { ...record, completedAt: record.completedAt ?? record.endedAt }
    : record;
