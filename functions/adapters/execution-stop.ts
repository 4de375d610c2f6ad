import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { isNamed } from '../domain/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';

/** Ends an execution; one that is gone has ended. */
export const stopExecution = async (
  runtime: Runtime,
  executionArn: string,
  why: { readonly error: string; readonly cause: string },
): Promise<void> => {
  try {
    await aws(runtime)(SFNClient).send(new StopExecutionCommand({ executionArn, ...why }));
  } catch (error) {
    if (!isNamed(error, 'ExecutionDoesNotExist')) throw error;
  }
};
