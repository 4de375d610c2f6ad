import { setTimeout as delay } from 'node:timers/promises';
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';

/** How an execution ended, in Slipway's words. */
export interface Ending {
  readonly executionArn: string;
  readonly outcome: string;
  readonly reason: string | null;
}

/** Looks once a second until an execution has ended. */
export const awaitExecution = async (client: SFNClient, executionArn: string): Promise<Ending> => {
  for (;;) {
    const ending = await endingOf(client, executionArn);
    if (ending !== null) return ending;
    await delay(1000);
  }
};

/** Null while it runs. */
export const endingOf = async (client: SFNClient, executionArn: string): Promise<Ending | null> => {
  const { status, output, error, cause } = await client.send(
    new DescribeExecutionCommand({ executionArn }),
  );
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return null;
  if (status === 'SUCCEEDED') {
    const said = JSON.parse(output ?? '{}') as { outcome?: string; reason?: string | null };
    return { executionArn, outcome: said.outcome ?? 'succeeded', reason: said.reason ?? null };
  }
  return { executionArn, outcome: error ?? status ?? 'FAILED', reason: plain(cause ?? null) };
};

/** The sentence inside a cause that a Lambda error left as JSON. */
const plain = (cause: string | null): string | null => {
  const json = cause?.slice(cause.indexOf('{'));
  if (cause === null || json === undefined || !cause.includes('{')) return cause;
  try {
    const { errorMessage } = JSON.parse(json) as { errorMessage?: string };
    return errorMessage ?? cause;
  } catch {
    return cause;
  }
};
