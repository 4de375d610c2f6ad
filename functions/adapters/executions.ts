import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { isNamed } from '../domain/errors.ts';
import { invariant } from '../domain/invariant.ts';
import type { ExecutionState, Executions } from '../ports/executions.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';

/**
 * `arn:…:stateMachine:<machine>:<alias>` → where an execution of that name is. Names are unique per machine; AWS's
 * documentation does not show whether the ARN of one that was started through an alias carries the alias, so both are asked for.
 */
const executionArnsOf = (machineArn: string, name: string): string[] => {
  const [arn, partition, service, region, account, , machine, alias] = machineArn.split(':');
  const stem = [arn, partition, service, region, account, 'execution', machine];
  return [[...stem, name], ...(alias === undefined ? [] : [[...stem, alias, name]])].map((parts) =>
    parts.join(':'),
  );
};

/** Step Functions, as far as Slipway starts machines and asks after executions. */
export const executionsOf = ({ runtime }: { runtime: Runtime }): Executions => {
  const client = aws(runtime)(SFNClient);
  const state = async (executionArn: string): Promise<ExecutionState | null> => {
    try {
      const found = await client.send(new DescribeExecutionCommand({ executionArn }));
      const { status, startDate, stopDate, error, cause } = found;
      invariant(status !== undefined, `Step Functions answers a status for ${executionArn}`);
      return {
        executionArn,
        status,
        startedAt: startDate?.getTime() ?? 0,
        stoppedAt: stopDate?.getTime() ?? null,
        reason: error === undefined ? null : `${error}: ${cause ?? 'no cause given'}`,
      };
    } catch (error) {
      if (isNamed(error, 'ExecutionDoesNotExist')) return null;
      throw error;
    }
  };
  return {
    start: async (stateMachineArn, name, input) => {
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
        );
        return 'started';
      } catch (error) {
        if (isNamed(error, 'ExecutionAlreadyExists')) return 'alreadyExists';
        throw error;
      }
    },
    named: async (machineArn, name) => {
      for (const executionArn of executionArnsOf(machineArn, name)) {
        const found = await state(executionArn);
        if (found) return found;
      }
      return null;
    },
    state,
  };
};
