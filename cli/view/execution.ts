import { setTimeout as delay } from 'node:timers/promises';
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';

/** How an execution ended, in Slipway's words. */
export interface Ending {
  readonly executionArn: string;
  readonly outcome: string;
  readonly reason: string | null;
  /** The release that it carried, or found carried by another. */
  readonly releaseId: string | null;
}

const LONGEST_PAUSE_MS = 1_000;

/** Looks until an execution has ended: often at first, then once a second. */
export const awaitExecution = (client: SFNClient, executionArn: string): Promise<Ending> =>
  untilThere(() => endingOf(client, executionArn));

/** Asks until there is an answer. */
export const untilThere = async <T>(ask: () => Promise<T | null>): Promise<T> => {
  for (let pause = 50; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    const answer = await ask();
    if (answer !== null) return answer;
    await delay(pause);
  }
};

/** What the machines' handlers throw where they refuse an input or an image. */
const REFUSALS: ReadonlySet<string> = new Set(['ReleaseRefused', 'InputRefused']);

/** Null while it runs. */
export const endingOf = async (client: SFNClient, executionArn: string): Promise<Ending | null> => {
  const { status, output, error, cause } = await client.send(
    new DescribeExecutionCommand({ executionArn }),
  );
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return null;
  const said = Said.parse(JSON.parse(output ?? '{}'));
  if (status === 'SUCCEEDED') {
    return {
      executionArn,
      outcome: said.outcome ?? 'succeeded',
      reason: said.reason ?? null,
      releaseId: said.releaseId ?? null,
    };
  }
  const { name, text } = apart(plain(cause ?? null), error);
  const outcome = REFUSALS.has(name) ? 'refused' : name;
  return { executionArn, outcome, reason: text, releaseId: null };
};

const Said = z.looseObject({
  outcome: z.string().optional(),
  reason: z.string().nullish(),
  releaseId: z.string().nullish(),
});

/** `ReleaseRefused: there is no …`: the name is the outcome, and need not be said again. */
const apart = (
  text: string | null,
  error: string | undefined,
): { name: string; text: string | null } => {
  const [whole = '', begins = ''] = /^([A-Z][A-Za-z]+): /.exec(text ?? '') ?? [];
  const named = begins !== '' && (begins === error || REFUSALS.has(begins));
  return {
    name: named ? begins : (error ?? 'failed'),
    text: named && text !== null ? text.slice(whole.length) : text,
  };
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
