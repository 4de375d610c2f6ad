import { single } from '../../local/states/harness.ts';
import { type Case, conform } from './conformance-case.ts';

const pass = (more: object) => single({ Type: 'Pass', ...more });

const twoPasses = (first: object, second: object) => ({
  StartAt: 'First',
  States: {
    First: { Type: 'Pass', ...first, Next: 'Second' },
    Second: { Type: 'Pass', ...second, End: true },
  },
});

const cases: readonly Case[] = [
  {
    name: 'Pass without Output hands its input on',
    source: 'spec',
    machine: pass({}),
    input: { a: [1, { b: null }] },
    expect: {
      output: { a: [1, { b: null }] },
      types: ['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
    },
  },
  {
    name: 'Output may be any JSON, with expressions at any depth',
    source: 'transforming',
    machine: pass({
      Output: { n: 1, deep: [{ v: '{% $states.input.v %}' }, 'text', null, true], none: {} },
    }),
    input: { v: 'x' },
    expect: { output: { n: 1, deep: [{ v: 'x' }, 'text', null, true], none: {} } },
  },
  {
    name: 'Output may be one expression',
    source: 'transforming',
    machine: pass({ Output: '{% $states.input.list[v > 1].v %}' }),
    input: { list: [{ v: 1 }, { v: 2 }, { v: 3 }] },
    expect: { output: [2, 3] },
  },
  {
    name: 'a string that is not all expression is text',
    source: 'transforming',
    machine: pass({ Output: { v: 'a {% $states.input %} b', w: '{% incomplete' } }),
    expect: { output: { v: 'a {% $states.input %} b', w: '{% incomplete' } },
  },
  {
    name: 'null is a value, not nothing',
    source: 'transforming',
    machine: pass({ Output: { v: '{% $states.input.v %}' } }),
    input: { v: null },
    expect: { output: { v: null } },
  },
  {
    name: 'what is assigned is there in the next state',
    source: 'variables',
    machine: twoPasses({ Assign: { x: '{% $states.input.v %}' } }, { Output: '{% $x + 1 %}' }),
    input: { v: 41 },
    expect: { output: 42 },
  },
  {
    name: 'Assign and Output are evaluated side by side: neither sees the new value',
    source: 'variables',
    machine: twoPasses(
      { Assign: { x: 1 } },
      { Assign: { x: 2, y: '{% $x %}' }, Output: { x: '{% $x %}' } },
    ),
    expect: { output: { x: 1 } },
  },
  {
    name: 'right-hand sides of one Assign all see the old values',
    source: 'variables',
    machine: {
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
        B: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Next: 'C' },
        C: { Type: 'Pass', Output: '{% [$x, $y] %}', End: true },
      },
    },
    expect: { output: [2, 1] },
  },
  {
    name: 'a variable keeps its value until assigned again',
    source: 'variables',
    machine: {
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Assign: { n: 0 }, Next: 'More' },
        More: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Next: 'Enough' },
        Enough: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $n < 5 %}', Next: 'More' }],
          Default: 'End',
        },
        End: { Type: 'Pass', Output: '{% $n %}', End: true },
      },
    },
    expect: { output: 5 },
  },
  {
    name: 'Succeed ends with its Output',
    source: 'succeed',
    machine: { StartAt: 'S', States: { S: { Type: 'Succeed', Output: { ok: '{% 1 = 1 %}' } } } },
    expect: {
      output: { ok: true },
      types: [
        'ExecutionStarted',
        'SucceedStateEntered',
        'SucceedStateExited',
        'ExecutionSucceeded',
      ],
    },
  },
  {
    name: 'Fail ends with its Error and Cause, which may be expressions',
    source: 'fail',
    machine: {
      StartAt: 'S',
      States: {
        S: { Type: 'Fail', Error: '{% $states.input.name %}', Cause: "{% 'because ' & 'so' %}" },
      },
    },
    input: { name: 'Broken' },
    expect: {
      status: 'FAILED',
      error: 'Broken',
      cause: 'because so',
      types: ['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed'],
    },
  },
  {
    name: 'Fail needs neither Error nor Cause',
    source: 'fail',
    machine: { StartAt: 'S', States: { S: { Type: 'Fail' } } },
    expect: { status: 'FAILED' },
  },
  {
    name: 'the context object names execution, machine and state',
    source: 'context',
    machine: pass({
      Output: {
        input: '{% $states.context.Execution.Input %}',
        name: '{% $states.context.StateMachine.Name %}',
        state: '{% $states.context.State.Name %}',
        entered: '{% $states.context.State.EnteredTime %}',
        started: '{% $states.context.Execution.StartTime %}',
        retries: '{% $states.context.State.RetryCount %}',
        role: '{% $states.context.Execution.RoleArn %}',
        id: "{% $contains($states.context.Execution.Id, ':execution:machine1:') %}",
      },
    }),
    input: { a: 1 },
    expect: {
      output: {
        input: { a: 1 },
        name: 'machine1',
        state: 'S',
        entered: '2026-11-21T12:00:00.000Z',
        started: '2026-11-21T12:00:00.000Z',
        retries: 0,
        role: 'arn:aws:iam::111111111111:role/machine',
        id: true,
      },
    },
  },
  ...(
    [
      ['Output/v', { Output: { v: '{% $states.input.missing %}' } }],
      ['Output/a/b', { Output: { a: { b: '{% $states.input.missing %}' } } }],
      ['Output', { Output: '{% $states.input.missing %}' }],
      ['Assign/x', { Assign: { x: '{% $states.input.missing %}' } }],
    ] as const
  ).map(
    ([field, fields]): Case => ({
      name: `an expression that gives nothing fails the state and names ${field}`,
      source: 'measuredUndefined',
      machine: {
        StartAt: 'E',
        States: { E: { Type: 'Pass', ...fields, End: true } },
      },
      expect: {
        status: 'FAILED',
        error: 'States.QueryEvaluationError',
        cause: `An error occurred while executing the state 'E' (entered at the event id #2). The JSONata expression '$states.input.missing' specified for the field '${field}' returned nothing (undefined).`,
        types: ['ExecutionStarted', 'PassStateEntered', 'EvaluationFailed', 'ExecutionFailed'],
      },
    }),
  ),
  {
    name: 'a result beyond 256 KiB fails with DataLimitExceeded',
    source: 'quotas',
    machine: pass({ Output: "{% $pad('', 262143, 'x') %}" }),
    expect: {
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
      cause: /size exceeding the maximum/,
    },
  },
  {
    name: 'a result of 256 KiB passes',
    source: 'quotas',
    machine: pass({ Output: "{% $pad('', 262142, 'x') %}", Next: undefined }),
    expect: { status: 'SUCCEEDED' },
  },
  {
    name: 'a machine that goes in circles ends at 25,000 events, and nothing catches that',
    source: 'quotas',
    machine: {
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'A',
              States: {
                A: {
                  Type: 'Choice',
                  Choices: [{ Condition: '{% false %}', Next: 'B' }],
                  Default: 'A2',
                },
                A2: { Type: 'Pass', Next: 'A' },
                B: { Type: 'Succeed' },
              },
            },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Pass', End: true },
      },
    },
    expect: {
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    },
  },
];

conform('pass and variables', cases);
