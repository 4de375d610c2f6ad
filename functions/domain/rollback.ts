import { z } from 'zod';
import { ApplyInput, CheckInput, ScaleInput } from './cluster-inputs.ts';
import { executionName } from './execution-name.ts';
import { Lock } from './lock.ts';
import { Deployed, RolloutRecord } from './rollout.ts';
import { Color, Target } from './target.ts';

/** What the machines, the alarm fast path and the execution-status rule ask. */
export const RollbackRequest = z.object({
  rolloutId: z.string(),
  targetId: z.string(),
  cause: z.string(),
  reason: z.string(),
  requestedBy: z.string(),
  /** The rollout's own execution asks, or has ended: after it no tick can start. */
  yielded: z.boolean(),
  /** Which execution that is. Not said: the one on record. */
  executionArn: z.string().optional(),
});
export type RollbackRequest = z.infer<typeof RollbackRequest>;

/** The input with which `rollback` is started for a request. */
export const RollbackStart = RollbackRequest.omit({ yielded: true, executionArn: true }).extend({
  attempt: z.int().min(1),
});
export type RollbackStart = z.infer<typeof RollbackStart>;

/** The input with which a person starts `rollback`: to last good, whatever the newest rollout is doing, or to an earlier release. */
export const RollbackByHand = z.strictObject({
  service: z.string().min(1),
  environment: z.string().min(1),
  region: z.string().min(1).optional(),
  /** The release to go to; without it, last good. */
  to: z.string().min(1).optional(),
  reason: z.string().min(1),
  by: z.string().min(1),
});
export type RollbackByHand = z.infer<typeof RollbackByHand>;

/** How a request stands. */
export const Requested = z.object({
  state: z.enum(['running', 'ended']),
  /** completed: the rollout had come to its good end before anybody asked; it is what serves. */
  outcome: z.enum(['rolledBack', 'stuck', 'nothingToDo', 'completed']).nullable(),
  reason: z.string().nullable(),
  executionArn: z.string().nullable(),
});
export type Requested = z.infer<typeof Requested>;

/** A claimed rollback: what every step of it works on. */
export const Claimed = z.object({
  decision: z.literal('claimed'),
  mode: z.enum(['shifted', 'unshifted', 'oneColor']),
  /** The target had nothing before: there is no last good. */
  first: z.boolean(),
  /** A person named where to go: the slot is filled with it, and its pointer version found, on the way. */
  earlier: z.boolean().default(false),
  reason: z.string(),
  cause: z.string(),
  rollout: RolloutRecord,
  target: Target,
  lock: Lock,
  /** Where it goes. */
  lastGood: Deployed.nullable(),
  candidate: z.object({ color: Color, digest: z.string(), configDigest: z.string() }),
  apply: ApplyInput.nullable(),
  check: CheckInput.nullable(),
  /** null: the cluster's address could not be read; draining is then left out. */
  drain: ScaleInput.nullable(),
  startedAt: z.iso.datetime(),
});
export type Claimed = z.infer<typeof Claimed>;

/** A rollback that has nothing to do, or that another execution does. */
export const Unclaimed = z.object({
  decision: z.enum(['joined', 'nothingToDo']),
  reason: z.string(),
});
export type Unclaimed = z.infer<typeof Unclaimed>;

/** Causes that name the candidate: its pair may not be released again without an explicit act. */
const CONDEMNING: ReadonlySet<string> = new Set(['alarm', 'judge', 'candidate', 'person']);

/** Whether a rollback for this cause says that the pair is bad; all else leaves it not judged. */
export const condemns = (cause: string): boolean => CONDEMNING.has(cause);

/** Last good never goes into quarantine, not even when the same pair was tried over it. */
export const quarantines = (
  cause: string,
  candidate: { readonly digest: string; readonly configDigest: string },
  lastGood: { readonly digest: string; readonly configDigest: string } | null,
): boolean =>
  condemns(cause) &&
  (lastGood === null ||
    lastGood.digest !== candidate.digest ||
    lastGood.configDigest !== candidate.configDigest);

/** Lambda hands an error on as JSON, and so does an execution its child's end; people get what was said. */
export const plainReason = (reason: string): string => {
  const [, name, json] = /^([A-Za-z.]+): (\{.*\})$/s.exec(reason) ?? [];
  if (name === undefined || json === undefined) return reason;
  try {
    const said = JSON.parse(json) as Record<string, unknown>;
    if (typeof said['errorMessage'] === 'string') return `${name}: ${said['errorMessage']}`;
    if (typeof said['Status'] !== 'string') return reason;
    const { Name, Status, Error: error, Cause } = said;
    const how = Status === 'FAILED' ? [] : [`the execution ${Name} ended ${Status}`];
    const why = [error, Cause].filter((word) => typeof word === 'string');
    return [...how, ...why].join(': ') || `the execution ${Name} failed`;
  } catch {
    return reason;
  }
};

/**
 * A step that prepares the candidate may fail without a fault of the candidate's: a cluster that does not answer, a function that
 * was never reached. Only what the cluster refused, or a check condemned, names the candidate.
 */
export const causeOf = (request: { readonly cause: string; readonly reason: string }): string => {
  if (request.cause !== 'candidate') return request.cause;
  const [, name] = /^([A-Z][A-Za-z]*(?:\.[A-Za-z]+)*): /.exec(request.reason) ?? [];
  return name === undefined || name === 'CandidateRefused' ? 'candidate' : 'pipelineFailure';
};

