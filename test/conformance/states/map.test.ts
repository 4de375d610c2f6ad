import { expect, test } from 'vitest';
import { invoke } from '../../local/states/harness.ts';
import { arn, benchWith, type Case, conform } from './conformance-case.ts';

const processor = (state: object) => ({
  StartAt: 'I',
  States: { I: { ...state, End: true } },
});

const map = (state: object, more: object = {}) => ({
  StartAt: 'M',
  States: { M: { Type: 'Map', ItemProcessor: processor(state), ...more, End: true } },
});

const afterAssign = (assign: object, state: object) => ({
  StartAt: 'A',
  States: { A: { Type: 'Pass', Assign: assign, Next: 'M' }, M: { ...state, End: true } },
});

const cases: readonly Case[] = [
  {
    name: 'the result is the list of the iterations’ outputs',
    source: 'map',
    machine: map(
      { Type: 'Pass', Output: '{% $states.input * 2 %}' },
      { Items: '{% $states.input.list %}' },
    ),
    input: { list: [1, 2, 3] },
    expect: { output: [2, 4, 6] },
  },
  {
    name: 'without Items, the input is the list',
    source: 'map',
    machine: map({ Type: 'Pass' }),
    input: ['a', 'b'],
    expect: { output: ['a', 'b'] },
  },
  {
    name: 'Items may be written out, with expressions',
    source: 'map',
    machine: map({ Type: 'Pass' }, { Items: [1, '{% $states.input.x %}'] }),
    input: { x: 9 },
    expect: { output: [1, 9] },
  },
  {
    name: 'Items of one element are a list of one',
    source: 'map',
    machine: map({ Type: 'Pass' }, { Items: '{% $states.input.list %}' }),
    input: { list: [5] },
    expect: { output: [5] },
  },
  {
    name: 'no items, no iterations',
    source: 'map',
    machine: map({ Type: 'Pass' }, { Items: '{% $states.input.list %}' }),
    input: { list: [] },
    expect: {
      output: [],
      types: [
        'ExecutionStarted',
        'MapStateEntered',
        'MapStateStarted',
        'MapStateSucceeded',
        'MapStateExited',
        'ExecutionSucceeded',
      ],
    },
  },
  {
    name: 'Items must be a list',
    source: 'map',
    machine: map({ Type: 'Pass' }, { Items: '{% $states.input.n %}' }),
    input: { n: 5 },
    expect: {
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      cause:
        /'Items' returned an unexpected result type. Expected 'array', but was 'integer' for value: 5/,
    },
  },
  {
    name: 'ItemSelector shapes each item, and sees its index, value and the state’s input',
    source: 'map',
    machine: map(
      { Type: 'Pass' },
      {
        Items: '{% $states.input.list %}',
        ItemSelector: {
          i: '{% $states.context.Map.Item.Index %}',
          v: '{% $states.context.Map.Item.Value.n %}',
          all: '{% $states.input.tag %}',
        },
      },
    ),
    input: { list: [{ n: 'x' }, { n: 'y' }], tag: 't' },
    expect: {
      output: [
        { i: 0, v: 'x', all: 't' },
        { i: 1, v: 'y', all: 't' },
      ],
    },
  },
  {
    name: 'iterations see their item in the context object',
    source: 'context',
    machine: map(
      { Type: 'Pass', Output: '{% $states.context.Map.Item.Index %}' },
      { Items: ['a', 'b', 'c'] },
    ),
    expect: { output: [0, 1, 2] },
  },
  {
    name: 'iterations read outer variables',
    source: 'variables',
    machine: afterAssign(
      { factor: 10 },
      {
        Type: 'Map',
        Items: [1, 2],
        ItemProcessor: processor({ Type: 'Pass', Output: '{% $states.input * $factor %}' }),
      },
    ),
    expect: { output: [10, 20] },
  },
  {
    name: 'each iteration has its own variables',
    source: 'variables',
    machine: {
      StartAt: 'M',
      States: {
        M: {
          Type: 'Map',
          Items: [1, 2, 3],
          ItemProcessor: {
            StartAt: 'A',
            States: {
              A: { Type: 'Pass', Assign: { mine: '{% $states.input %}' }, Next: 'W' },
              W: { Type: 'Wait', Seconds: 1, Next: 'B' },
              B: { Type: 'Pass', Output: '{% $mine %}', End: true },
            },
          },
          Next: 'After',
        },
        After: {
          Type: 'Pass',
          Output: { of: '{% $states.input %}', left: '{% $exists($mine) %}' },
          End: true,
        },
      },
    },
    expect: { output: { of: [1, 2, 3], left: false }, seconds: 1 },
  },
  {
    name: 'a Map in a Parallel in a Map reads all outer scopes',
    source: 'variables',
    machine: afterAssign(
      { a: 'A' },
      {
        Type: 'Map',
        Items: ['x', 'y'],
        ItemProcessor: {
          StartAt: 'V',
          States: {
            V: { Type: 'Pass', Assign: { b: '{% $states.input %}' }, Next: 'P' },
            P: {
              Type: 'Parallel',
              Branches: [
                {
                  StartAt: 'M2',
                  States: {
                    M2: {
                      Type: 'Map',
                      Items: [1, 2],
                      ItemProcessor: processor({
                        Type: 'Pass',
                        Output: '{% $a & $b & $string($states.input) %}',
                      }),
                      End: true,
                    },
                  },
                },
              ],
              Output: '{% $states.result[0] %}',
              End: true,
            },
          },
        },
      },
    ),
    expect: {
      output: [
        ['Ax1', 'Ax2'],
        ['Ay1', 'Ay2'],
      ],
    },
  },
  {
    name: 'MaxConcurrency 1: one after the other',
    source: 'map',
    machine: map({ Type: 'Wait', Seconds: 10 }, { Items: [1, 2, 3], MaxConcurrency: 1 }),
    expect: { seconds: 30 },
  },
  {
    name: 'MaxConcurrency 2, by expression',
    source: 'map',
    machine: map(
      { Type: 'Wait', Seconds: '{% $states.input %}' },
      { Items: [10, 5, 5, 1], MaxConcurrency: '{% 1 + 1 %}' },
    ),
    expect: { seconds: 11, output: [10, 5, 5, 1] },
  },
  {
    name: 'at most 40 at once, when nothing is said',
    source: 'map',
    machine: map({ Type: 'Wait', Seconds: 10 }, { Items: Array.from({ length: 41 }, () => 1) }),
    expect: { seconds: 20 },
  },
  {
    name: 'one iteration’s failure fails the state, and ends the others',
    source: 'recordedTimeouts',
    machine: map(invoke(arn('takes:60'), { TimeoutSeconds: '{% $states.input %}' }), {
      Items: [5, 10],
    }),
    expect: {
      status: 'FAILED',
      error: 'States.Timeout',
      seconds: 5,
      types: [
        'ExecutionStarted',
        'MapStateEntered',
        'MapStateStarted',
        'MapIterationStarted',
        'MapIterationStarted',
        'TaskStateEntered',
        'TaskScheduled',
        'TaskStarted',
        'TaskStateEntered',
        'TaskScheduled',
        'TaskStarted',
        'TaskTimedOut',
        'MapIterationFailed',
        'TaskStateAborted',
        'MapIterationAborted',
        'MapStateFailed',
        'ExecutionFailed',
      ],
    },
  },
  {
    name: 'a failure is caught with the iteration’s error',
    source: 'map',
    machine: {
      StartAt: 'M',
      States: {
        M: {
          Type: 'Map',
          Items: [1],
          ItemProcessor: processor(invoke(arn('fails:Boom'))),
          Catch: [
            {
              ErrorEquals: ['States.ALL'],
              Output: '{% $states.errorOutput.Error %}',
              Next: 'H',
            },
          ],
          End: true,
        },
        H: { Type: 'Pass', End: true },
      },
    },
    expect: { output: 'Boom' },
  },
  {
    name: 'a retry begins all iterations again',
    source: 'map',
    machine: map(invoke(arn('fails:Boom:1')), {
      Items: ['a', 'b'],
      Retry: [{ ErrorEquals: ['Boom'] }],
    }),
    expect: { output: ['a', 'b'], seconds: 1 },
  },
  {
    name: 'the result of all iterations is bounded too',
    source: 'quotas',
    machine: map({ Type: 'Pass', Output: "{% $pad('', 100000, 'x') %}" }, { Items: [1, 2, 3] }),
    expect: { status: 'FAILED', error: 'States.DataLimitExceeded', cause: /'M'/ },
  },
  {
    name: 'thousands of iterations one after the other',
    source: 'quotas',
    machine: map(
      { Type: 'Pass' },
      { Items: '{% [1..4000] %}', MaxConcurrency: 1, Output: '{% $count($states.result) %}' },
    ),
    expect: { output: 4000 },
  },
];

conform('map', cases);

test('states: map: events are numbered as AWS numbers them', async () => {
  // recorded on AWS, 2025-07-22, with MaxConcurrency 1: sources.recordedMap
  const machine = map({ Type: 'Pass' }, { Items: [1, 2, 3], MaxConcurrency: 1 });
  const ending = await benchWith(machine).run(machine);
  expect(ending.history.map(({ previousEventId }) => previousEventId)).toEqual([
    0, 0, 2, 3, 4, 5, 6, 6, 8, 9, 10, 10, 12, 13, 14, 15, 15, 17,
  ]);
});
