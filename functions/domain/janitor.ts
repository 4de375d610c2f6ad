import { millisecondsOf } from './instant.ts';
import type { LockState } from './lock.ts';
import type { ReleaseRecord } from './release.ts';
import type { RolloutPhase, RolloutRecord } from './rollout.ts';

/** What Step Functions says of an execution, as far as the janitor asks. */
export interface Fate {
  readonly alive: boolean;
  readonly status: string;
  readonly reason: string | null;
}

/** A release whose ledger record is there and whose execution is not: intake may still be between the two. */
const START_GRACE_MS = 2 * 60_000;

/** What is to be done about a release that has not ended. */
export type ReleaseCare =
  | { readonly act: 'leave' }
  | { readonly act: 'start' }
  | { readonly act: 'conclude'; readonly reason: string };

/** Decides about an open release by the fate of its execution; null: there is no such execution. */
export const careForRelease = (
  record: ReleaseRecord,
  fate: Fate | null,
  now: number,
): ReleaseCare => {
  if (
    record.phase === 'ended' ||
    record.phase === 'waitingForBuild' ||
    record.phase === 'waitingForPush'
  )
    return { act: 'leave' };
  if (fate?.alive) return { act: 'leave' };
  if (fate)
    return {
      act: 'conclude',
      reason: `its execution ended ${fate.status} without a conclusion${
        fate.reason === null ? '' : ` (${fate.reason})`
      }`,
    };
  if (record.executionArn !== null)
    return { act: 'conclude', reason: `its execution ${record.executionArn} is gone` };
  return now - millisecondsOf(record.startedAt) < START_GRACE_MS
    ? { act: 'leave' }
    : { act: 'start' };
};

const UNFINISHED: readonly RolloutPhase[] = [
  'planned',
  'preparing',
  'shifting',
  'baking',
  'rollingBack',
];

/** Says whether a rollout has something under way that a rollback would have to undo. One that was refused has an end, and has not. */
export const unfinished = ({ phase, endedAt }: Pick<RolloutRecord, 'phase' | 'endedAt'>): boolean =>
  endedAt === null && UNFINISHED.includes(phase);

/** Says whether a finished rollout was to be rolled back and that has not begun: an alarm asked for it, or a person's execution died early. */
export const owesRollback = ({ phase, rollback }: RolloutRecord): boolean =>
  phase === 'completed' && rollback !== null && rollback.outcome === null;

/** The execution that answers for a rollout now: its rollback's once there is one. */
export const answerable = (record: RolloutRecord): string | null =>
  record.phase === 'rollingBack'
    ? (record.rollback?.executionArn ?? record.executionArn)
    : record.executionArn;

/**
 * Says whether the lock of an ended execution may be freed. A target's stays while its rollout is unfinished: the rollback
 * takes it over, and nobody else may come between.
 */
export const mayBeFreed = (
  lock: LockState,
  { alive, rollout }: { alive: boolean; rollout: RolloutRecord | null },
): boolean => !alive && lock.owner !== null && !(rollout && unfinished(rollout));
