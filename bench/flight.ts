import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  type GetExecutionHistoryOutput,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import type { VirtualLaptop } from '../cli/laptop/virtual.ts';
import { targetsOf } from '../config/targets.ts';
import type { LambdaService } from '../local/services/lambda/lambda-service.ts';
import type { Place } from '../local/services/service.ts';
import type { SfnService } from '../local/services/sfn/module.ts';
import { mostWithinASecond, tally } from './figures.ts';

/** One execution of a release, after its end. */
export interface ExecutionFigures {
  /** `release`, `rollout` or `rollback`. */
  readonly machine: string;
  /** `production eu-west-1`; null for the release itself. */
  readonly target: string | null;
  readonly region: string | null;
  /** The states in the order in which they were entered. */
  readonly states: readonly string[];
  readonly historyEvents: number;
  /** Of the JSON that went into or came out of a state. */
  readonly largestBytes: number;
  readonly minutes: number;
}

/** Calls of one kind that a role of Slipway's made. */
export interface CallFigures {
  readonly service: string;
  readonly operation: string;
  readonly calls: number;
  readonly refused: number;
  readonly mostWithinASecond: number;
}

/** What one release did. */
export interface Flight {
  readonly virtualMs: number;
  readonly transitions: number;
  readonly executions: readonly ExecutionFigures[];
  /** By function, the most often invoked first. */
  readonly invocations: readonly (readonly [string, number])[];
  readonly calls: readonly CallFigures[];
}

interface Seen {
  readonly service: string;
  readonly operation: string;
  readonly outcome: string;
  readonly at: number;
}

/** Watches a release from before its push until nothing of it runs any more. */
export const fly = async (laptop: VirtualLaptop, release: () => Promise<void>): Promise<Flight> => {
  const { cloud, clock, home } = laptop;
  const states = new Map<string, string[]>();
  const invoked: string[] = [];
  const seen: Seen[] = [];
  const places = placesOf(laptop);
  const ends = [
    cloud.service<SfnService>('sfn', home).onTransition(({ executionArn, state }) => {
      states.set(executionArn, [...(states.get(executionArn) ?? []), state]);
    }),
    cloud.onCall(({ principal, service, operation, outcome, at }) => {
      if (principal.roleArn !== undefined) seen.push({ service, operation, outcome, at });
    }),
  ];
  for (const place of places) {
    const lambda = cloud.service<LambdaService>('lambda', place);
    lambda.afterInvoke = ({ functionName }) => {
      invoked.push(functionName);
    };
    ends.push(() => {
      lambda.afterInvoke = undefined;
    });
  }
  const begun = clock.now();
  await release();
  const virtualMs = clock.now() - begun;
  // The ledger has the outcome before the last states are entered.
  await clock.advance(30_000);
  for (const end of ends) end();
  const executions: ExecutionFigures[] = [];
  for (const [arn, entered] of states) executions.push(await figuresOf(laptop, arn, entered));
  return {
    virtualMs,
    transitions: executions.reduce((sum, one) => sum + one.states.length, 0),
    executions,
    invocations: tally(invoked),
    calls: callFigures(seen),
  };
};

const placesOf = ({ home, configuration }: VirtualLaptop): Place[] => {
  const all: Place[] = [home, ...targetsOf(configuration)];
  const byName = new Map(
    all.map(({ account, region }) => [`${account} ${region}`, { account, region }]),
  );
  return [...byName.values()];
};

const figuresOf = async (
  laptop: VirtualLaptop,
  executionArn: string,
  states: readonly string[],
): Promise<ExecutionFigures> => {
  const client = laptop.client();
  const described: DescribeExecutionOutput = await client.send(
    new DescribeExecutionCommand({ executionArn }),
  );
  const { status, startDate, stopDate, stateMachineArn = '' } = described;
  if (status !== 'SUCCEEDED' || startDate === undefined || stopDate === undefined) {
    throw new Error(`${executionArn} is ${status}; a plain release ends in SUCCEEDED`);
  }
  const { environment, region } = JSON.parse(described.input ?? '{}') as {
    environment?: string;
    region?: string;
  };
  const events = await historyOf(laptop, executionArn);
  return {
    machine: stateMachineArn.split(':').at(-1)?.replace('slipway-', '') ?? '',
    target: environment === undefined ? null : `${environment} ${region}`,
    region: region ?? null,
    states,
    historyEvents: events.length,
    largestBytes: Math.max(...events.map(payloadBytes)),
    minutes: (stopDate.getTime() - startDate.getTime()) / 60_000,
  };
};

const historyOf = async (laptop: VirtualLaptop, executionArn: string): Promise<HistoryEvent[]> => {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page: GetExecutionHistoryOutput = await laptop
      .client()
      .send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
};

const payloadBytes = ({
  stateEnteredEventDetails,
  stateExitedEventDetails,
}: HistoryEvent): number =>
  Buffer.byteLength(stateEnteredEventDetails?.input ?? stateExitedEventDetails?.output ?? '');

const callFigures = (seen: readonly Seen[]): CallFigures[] =>
  tally(seen.map(({ service, operation }) => `${service} ${operation}`)).map(([kind, calls]) => {
    const [service = '', operation = ''] = kind.split(' ');
    const these = seen.filter((one) => one.service === service && one.operation === operation);
    return {
      service,
      operation,
      calls,
      refused: these.filter(({ outcome }) => outcome !== 'ok').length,
      mostWithinASecond: mostWithinASecond(these.map(({ at }) => at)),
    };
  });
