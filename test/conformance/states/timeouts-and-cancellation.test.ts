import { expect, test } from 'vitest';
import { Bench, type Ending, invoke, start } from '../../local/states/harness.ts';
import { arn, benchWith, type Case, conform } from './conformance-case.ts';

const task = (behaviour: string, more: object = {}, machine: object = {}) => ({
  ...machine,
  StartAt: 'T',
  States: { T: { ...invoke(arn(behaviour), more), End: true } },
});

const wait = (seconds: number) => ({ Type: 'Wait', Seconds: seconds });
const one = (state: object) => ({ StartAt: 'S', States: { S: { ...state, End: true } } });

const cases: readonly Case[] = [
  {
    name: 'TimeoutSeconds ends a task with States.Timeout, and without a cause',
    source: 'recordedTimeouts',
    machine: task('takes:60', { TimeoutSeconds: 5 }),
    expect: {
      status: 'FAILED',
      error: 'States.Timeout',
      seconds: 5,
      types: [
        'ExecutionStarted',
        'TaskStateEntered',
        'TaskScheduled',
        'TaskStarted',
        'TaskTimedOut',
        'ExecutionFailed',
      ],
    },
  },
  {
    name: 'TimeoutSeconds by expression',
    source: 'task',
    machine: task('takes:60', { TimeoutSeconds: '{% $states.input.limit + 1 %}' }),
    input: { limit: 6 },
    expect: { status: 'FAILED', error: 'States.Timeout', seconds: 7 },
  },
  {
    name: 'TimeoutSeconds must be a positive whole number',
    source: 'task',
    machine: task('echo', { TimeoutSeconds: '{% $states.input.limit %}' }),
    input: { limit: 0 },
    expect: { status: 'FAILED', error: 'States.QueryEvaluationError', cause: /'TimeoutSeconds'/ },
  },
  {
    name: 'an answer in time is in time',
    source: 'task',
    machine: task('takes:4', { TimeoutSeconds: 5 }),
    expect: { status: 'SUCCEEDED', seconds: 4 },
  },
  {
    name: 'each attempt has its whole time',
    source: 'spec',
    machine: task('takes:60', {
      TimeoutSeconds: 5,
      Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, MaxAttempts: 2 }],
    }),
    expect: { status: 'FAILED', error: 'States.Timeout', seconds: 5 + 1 + 5 + 2 + 5 },
  },
  {
    name: 'a timeout is caught',
    source: 'errors',
    machine: {
      StartAt: 'T',
      States: {
        T: {
          ...invoke(arn('takes:60'), { TimeoutSeconds: 5 }),
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'H' }],
          End: true,
        },
        H: { Type: 'Pass', End: true },
      },
    },
    expect: { output: { Error: 'States.Timeout' }, seconds: 5 },
  },
  {
    name: 'States.ALL catches a timeout',
    source: 'errors',
    machine: {
      StartAt: 'T',
      States: {
        T: {
          ...invoke(arn('takes:60'), { TimeoutSeconds: 5 }),
          Catch: [{ ErrorEquals: ['States.ALL'], Output: 'all', Next: 'H' }],
          End: true,
        },
        H: { Type: 'Pass', End: true },
      },
    },
    expect: { output: 'all' },
  },
  {
    name: 'the machine’s TimeoutSeconds ends the execution: TIMED_OUT, no error in its description',
    source: 'measuredTimeout',
    machine: { TimeoutSeconds: 3, ...one(wait(25)) },
    expect: {
      status: 'TIMED_OUT',
      seconds: 3,
      types: ['ExecutionStarted', 'WaitStateEntered', 'ExecutionTimedOut'],
    },
  },
  {
    name: 'nothing inside catches the machine’s timeout',
    source: 'errors',
    machine: {
      TimeoutSeconds: 3,
      StartAt: 'T',
      States: {
        T: {
          ...invoke(arn('takes:60')),
          Retry: [{ ErrorEquals: ['States.ALL'] }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'H' }],
          End: true,
        },
        H: { Type: 'Pass', End: true },
      },
    },
    expect: { status: 'TIMED_OUT', seconds: 3 },
  },
  {
    name: 'the machine’s timeout ends branches and iterations',
    source: 'errors',
    machine: {
      TimeoutSeconds: 4,
      ...one({
        Type: 'Parallel',
        Branches: [
          one(wait(100)),
          one({ Type: 'Map', Items: [1, 2], ItemProcessor: one(invoke(arn('takes:50'))) }),
        ],
      }),
    },
    expect: { status: 'TIMED_OUT', seconds: 4 },
  },
  {
    name: 'a timeout during a retry’s delay',
    source: 'errors',
    machine: task(
      'fails:Boom',
      { Retry: [{ ErrorEquals: ['Boom'], IntervalSeconds: 60 }] },
      { TimeoutSeconds: 10 },
    ),
    expect: { status: 'TIMED_OUT', seconds: 10 },
  },
  {
    name: 'an execution that ends before its timeout is not timed out later',
    source: 'errors',
    machine: { TimeoutSeconds: 10, ...one(wait(9)) },
    expect: { status: 'SUCCEEDED', seconds: 9 },
  },
];