/** The name of an attempt's execution: the same request gives the same name, whoever asks. */
export const rollbackName = (rolloutId: string, attempt: number): string =>
  executionName(rolloutId, `-rb-${attempt}`);

/** Who asks for the rollback of a finished rollout, because its target's alarms still point at it. */
export const GUARD = 'guard';

/** A rollout that was refused before it began stands in nobody's way. */
export const touchedNothing = (rollout: RolloutRecord): boolean =>
  rollout.endedAt !== null && (rollout.phase === 'planned' || rollout.phase === 'preparing');

/** Those who only ask again how it stands: after a rollback that is stuck a person must come, and their asking starts no other. */
const ASKING_AGAIN: ReadonlySet<string> = new Set(['rollout', 'release', 'executionStatus', GUARD]);

/** Attempts without a recorded end, after which nobody tries any more by himself. */
export const ATTEMPTS_MAX = 10;

type Step =
  | { readonly act: 'answer'; readonly answer: Omit<Requested, 'executionArn'> }
  | { readonly act: 'start'; readonly attempt: number };

/**
 * What a request leads to. `attempt` is how the execution of the record's newest attempt stands; `finished`, whether a completed
 * rollout still is what its open guard watches.
 */
export const decideRequest = (
  record: RolloutRecord | null,
  request: RollbackRequest,
  attempt: 'none' | 'notStarted' | 'running' | 'ended',
  finished: 'guarded' | 'unguarded' = 'unguarded',
): Step => {
  const answer = (
    state: Requested['state'],
    outcome: Requested['outcome'],
    reason: string,
  ): Step => ({ act: 'answer', answer: { state, outcome, reason } });
  const untouched = `${request.reason}; it had touched nothing`;
  if (record === null || record.rolloutId !== request.rolloutId) {
    return answer('ended', 'nothingToDo', untouched);
  }
  const { rollback } = record;
  if (rollback?.outcome === 'rolledBack' || record.phase === 'rolledBack') {
    return answer('ended', 'rolledBack', rollback?.reason ?? 'it was rolled back');
  }
  if (rollback?.outcome === 'abandoned') return answer('ended', 'nothingToDo', rollback.reason);
  if (touchedNothing(record) && attempt !== 'running') {
    return answer('ended', 'nothingToDo', untouched);
  }
  if (rollback === null) {
    if (record.phase === 'completed') {
      if (request.requestedBy === GUARD && finished === 'guarded') {
        return { act: 'start', attempt: 1 };
      }
      return answer('ended', 'completed', `${record.rolloutId} has completed`);
    }
    return { act: 'start', attempt: 1 };
  }
  if (attempt === 'running') return answer('running', null, rollback.reason);
  if (attempt === 'notStarted') return { act: 'start', attempt: rollback.attempt };
  const again = ASKING_AGAIN.has(request.requestedBy);
  if ((rollback.outcome === 'stuck' && again) || rollback.attempt >= ATTEMPTS_MAX) {
    return answer('ended', 'stuck', rollback.reason);
  }
  return { act: 'start', attempt: rollback.attempt + 1 };
};

const serving = ({ rollback, lastGood }: RolloutRecord): string => {
  const back = rollback?.to ?? lastGood;
  return back === null
    ? 'nothing was before it'
    : `last good ${back.version ?? back.digest.slice(0, 19)} serves`;
};

const nothingBefore = ({ rolloutId, rollback }: RolloutRecord): string => {
  if (rollback?.outcome !== 'abandoned') {
    return `nothing stands before ${rolloutId}: it is the target's first release, or came back by a rollback; go further back with --to`;
  }
  const to = rollback.to?.version ?? rollback.to?.releaseId ?? 'an earlier release';
  return `${rolloutId}: what was before it left its slot when the rollback to ${to} was abandoned; name a release with --to`;
};

/** What stands in the way of a claim; null: nothing does. */
export const obstacle = (
  record: RolloutRecord | null,
  asked: { readonly rolloutId: string | null; readonly attempt: number | null },
  other: 'running' | 'none',
): Unclaimed | null => {
  const nothing = (reason: string): Unclaimed => ({ decision: 'nothingToDo', reason });
  if (record === null) return nothing('there was no rollout on this target');
  if (asked.rolloutId !== null && asked.rolloutId !== record.rolloutId) {
    return nothing(`${asked.rolloutId} is not the newest rollout, ${record.rolloutId} is`);
  }
  if (record.phase === 'rolledBack' || record.rollback?.outcome === 'rolledBack') {
    return nothing(
      `nothing is active: ${record.rolloutId} was rolled back (${record.rollback?.reason ?? 'no reason recorded'}); ${serving(record)}`,
    );
  }
  if (other === 'running') {
    return {
      decision: 'joined',
      reason: `${record.rollback?.executionArn ?? 'another execution'} does it`,
    };
  }
  const superseded =
    asked.attempt !== null && record.rollback !== null && record.rollback.attempt !== asked.attempt;
  if (superseded) {
    return { decision: 'joined', reason: `attempt ${record.rollback?.attempt ?? 0} does it` };
  }
  const byHand = asked.rolloutId === null;
  if (record.phase === 'completed' && !byHand && record.rollback === null) {
    return nothing(`${record.rolloutId} has completed`);
  }
  if (record.phase === 'completed' && record.lastGood === null) {
    return nothing(nothingBefore(record));
  }
  if (touchedNothing(record)) {
    return nothing(`${record.rolloutId} was refused and touched nothing`);
  }
  return null;
};
