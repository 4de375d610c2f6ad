import { type Case, conform } from './conformance-case.ts';

const choice = (rules: readonly object[], more: object = {}) => ({
  StartAt: 'C',
  States: {
    C: {
      Type: 'Choice',
      Choices: rules.map((rule) => ({ Next: 'Matched', ...rule })),
      Default: 'Default',
      ...more,
    },
    Matched: { Type: 'Pass', Output: { at: 'matched', input: '{% $states.input %}' }, End: true },
    Default: { Type: 'Pass', Output: { at: 'default', input: '{% $states.input %}' }, End: true },
  },
});

const wait = (fields: object) => ({
  StartAt: 'W',
  States: { W: { Type: 'Wait', ...fields, End: true } },
});

const cases: readonly Case[] = [
  {
    name: 'Choice: the first rule that holds is taken, with its own Output',
    source: 'choice',
    machine: choice([
      { Condition: '{% $states.input.n > 10 %}', Output: 'first' },
      { Condition: '{% $states.input.n > 1 %}', Output: 'second' },
      { Condition: '{% $states.input.n > 0 %}', Output: 'third' },
    ]),
    input: { n: 5 },
    expect: { output: { at: 'matched', input: 'second' } },
  },
  {
    name: 'Choice: no rule holds: Default',
    source: 'choice',
    machine: choice([{ Condition: '{% $states.input.n > 10 %}' }]),
    input: { n: 5 },
    expect: { output: { at: 'default', input: { n: 5 } } },
  },
  {
    name: 'Choice: the state’s own Output and Assign are for Default',
    source: 'choice',
    machine: choice([{ Condition: '{% false %}' }], { Output: 'own', Assign: { x: 1 } }),
    expect: { output: { at: 'default', input: 'own' } },
  },
  {
    name: 'Choice: a rule without Output hands the input on',
    source: 'choice',
    machine: choice([{ Condition: true }], { Output: 'own' }),
    input: { n: 1 },
    expect: { output: { at: 'matched', input: { n: 1 } } },
  },
  {
    name: 'Choice: a rule’s Assign is applied',
    source: 'variables',
    machine: {
      StartAt: 'C',
      States: {
        C: {
          Type: 'Choice',
          Choices: [{ Condition: '{% true %}', Assign: { x: '{% $states.input.n %}' }, Next: 'P' }],
          Default: 'P',
        },
        P: { Type: 'Pass', Output: '{% $x %}', End: true },
      },
    },
    input: { n: 7 },
    expect: { output: 7 },
  },
  {
    name: 'Choice: nothing holds and no Default: States.NoChoiceMatched',
    source: 'spec',
    machine: {
      StartAt: 'C',
      States: {
        C: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'E' }] },
        E: { Type: 'Succeed' },
      },
    },
    expect: { status: 'FAILED', error: 'States.NoChoiceMatched' },
  },
  {
    name: 'Choice: a condition must give a boolean',
    source: 'choice',
    machine: choice([{ Condition: '{% $states.input.n %}' }]),
    input: { n: 'yes' },
    expect: {
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      cause:
        /'Choices\[0\]\/Condition' returned an unexpected result type. Expected 'boolean', but was 'string'/,
    },
  },
  {
    name: 'Choice: later conditions are not looked at',
    source: 'choice',
    machine: choice([{ Condition: '{% true %}' }, { Condition: '{% $states.input.missing %}' }]),
    expect: { status: 'SUCCEEDED' },
  },
  {
    name: 'Wait: Seconds',
    source: 'wait',
    machine: wait({ Seconds: 90 }),
    expect: {
      seconds: 90,
      types: ['ExecutionStarted', 'WaitStateEntered', 'WaitStateExited', 'ExecutionSucceeded'],
    },
  },
  {
    name: 'Wait: Seconds by expression',
    source: 'wait',
    machine: wait({ Seconds: '{% $states.input.delay * 2 %}' }),
    input: { delay: 30 },
    expect: { seconds: 60 },
  },
  {
    name: 'Wait: zero seconds',
    source: 'wait',
    machine: wait({ Seconds: 0 }),
    expect: { seconds: 0 },
  },
  {
    name: 'Wait: Timestamp',
    source: 'wait',
    machine: wait({ Timestamp: '2026-11-21T13:00:00Z' }),
    expect: { seconds: 3600 },
  },
  {
    name: 'Wait: Timestamp by expression, with an offset',
    source: 'wait',
    machine: wait({ Timestamp: '{% $states.input.until %}' }),
    input: { until: '2026-11-21T14:00:30+01:00' },
    expect: { seconds: 3630 },
  },
  {
    name: 'Wait: a Timestamp that has passed does not wait',
    source: 'wait',
    machine: wait({ Timestamp: '2020-01-01T00:00:00Z' }),
    expect: { seconds: 0 },
  },
  {
    name: 'Wait: a Timestamp expression must give a timestamp',
    source: 'wait',
    machine: wait({ Timestamp: '{% $states.input.until %}' }),
    input: { until: 'tomorrow' },
    expect: { status: 'FAILED', error: 'States.QueryEvaluationError' },
  },
  {
    name: 'Wait: negative seconds are refused',
    source: 'wait',
    machine: wait({ Seconds: '{% -1 %}' }),
    expect: { status: 'FAILED', error: 'States.QueryEvaluationError', cause: /'Seconds'/ },
  },
  {
    name: 'Wait: Output and Assign see the input',
    source: 'wait',
    machine: wait({ Seconds: 1, Assign: { x: 1 }, Output: '{% $states.input.a %}' }),
    input: { a: 'b' },
    expect: { output: 'b', seconds: 1 },
  },
];

conform('choice and wait', cases);
