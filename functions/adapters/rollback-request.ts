import { TransientFailure } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { invariant } from '../domain/invariant.ts';
import {
  causeOf,
  condemns,
  decideRequest,
  GUARD,
  plainReason,
  type Requested,
  type RollbackRequest,
  type RollbackStart,
  rollbackName,
  touchedNothing,
} from '../domain/rollback.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { alive, type Executions } from '../ports/executions.ts';
import type { Guards, Rollouts } from '../ports/ledger.ts';
import type { Runtime } from '../runtime/runtime.ts';

interface RequestWorld {
  readonly runtime: Runtime;
  readonly ledger: Pick<Rollouts, 'rollout' | 'replaceRollout' | 'live' | 'rolloutHistory'> &
    Pick<Guards, 'guard'>;
  readonly executions: Executions;
  readonly rollbackMachineArn: string;
}

const MEETINGS_MAX = 8;

/** Asks for the one rollback of a rollout, or says where it stands. Ten who ask make one execution; a failed one blocks no later. */
export const requestRollback =
  (world: RequestWorld) =>
  async (given: RollbackRequest): Promise<Requested> => {
    const request = { ...given, cause: causeOf(given), reason: plainReason(given.reason) };
    for (let meeting = 0; meeting < MEETINGS_MAX; meeting += 1) {
      const answer = await decided(world, request);
      if (answer !== 'metAnother') return answer;
    }
    throw new TransientFailure(`the record of ${request.rolloutId} is being written by too many`);
  };

/** One reading of the record, one decision on it, one write under the condition that it is still what was read. */
const decided = async (
  world: RequestWorld,
  request: RollbackRequest,
): Promise<Requested | 'metAnother'> => {
  const { ledger, runtime } = world;
  const now = isoOf(runtime.now());
  const newest = await ledger.rollout(request.targetId);
  const record = await meantBy(ledger, request, newest);
  const own = record?.rolloutId === request.rolloutId ? record : null;
  const execution = own === null ? null : await executionOf(world, own);
  const finished = await finishedAs(ledger, request);
  const step = decideRequest(record, request, standing(own, execution), finished);
  if (own === null || step.act === 'answer') {
    invariant(step.act === 'answer', 'only the newest rollout can be rolled back');
    const noticed = own === null || (await replaced(ledger, own, noted(own, request, now)));
    if (!noticed) return 'metAnother';
    return { ...step.answer, executionArn: execution?.executionArn ?? null };
  }
  const before = newest ?? own;
  const asked = { ...recordedAttempt(own, request, step.attempt, now), token: before.token };
  if (!(await replaced(ledger, before, asked))) return 'metAnother';
  return started(world, request, step.attempt);
};

/** The guard watches what is live; a newest rollout that was refused hides it. */
const meantBy = async (
  ledger: RequestWorld['ledger'],
  { requestedBy, targetId, rolloutId }: RollbackRequest,
  newest: RolloutRecord | null,
): Promise<RolloutRecord | null> => {
  if (requestedBy !== GUARD || newest === null || newest.rolloutId === rolloutId) return newest;
  if (!touchedNothing(newest)) return newest;
  const history = await ledger.rolloutHistory(targetId);
  return history.find((one) => one.rolloutId === rolloutId) ?? newest;
};

/** Whether the rollout is what serves, and still watched. */
const finishedAs = async (
  ledger: RequestWorld['ledger'],
  { requestedBy, targetId, rolloutId }: RollbackRequest,
): Promise<'guarded' | 'unguarded'> => {
  if (requestedBy !== GUARD) return 'unguarded';
  const [guard, live] = await Promise.all([ledger.guard(targetId), ledger.live(targetId)]);
  return guard?.rolloutId === rolloutId && live?.rolloutId === rolloutId ? 'guarded' : 'unguarded';
};

const recordedAttempt = (
  own: RolloutRecord,
  request: RollbackRequest,
  attempt: number,
  now: string,
): RolloutRecord => {
  const after = noted(own, request, now);
  if (own.rollback?.attempt === attempt) return after;
  const { reason } = request;
  const cause = strongest(own, request);
  const to = own.rollback?.to;
  return {
    ...after,
    rollback: {
      attempt,
      executionArn: null,
      reason,
      cause,
      requestedAt: now,
      outcome: null,
      ...(to === undefined ? {} : { to }),
    },
  };
};

/** A name that is taken means that another asked at the same moment. */
const started = async (
  { executions, rollbackMachineArn }: RequestWorld,
  request: RollbackRequest,
  attempt: number,
): Promise<Requested> => {
  const { rolloutId, targetId, cause, reason, requestedBy } = request;
  const input: RollbackStart = { rolloutId, targetId, cause, reason, requestedBy, attempt };
  const name = rollbackName(rolloutId, attempt);
  await executions.start(rollbackMachineArn, name, input);
  const execution = await executions.named(rollbackMachineArn, name);
  return {
    state: 'running',
    outcome: null,
    reason,
    executionArn: execution?.executionArn ?? null,
  };
};

const executionOf = ({ executions, rollbackMachineArn }: RequestWorld, record: RolloutRecord) => {
  if (record.rollback === null) return null;
  const { executionArn, attempt } = record.rollback;
  return executionArn === null
    ? executions.named(rollbackMachineArn, rollbackName(record.rolloutId, attempt))
    : executions.state(executionArn);
};

const standing = (
  record: RolloutRecord | null,
  execution: Awaited<ReturnType<typeof executionOf>>,
) => {
  if (record === null || record.rollback === null) return 'none' as const;
  if (alive(execution)) return 'running' as const;
  return execution === null && record.rollback.executionArn === null
    ? ('notStarted' as const)
    : ('ended' as const);
};

/** A cause that names the candidate outweighs one that does not, whichever came first. */
const strongest = (record: RolloutRecord, request: RollbackRequest): string => {
  const before = record.rollback?.cause;
  return before !== undefined && condemns(before) ? before : request.cause;
};

/** What the request adds to the record, whether or not it starts anything. */
const noted = (record: RolloutRecord, request: RollbackRequest, now: string): RolloutRecord => {
  const { rollback } = record;
  const stronger =
    rollback !== null &&
    rollback.outcome === null &&
    condemns(request.cause) &&
    !condemns(rollback.cause);
  return {
    ...record,
    yieldedAt: record.yieldedAt ?? (yields(record, request) ? now : null),
    rollback: stronger ? { ...rollback, cause: request.cause, reason: request.reason } : rollback,
  };
};

/** An execution whose successor has taken the rollout over has no tick left to give up: the successor has. */
const yields = (
  { executionArn: ticking }: RolloutRecord,
  { yielded, executionArn }: RollbackRequest,
): boolean =>
  yielded && (executionArn === undefined || ticking === null || executionArn === ticking);

const replaced = async (
  ledger: RequestWorld['ledger'],
  before: RolloutRecord,
  after: RolloutRecord,
): Promise<boolean> =>
  JSON.stringify(before) === JSON.stringify(after) || ledger.replaceRollout(before, after);
