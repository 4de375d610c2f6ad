import { z } from 'zod';
import { executionsOf } from '../adapters/executions.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { requestRollback } from '../adapters/rollback-request.ts';
import { InputRefused } from '../domain/errors.ts';
import { Requested, RollbackRequest } from '../domain/rollback.ts';
import { ExecutionEnded } from '../events/execution-ended.ts';
import { RollbackRequested } from '../events/rollback-requested.ts';
import { environments } from '../runtime/env.ts';
import { handle, misfits, type World } from '../runtime/handle.ts';

const Input = z.looseObject({ 'detail-type': z.string().optional() });

const RolloutName = z.object({ rolloutId: z.string(), targetId: z.string() });

type Env = z.output<(typeof environments)['rollback/request-rollback']>;

/** Asks for a rollback: for a machine, for an alarm fast path, for an execution that ended without one. */
export const askForRollback =
  (world: World<Env>) =>
  async (input: z.output<typeof Input>): Promise<Requested> => {
    const request = requestIn(input, world.env.ROLLBACK_MACHINE_ARN);
    if (request === null) {
      const reason = 'the execution leaves nothing to be undone';
      return { state: 'ended', outcome: 'nothingToDo', reason, executionArn: null };
    }
    return requestRollback({
      runtime: world.runtime,
      ledger: ledgerOf(world),
      executions: executionsOf(world),
      rollbackMachineArn: world.env.ROLLBACK_MACHINE_ARN,
    })(request);
  };

/** The request that an input means; null: none. */
const requestIn = (
  input: z.output<typeof Input>,
  rollbackMachineArn: string,
): RollbackRequest | null => {
  const kind = input['detail-type'] ?? 'a request';
  switch (kind) {
    case 'Rollback Requested': {
      const { detail } = shaped(RollbackRequested, input);
      const { rolloutId, targetId, reason } = detail;
      return {
        rolloutId,
        targetId,
        cause: 'alarm',
        reason,
        requestedBy: 'alarmFastPath',
        yielded: false,
      };
    }
    case 'Step Functions Execution Status Change': {
      const { detail } = shaped(ExecutionEnded, input);
      if (!['FAILED', 'TIMED_OUT', 'ABORTED'].includes(detail.status)) return null;
      const named = RolloutName.safeParse(parsedJson(detail.input));
      // A rollback that a person started names no rollout; that it ended is told by its record.
      const ofRollback = rollbackMachineArn.startsWith(`${detail.stateMachineArn}:`);
      if (!named.success && ofRollback) return null;
      const { rolloutId, targetId } = shaped(RolloutName, parsedJson(detail.input));
      return {
        rolloutId,
        targetId,
        cause: 'lostExecution',
        reason: `the execution ${detail.name} ended ${detail.status}`,
        requestedBy: 'executionStatus',
        yielded: !ofRollback,
        executionArn: detail.executionArn,
      };
    }
    default:
      return shaped(RollbackRequest, input);
  }
};

const shaped = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputRefused(misfits(parsed.error, value));
};

const parsedJson = (text: string | null | undefined): unknown => {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
};

export const handler = handle({
  input: Input,
  output: Requested,
  env: environments['rollback/request-rollback'],
  run: askForRollback,
});
