import { invoke } from '../../local/states/harness.ts';
import { arn, type Case, conform } from './conformance-case.ts';

const branch = (state: object) => ({ StartAt: 'S', States: { S: { ...state, End: true } } });

const parallel = (branches: readonly object[], more: object = {}, then?: object) => ({
  StartAt: 'P',
  States: {
    P: {
      Type: 'Parallel',
      Branches: branches,
      ...more,
      ...(then ? { Next: 'Then' } : { End: true }),
    },
    ...(then === undefined ? {} : { Then: { ...then, End: true } }),
  },
});

const pass = (output: unknown, more: object = {}) =>
  branch({ Type: 'Pass', Output: output, ...more });
const waits = (seconds: number) => branch({ Type: 'Wait', Seconds: seconds });

const afterAssign = (value: unknown, state: object) => ({
  StartAt: 'A',
  States: { A: { Type: 'Pass', Assign: { outer: value }, Next: 'P' }, P: { ...state, End: true } },
});

const cases: readonly Case[] = [
  {
    name: 'the result is the list of the branches’ outputs, in their order',
    source: 'parallel',
    machine: parallel([waits(5), pass('two'), pass({ three: 3 })]),
    input: { a: 1 },
    expect: { output: [{ a: 1 }, 'two', { three: 3 }], seconds: 5 },
  },
  {
    name: 'branches run at the same time',
    source: 'parallel',
    machine: parallel([waits(10), waits(20), waits(30)]),
    expect: { seconds: 30 },
  },
  {
    name: 'Arguments are the branches’ input',
    source: 'parallel',
    machine: parallel([branch({ Type: 'Pass' }), branch({ Type: 'Pass' })], {
      Arguments: { only: '{% $states.input.a %}' },
    }),
    input: { a: 1, b: 2 },
    expect: { output: [{ only: 1 }, { only: 1 }] },
  },
  {
    name: 'Output sees the result',
    source: 'parallel',
    machine: parallel([pass(1), pass(2)], { Output: '{% $sum($states.result) %}' }),
    expect: { output: 3 },
  },
  {
    name: 'branches read outer variables',
    source: 'variables',
    machine: afterAssign(7, {
      Type: 'Parallel',
      Branches: [pass('{% $outer %}'), pass('{% $outer + 1 %}')],
    }),
    expect: { output: [7, 8] },
  },
  {
    name: 'branches of branches read the outermost variables',
    source: 'variables',
    machine: afterAssign(7, {
      Type: 'Parallel',
      Branches: [
        branch({
          Type: 'Parallel',
          Branches: [branch({ Type: 'Parallel', Branches: [pass('{% $outer %}')] })],
        }),
      ],
    }),
    expect: { output: [[[7]]] },
  },
  {
    name: 'a branch’s variables end with it',
    source: 'variables',
    machine: parallel(
      [pass(1, { Assign: { inner: 1 } })],
      {},
      {
        Type: 'Pass',
        Output: '{% $exists($inner) %}',
      },
    ),
    expect: { output: false },
  },
  {
    name: 'a branch does not see its sibling’s variables',
    source: 'variables',
    machine: parallel([
      pass(1, { Assign: { mine: 1 } }),
      {
        StartAt: 'W',
        States: {
          W: { Type: 'Wait', Seconds: 5, Next: 'S' },
          S: { Type: 'Pass', Output: '{% $exists($mine) %}', End: true },
        },
      },
    ]),
    expect: { output: [1, false] },
  },
  {
    name: 'the state’s own Assign sees the result and lands outside',
    source: 'variables',
    machine: parallel(
      [pass(4)],
      { Assign: { got: '{% $states.result[0] %}' } },
      {
        Type: 'Pass',
        Output: '{% $got %}',
      },
    ),
    expect: { output: 4 },
  },
  {
    name: 'one branch’s failure fails the state at once, and ends the others',
    source: 'parallel',
    machine: parallel([
      waits(100),
      { StartAt: 'S', States: { S: { Type: 'Fail', Error: 'Broken', Cause: 'here' } } },
    ]),
    expect: {
      status: 'FAILED',
      error: 'Broken',
      cause: 'here',
      seconds: 0,
      types: [
        'ExecutionStarted',
        'ParallelStateEntered',
        'ParallelStateStarted',
        'WaitStateEntered',
        'FailStateEntered',
        'WaitStateAborted',
        'ParallelStateFailed',
        'ExecutionFailed',
      ],
    },
  },
  {
    name: 'a failure is caught with the branch’s error',
    source: 'parallel',
    machine: {
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [waits(100), branch(invoke(arn('fails:Boom')))],
          Catch: [{ ErrorEquals: ['Boom'], Output: 'caught', Next: 'H' }],
          End: true,
        },
        H: { Type: 'Pass', End: true },
      },
    },
    expect: { output: 'caught', seconds: 0 },
  },
  {
    name: 'a retry runs all branches again',
    source: 'parallel',
    machine: parallel([branch(invoke(arn('count'))), branch(invoke(arn('fails:Boom:2')))], {
      Retry: [{ ErrorEquals: ['Boom'], IntervalSeconds: 1, MaxAttempts: 3 }],
    }),
    expect: { output: [3, {}], seconds: 3 },
  },
  {
    name: 'a failure in a nested Parallel goes all the way up',
    source: 'parallel',
    machine: parallel([
      waits(50),
      branch({
        Type: 'Parallel',
        Branches: [waits(60), { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Deep' } } }],
      }),
    ]),
    expect: { status: 'FAILED', error: 'Deep', seconds: 0 },
  },
  {
    name: 'a branch catches its own failure, and the others never know',
    source: 'parallel',
    machine: parallel([
      waits(3),
      {
        StartAt: 'T',
        States: {
          T: {
            ...invoke(arn('fails:Boom')),
            Catch: [{ ErrorEquals: ['Boom'], Output: 'ok', Next: 'E' }],
            End: true,
          },
          E: { Type: 'Pass', End: true },
        },
      },
    ]),
    expect: { output: [{}, 'ok'], seconds: 3 },
  },
  {
    name: 'the history: each branch follows the state’s start',
    source: 'event',
    machine: parallel([pass(1), pass(2)]),
    expect: {
      types: [
        'ExecutionStarted',
        'ParallelStateEntered',
        'ParallelStateStarted',
        'PassStateEntered',
        'PassStateExited',
        'PassStateEntered',
        'PassStateExited',
        'ParallelStateSucceeded',
        'ParallelStateExited',
        'ExecutionSucceeded',
      ],
    },
  },
  {
    name: 'Succeed ends its branch only',
    source: 'succeed',
    machine: parallel([
      { StartAt: 'S', States: { S: { Type: 'Succeed', Output: 'done' } } },
      waits(2),
    ]),
    expect: { output: ['done', {}], seconds: 2 },
  },
];

conform('parallel', cases);