conform('timeouts', cases);

/** Begins a machine, stops it after a while, and lets time go on. */
const stopped = async (
  machine: object,
  afterSeconds: number,
  said: object = {},
): Promise<{ readonly bench: Bench; readonly ending: Ending }> => {
  const bench = benchWith(machine);
  const executionArn = await bench.begin(await bench.machine(machine));
  await bench.cloud.clock.advance(afterSeconds * 1000);
  await bench.call('StopExecution', { executionArn, ...said });
  await bench.cloud.clock.advance(1_000_000);
  return { bench, ending: await bench.ending(executionArn) };
};

const running: readonly (readonly [string, object])[] = [
  ['a Wait', one(wait(100))],
  ['a Task', task('takes:100')],
  ['a Task that would catch', task('takes:100', { Retry: [{ ErrorEquals: ['States.ALL'] }] })],
  [
    'a retry’s delay',
    task('fails:Boom', { Retry: [{ ErrorEquals: ['Boom'], IntervalSeconds: 100 }] }),
  ],
  ['a Parallel', one({ Type: 'Parallel', Branches: [one(wait(100)), one(wait(50))] })],
  [
    'a Parallel in a Parallel',
    one({
      Type: 'Parallel',
      Branches: [
        one({ Type: 'Parallel', Branches: [one(wait(100)), one(invoke(arn('takes:70')))] }),
      ],
    }),
  ],
  ['a Map', one({ Type: 'Map', Items: [1, 2, 3], ItemProcessor: one(wait(100)) })],
  [
    'a Map with iterations yet to begin',
    one({ Type: 'Map', Items: [1, 2, 3], MaxConcurrency: 1, ItemProcessor: one(wait(100)) }),
  ],
  [
    'a Map in a Parallel',
    one({
      Type: 'Parallel',
      Branches: [one({ Type: 'Map', Items: [1], ItemProcessor: one(invoke(arn('takes:90'))) })],
    }),
  ],
];

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html, 2026-11-21
test.each(running)(
  'states: cancellation: StopExecution ends %s, and nothing goes on',
  async (_name, machine) => {
    const { bench, ending } = await stopped(machine, 10);
    expect(ending).toMatchObject({ status: 'ABORTED', seconds: 10, error: undefined });
    expect(ending.types.at(-1)).toBe('ExecutionAborted');
    expect(bench.cloud.clock.pending).toBe(0);
  },
);

test('states: cancellation: Error and Cause of StopExecution are told', async () => {
  const { ending } = await stopped(one(wait(100)), 1, { error: 'Operator', cause: 'by hand' });
  expect(ending).toMatchObject({ status: 'ABORTED', error: 'Operator', cause: 'by hand' });
});

test('states: cancellation: the history ends as AWS recorded it', async () => {
  // sources.recordedApi, 2024-05-06
  const { ending } = await stopped(one(wait(100)), 1);
  expect(ending.history.map(({ type, previousEventId }) => [type, previousEventId])).toEqual([
    ['ExecutionStarted', 0],
    ['WaitStateEntered', 0],
    ['ExecutionAborted', 0],
  ]);
});

test('states: cancellation: stopping what has ended changes nothing', async () => {
  const bench = new Bench();
  const ending = await bench.run(one(wait(5)));
  await bench.cloud.clock.advance(60_000);
  const { stopDate } = await bench.call<{ stopDate: Date }>('StopExecution', {
    executionArn: ending.arn,
  });
  expect(stopDate).toEqual(new Date(start + 5000));
  expect((await bench.describe(ending.arn)).status).toBe('SUCCEEDED');
});

test('states: cancellation: an execution stopped before its first state never enters one', async () => {
  const bench = new Bench();
  const executionArn = await bench.begin(await bench.machine(one(wait(5))));
  await bench.call('StopExecution', { executionArn });
  await bench.cloud.clock.advance(10_000);
  const ending = await bench.ending(executionArn);
  expect(ending.types).toEqual(['ExecutionStarted', 'ExecutionAborted']);
  expect(bench.transitions).toEqual([]);
});

test('states: cancellation: a late answer to a timed-out attempt does not reach the next one', async () => {
  const bench = new Bench();
  let calls = 0;
  const slow = bench.lambda('slow', async () => {
    calls += 1;
    const mine = calls;
    const { clock } = bench.cloud;
    await new Promise<void>((resolve) => {
      clock.at(clock.now() + (mine === 1 ? 8000 : 4000), resolve);
    });
    return mine;
  });
  const ending = await bench.run(
    one(
      invoke(slow, {
        TimeoutSeconds: 5,
        Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1 }],
      }),
    ),
  );
  expect(ending).toMatchObject({ output: 2, seconds: 10 });
});
