import { TransientFailure } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { invariant } from '../domain/invariant.ts';
import {
  causeOf,
  condemns,
  decideRequest,
  plainReason,
  type Requested,
  type RollbackRequest,
  type RollbackStart,
  rollbackName,
} from '../domain/rollback.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { alive, type Executions } from '../ports/executions.ts';
import type { Rollouts } from '../ports/ledger.ts';
import type { Runtime } from '../runtime/runtime.ts';

interface RequestWorld {
  readonly runtime: Runtime;
  readonly ledger: Pick<Rollouts, 'rollout' | 'replaceRollout'>;
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
  const record = await ledger.rollout(request.targetId);
  const own = record?.rolloutId === request.rolloutId ? record : null;
  const execution = own === null ? null : await executionOf(world, own);
  const step = decideRequest(record, request, standing(own, execution));
  if (own === null || step.act === 'answer') {
    invariant(step.act === 'answer', 'only the newest rollout can be rolled back');
    const noticed = own === null || (await replaced(ledger, own, noted(own, request, now)));
    if (!noticed) return 'metAnother';
    return { ...step.answer, executionArn: execution?.executionArn ?? null };
  }
  const asked = recordedAttempt(own, request, step.attempt, now);
  if (!(await replaced(ledger, own, asked))) return 'metAnother';
  return started(world, request, step.attempt);
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
  return {
    ...after,
    rollback: { attempt, executionArn: null, reason, cause, requestedAt: now, outcome: null },
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
    yieldedAt: record.yieldedAt ?? (request.yielded ? now : null),
    rollback: stronger ? { ...rollback, cause: request.cause, reason: request.reason } : rollback,
  };
};

const replaced = async (
  ledger: RequestWorld['ledger'],
  before: RolloutRecord,
  after: RolloutRecord,
): Promise<boolean> =>
  JSON.stringify(before) === JSON.stringify(after) || ledger.replaceRollout(before, after);
