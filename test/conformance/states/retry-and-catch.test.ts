import { invoke, single } from '../../local/states/harness.ts';
import { arn, type Case, conform } from './conformance-case.ts';

const task = (behaviour: string, more: object) => single(invoke(arn(behaviour), more));

const caught = (behaviour: string, catchers: readonly object[], more: object = {}) => {
  const targets = JSON.stringify(catchers);
  const handlers = {
    Handler: { Type: 'Pass', End: true },
    Other: { Type: 'Pass', Output: 'other', End: true },
  };
  return {
    StartAt: 'T',
    States: {
      T: { ...invoke(arn(behaviour), more), Next: 'Fine', Catch: catchers },
      Fine: { Type: 'Pass', Output: 'fine', End: true },
      // a state that nothing leads to is refused
      ...Object.fromEntries(Object.entries(handlers).filter(([name]) => targets.includes(name))),
    },
  };
};

const retry = (...retriers: readonly object[]) => ({ Retry: retriers });

const cases: readonly Case[] = [
  {
    name: 'defaults: 1 s, then twice as long, three attempts',
    source: 'errors',
    machine: task('fails:Boom:3', retry({ ErrorEquals: ['Boom'] })),
    expect: { status: 'SUCCEEDED', seconds: 7 },
  },
  {
    name: 'after the last attempt the error stands',
    source: 'errors',
    machine: task('fails:Boom', retry({ ErrorEquals: ['Boom'] })),
    expect: { status: 'FAILED', error: 'Boom', seconds: 7 },
  },
  {
    name: 'IntervalSeconds, BackoffRate and MaxAttempts',
    source: 'errors',
    machine: task(
      'fails:Boom',
      retry({ ErrorEquals: ['Boom'], IntervalSeconds: 3, MaxAttempts: 2, BackoffRate: 1.5 }),
    ),
    expect: { status: 'FAILED', error: 'Boom', seconds: 7.5 },
  },
  {
    name: 'MaxDelaySeconds bounds the growth',
    source: 'errors',
    machine: task(
      'fails:Boom',
      retry({ ErrorEquals: ['Boom'], IntervalSeconds: 2, MaxAttempts: 4, MaxDelaySeconds: 5 }),
    ),
    expect: { status: 'FAILED', seconds: 2 + 4 + 5 + 5 },
  },
  {
    name: 'FULL jitter: anything from nothing to the whole delay',
    source: 'errors',
    machine: task(
      'fails:Boom',
      retry({
        ErrorEquals: ['Boom'],
        IntervalSeconds: 10,
        MaxAttempts: 3,
        BackoffRate: 1,
        JitterStrategy: 'FULL',
      }),
    ),
    chances: [0, 0.25, 0.9],
    expect: { status: 'FAILED', seconds: 11.5 },
  },
  {
    name: 'MaxAttempts 0 never retries',
    source: 'spec',
    machine: task('fails:Boom', retry({ ErrorEquals: ['Boom'], MaxAttempts: 0 })),
    expect: { status: 'FAILED', error: 'Boom', seconds: 0 },
  },
  {
    name: 'the first matching retrier is used, even when it is used up',
    source: 'spec',
    machine: task(
      'fails:Boom',
      retry({ ErrorEquals: ['Boom'], MaxAttempts: 1 }, { ErrorEquals: ['States.ALL'] }),
    ),
    expect: { status: 'FAILED', error: 'Boom', seconds: 1 },
  },
  {
    name: 'an error that no retrier names is not retried',
    source: 'errors',
    machine: task('fails:Boom', retry({ ErrorEquals: ['Bang'] })),
    expect: { status: 'FAILED', error: 'Boom', seconds: 0 },
  },
  {
    name: 'States.ALL retries any error',
    source: 'errors',
    machine: task('fails:Boom:1', retry({ ErrorEquals: ['States.ALL'] })),
    expect: { status: 'SUCCEEDED', seconds: 1 },
  },
  {
    name: 'States.TaskFailed retries any error but States.Timeout',
    source: 'errors',
    machine: task('fails:Boom:1', retry({ ErrorEquals: ['States.TaskFailed'] })),
    expect: { status: 'SUCCEEDED', seconds: 1 },
  },
  {
    name: 'States.TaskFailed does not retry States.Timeout',
    source: 'errors',
    machine: task('takes:60', {
      TimeoutSeconds: 5,
      ...retry({ ErrorEquals: ['States.TaskFailed'] }),
    }),
    expect: { status: 'FAILED', error: 'States.Timeout', seconds: 5 },
  },
  {
    name: 'a retried task is scheduled again, not entered again',
    source: 'event',
    machine: task('fails:Boom:1', retry({ ErrorEquals: ['Boom'] })),
    expect: {
      types: [
        'ExecutionStarted',
        'TaskStateEntered',
        'TaskScheduled',
        'TaskStarted',
        'TaskFailed',
        'TaskScheduled',
        'TaskStarted',
        'TaskSucceeded',
        'TaskStateExited',
        'ExecutionSucceeded',
      ],
    },
  },
  {
    name: 'RetryCount counts the retries of the state',
    source: 'context',
    machine: task('fails:Boom:2', {
      ...retry({ ErrorEquals: ['Boom'] }),
      Output: '{% $states.context.State.RetryCount %}',
    }),
    expect: { output: 2 },
  },
  {
    name: 'what a handler’s retries used up does not last to the next visit',
    source: 'spec',
    machine: {
      StartAt: 'T',
      States: {
        T: {
          ...invoke(arn('fails:Boom:4'), retry({ ErrorEquals: ['Boom'], MaxAttempts: 1 })),
          Catch: [{ ErrorEquals: ['Boom'], Output: {}, Next: 'T' }],
          End: true,
        },
      },
    },
    expect: { status: 'SUCCEEDED', seconds: 2 },
  },
  {
    name: 'a bad expression is retried like an error',
    source: 'errors',
    machine: single({
      ...invoke(arn('echo')),
      Output: '{% $states.result.missing %}',
      ...retry({ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 2 }),
    }),
    expect: { status: 'FAILED', error: 'States.QueryEvaluationError', seconds: 3 },
  },
  {
    name: 'Catch: the error output is the next input',
    source: 'errors',
    machine: caught('fails:Boom', [{ ErrorEquals: ['Boom'], Next: 'Handler' }]),
    expect: {
      output: {
        Error: 'Boom',
        Cause: '{"errorType":"Boom","errorMessage":"call 1","trace":[]}',
      },
    },
  },
  {
    name: 'Catch: Output sees $states.errorOutput and $states.input',
    source: 'transforming',
    machine: caught('fails:Boom', [
      {
        ErrorEquals: ['Boom'],
        Output: { name: '{% $states.errorOutput.Error %}', in: '{% $states.input %}' },
        Next: 'Handler',
      },
    ]),
    input: { a: 1 },
    expect: { output: { name: 'Boom', in: { a: 1 } } },
  },
  {
    name: 'Catch: Assign',
    source: 'variables',
    machine: {
      StartAt: 'T',
      States: {
        T: {
          ...invoke(arn('fails:Boom')),
          Catch: [
            {
              ErrorEquals: ['States.ALL'],
              Assign: { why: '{% $states.errorOutput.Error %}' },
              Next: 'H',
            },
          ],
          End: true,
        },
        H: { Type: 'Pass', Output: '{% $why %}', End: true },
      },
    },
    expect: { output: 'Boom' },
  },
  {
    name: 'Catch: the first matching catcher',
    source: 'errors',
    machine: caught('fails:Boom', [
      { ErrorEquals: ['Bang'], Next: 'Other' },
      { ErrorEquals: ['Pow', 'Boom'], Output: 'handled', Next: 'Handler' },
      { ErrorEquals: ['States.ALL'], Next: 'Other' },
    ]),
    expect: { output: 'handled' },
  },
  {
    name: 'Catch: none matches',
    source: 'errors',
    machine: {
      StartAt: 'T',
      States: {
        T: {
          ...invoke(arn('fails:Boom')),
          Catch: [{ ErrorEquals: ['Bang'], Next: 'H' }],
          End: true,
        },
        H: { Type: 'Succeed' },
      },
    },
    expect: { status: 'FAILED', error: 'Boom' },
  },
  {
    name: 'Catch: after the retries',
    source: 'errors',
    machine: caught('fails:Boom', [{ ErrorEquals: ['Boom'], Next: 'Handler' }], {
      Retry: [{ ErrorEquals: ['Boom'], MaxAttempts: 1, IntervalSeconds: 4 }],
    }),
    expect: { status: 'SUCCEEDED', seconds: 4 },
  },
  {
    name: 'Catch: a bad expression is caught, its cause told with the state and its entry',
    source: 'measuredUndefined',
    machine: caught('echo', [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Handler' }], {
      Output: '{% $states.result.missing %}',
    }),
    expect: {
      output: {
        Error: 'States.QueryEvaluationError',
        Cause:
          "An error occurred while executing the state 'T' (entered at the event id #2). The JSONata expression '$states.result.missing' specified for the field 'Output' returned nothing (undefined).",
      },
    },
  },
  {
    name: 'Catch: States.ALL leaves States.DataLimitExceeded alone',
    source: 'errors',
    machine: {
      StartAt: 'T',
      States: {
        T: {
          ...invoke(arn('size:262144')),
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'H' }],
          End: true,
        },
        H: { Type: 'Succeed' },
      },
    },
    expect: { status: 'FAILED', error: 'States.DataLimitExceeded' },
  },
  {
    name: 'Catch: a bad expression in a catcher is not caught by it',
    source: 'measuredUndefined',
    machine: caught('fails:Boom', [
      { ErrorEquals: ['Boom'], Output: '{% $states.input.missing %}', Next: 'Handler' },
      { ErrorEquals: ['States.ALL'], Next: 'Other' },
    ]),
    expect: {
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      cause: /specified for the field 'Catch\[0\]\/Output' returned nothing/,
    },
  },
  {
    name: 'Catch: a variable assigned before the failure is still there',
    source: 'variables',
    machine: {
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Assign: { x: 1 }, Next: 'T' },
        T: {
          ...invoke(arn('fails:Boom')),
          Assign: { x: 2 },
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'H' }],
          End: true,
        },
        H: { Type: 'Pass', Output: '{% $x %}', End: true },
      },
    },
    expect: { output: 1 },
  },
];

conform('retry and catch', cases);
