import { expect, test } from 'vitest';
import { sleep } from '../../../local/clock/clock.ts';
import { Bench, type Ending, HandlerError } from '../../local/states/harness.ts';

const guide = 'https://docs.aws.amazon.com/step-functions/latest/dg';

/** Where expectations come from, as read on 2026-11-21. */
export const sources = {
  spec: 'https://states-language.net/spec.html',
  transforming: `${guide}/transforming-data.html`,
  variables: `${guide}/workflow-variables.html`,
  errors: `${guide}/concepts-error-handling.html`,
  choice: `${guide}/state-choice.html`,
  wait: `${guide}/state-wait.html`,
  parallel: `${guide}/state-parallel.html`,
  map: `${guide}/state-map-inline.html`,
  fail: `${guide}/state-fail.html`,
  succeed: `${guide}/state-succeed.html`,
  task: `${guide}/state-task.html`,
  context: `${guide}/input-output-contextobject.html`,
  quotas: `${guide}/service-quotas.html`,
  tokens: `${guide}/connect-to-resource.html`,
  credentials: `${guide}/concepts-access-cross-acct-resources.html`,
  lambda: `${guide}/connect-lambda.html`,
  nested: `${guide}/connect-stepfunctions.html`,
  sdk: `${guide}/supported-services-awssdk.html`,
  start: 'https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html',
  stop: 'https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html',
  event: 'https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html',
  /** Histories recorded on AWS. */
  recordedTimeouts:
    'https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/timeouts/test_timeouts.snapshot.json',
  recordedHeartbeats:
    'https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/timeouts/test_heartbeats.snapshot.json',
  recordedTokens:
    'https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/callback/test_callback.snapshot.json',
  recordedLambda:
    'https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/error_handling/test_task_service_lambda.snapshot.json',
  recordedApi:
    'https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/test_sfn_api.snapshot.json',
  recordedMap:
    'https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/evaluate_jsonata/test_base_evaluate_expressions.snapshot.json',
  recordedNested:
    'https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/error_handling/test_task_service_sfn.snapshot.json',
  recordedDynamo:
    'https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/error_handling/test_task_service_dynamodb.snapshot.json',
  /** Measured on AWS, reported with the measurement. */
  measuredUndefined: 'https://github.com/floci-io/floci/issues/2665',
  measuredTopLevel: 'https://github.com/floci-io/floci/issues/2670',
  measuredTimeout: 'https://github.com/floci-io/floci/issues/2733',
  measuredDefinitions: 'https://github.com/floci-io/floci/issues/2735',
  measuredParse: 'https://github.com/floci-io/floci/issues/2745',
  measuredBounds: 'https://github.com/floci-io/floci/pull/2783',
  measuredLanguage: 'https://github.com/floci-io/floci/issues/2968',
  measuredTransitions: 'https://github.com/localstack/localstack/issues/11978',
} as const;

/** One thing that Step Functions is documented to do. */
export interface Case {
  readonly name: string;
  readonly source: keyof typeof sources;
  readonly machine: object;
  readonly input?: unknown;
  /** Answers for chance, in order. */
  readonly chances?: readonly number[];
  readonly expect: {
    readonly status?: string;
    readonly output?: unknown;
    readonly error?: string;
    readonly cause?: string | RegExp;
    readonly seconds?: number;
    readonly types?: readonly string[];
  };
}

/** Functions that each case finds: `arn('echo')` answers its input, `arn('fails:Name:2')` throws twice, then echoes. */
export const arn = (behaviour: string): string =>
  `arn:aws:lambda:eu-central-1:111111111111:function:${behaviour.replaceAll(':', '__')}`;

type Behaviour = (bench: Bench, rest: readonly string[], payload: unknown, call: number) => unknown;

const behaviours: Readonly<Record<string, Behaviour>> = {
  echo: (_bench, _rest, payload) => payload,
  count: (_bench, _rest, _payload, call) => call,
  fails: (_bench, [error = 'Error', times = 'Infinity'], payload, call) => {
    if (call <= Number(times)) throw new HandlerError(error, `call ${call}`);
    return payload;
  },
  takes: async (bench, [seconds], payload) => {
    await sleep(bench.cloud.clock, Number(seconds) * 1000);
    return payload;
  },
  size: (_bench, [length]) => 'x'.repeat(Number(length)),
};

/** A bench on which `arn(…)` functions behave as their names say. */
export const benchWith = (machine: object): Bench => {
  const bench = new Bench();
  const named = JSON.stringify(machine).matchAll(/:function:([A-Za-z0-9_.-]+)/g);
  for (const name of new Set([...named].map(([, found = '']) => found))) {
    const [kind = '', ...rest] = name.split('__');
    const behaviour = behaviours[kind];
    if (behaviour === undefined) continue;
    let calls = 0;
    bench.lambda(name, async (payload) => {
      calls += 1;
      return behaviour(bench, rest, payload, calls);
    });
  }
  return bench;
};

const check = (ending: Ending, expected: Case['expect']): void => {
  const { output, error, cause, seconds, types } = expected;
  expect(ending.status, `${ending.error}: ${ending.cause}`).toBe(expected.status ?? 'SUCCEEDED');
  if (output !== undefined) expect(ending.output).toEqual(output);
  if (error !== undefined) expect(ending.error).toBe(error);
  if (cause instanceof RegExp) expect(ending.cause).toMatch(cause);
  else if (cause !== undefined) expect(ending.cause).toBe(cause);
  if (seconds !== undefined) expect(ending.seconds).toBe(seconds);
  if (types !== undefined) expect(ending.types).toEqual(types);
};

/** Runs a table of cases. */
export const conform = (subject: string, cases: readonly Case[]): void => {
  test.each(cases)(`states: ${subject}: $name`, async (it) => {
    const bench = benchWith(it.machine);
    bench.cloud.chances.push(...(it.chances ?? []));
    check(await bench.run(it.machine, it.input), it.expect);
    expect(bench.cloud.warnings).toEqual([]);
  });
};
