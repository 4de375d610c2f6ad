import { expect, test } from 'vitest';
import { diagnose } from '../../../local/states/validation.ts';
import { Bench } from '../../local/states/harness.ts';
import type { sources } from './conformance-case.ts';

const machine = (definition: object) => JSON.stringify({ QueryLanguage: 'JSONata', ...definition });

const states = (all: object, startAt = Object.keys(all)[0]) =>
  machine({ StartAt: startAt, States: all });
const end = { Type: 'Pass', End: true };
const one = (state: object) => states({ S: { End: true, ...state } });
const output = (expression: string) => one({ Type: 'Pass', Output: `{% ${expression} %}` });
const branch = { StartAt: 'B', States: { B: end } };

type Found = readonly [code: string, message: string | RegExp, location: string | undefined];

interface Refusal {
  readonly name: string;
  readonly source: keyof typeof sources;
  readonly definition: string;
  readonly finds: readonly Found[];
}

const schema = (message: string | RegExp, location: string): Found => [
  'SCHEMA_VALIDATION_FAILED',
  message,
  location,
];

const refusals: readonly Refusal[] = [
  {
    name: 'no States',
    source: 'recordedApi',
    definition: machine({ StartAt: 'A' }),
    finds: [schema('These fields are required: [States]', '/')],
  },
  {
    name: 'what is no JSON',
    source: 'spec',
    definition: '{',
    finds: [['INVALID_JSON_DESCRIPTION', /JSON/, undefined]],
  },
  {
    name: 'a target that is not there, and a state that nothing reaches',
    source: 'measuredTransitions',
    definition: states({ pass1: { Type: 'Pass', Next: 'pass3' }, pass2: end }),
    finds: [
      ['MISSING_TRANSITION_TARGET', "Missing 'Next' target: pass3", '/States/pass1/Next'],
      ['MISSING_TRANSITION_TARGET', 'State "pass2" is not reachable.', '/States/pass2'],
    ],
  },
  {
    name: 'a StartAt that is not there',
    source: 'measuredTransitions',
    definition: states({ A: { ...end } }, 'Z'),
    finds: [
      ['MISSING_TRANSITION_TARGET', "Missing 'Next' target: Z", '/StartAt'],
      ['MISSING_TRANSITION_TARGET', 'State "A" is not reachable.', '/States/A'],
    ],
  },
  {
    name: 'no end',
    source: 'measuredDefinitions',
    definition: states({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } }),
    finds: [['MISSING_END_STATE', 'Workflow has no terminal state', undefined]],
  },
  ...(
    [
      ['Map', { ItemProcessor: branch }],
      ['Parallel', { Branches: [branch] }],
    ] as const
  ).map(
    ([type, more]): Refusal => ({
      name: `TimeoutSeconds on a ${type}`,
      source: 'measuredDefinitions',
      definition: one({ Type: type, ...more, TimeoutSeconds: 5 }),
      finds: [schema("Field 'TimeoutSeconds' is not supported", '/States/S')],
    }),
  ),
  ...['Retry', 'Catch'].map(
    (field): Refusal => ({
      name: `${field} on a Pass`,
      source: 'measuredDefinitions',
      definition: one({ Type: 'Pass', [field]: [] }),
      finds: [schema(`Field '${field}' is not supported`, '/States/S')],
    }),
  ),
  ...['InputPath', 'ResultPath', 'OutputPath', 'Parameters', 'Result'].map(
    (field): Refusal => ({
      name: `${field} in a JSONata state`,
      source: 'measuredLanguage',
      definition: one({ Type: 'Pass', [field]: '$' }),
      finds: [
        schema(
          `The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage`,
          '/States/S',
        ),
      ],
    }),
  ),
  {
    name: 'a JSONPath state in a JSONata machine',
    source: 'measuredLanguage',
    definition: one({ Type: 'Pass', QueryLanguage: 'JSONPath' }),
    finds: [
      schema(
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        '/States/S',
      ),
    ],
  },
  {
    name: 'QueryLanguage in an ItemProcessor',
    source: 'measuredLanguage',
    definition: one({ Type: 'Map', ItemProcessor: { QueryLanguage: 'JSONata', ...branch } }),
    finds: [schema("Field 'QueryLanguage' is not supported", '/States/S/ItemProcessor')],
  },
  ...(
    [
      ['1 +', 'Unexpected end of expression'],
      ['a[1,2)', 'Expected "]", got ","'],
      ['"unterminated', 'String literal must be terminated by a matching quote'],
      ['{"a":}', 'The symbol "}" cannot be used as a unary operator'],
      ['$match("a", /abc', 'No terminating / in regular expression'],
    ] as const
  ).map(
    ([expression, message]): Refusal => ({
      name: `the expression ${expression}`,
      source: 'measuredParse',
      definition: output(expression),
      finds: [['INVALID_JSONATA_EXPRESSION', message, '/States/S/Output']],
    }),
  ),
  ...(
    [
      ['phone', 'phone'],
      ['phone.number', 'phone'],
      ['$uppercase(name)', 'name'],
      ['$states.input.x & other', 'other'],
      ['$states.input.x ? yes : 1', 'yes'],
    ] as const
  ).map(
    ([expression, name]): Refusal => ({
      name: `the bare reference in ${expression}`,
      source: 'measuredTopLevel',
      definition: output(expression),
      finds: [
        [
          'UNSUPPORTED_JSONATA_EXPRESSION',
          `Reference to '${name}' at the top level is not supported.`,
          '/States/S/Output',
        ],
      ],
    }),
  ),
  {
    name: '$states.errorOutput outside a catcher',
    source: 'transforming',
    definition: output('$states.errorOutput.Error'),
    finds: [['UNSUPPORTED_JSONATA_EXPRESSION', /errorOutput/, '/States/S/Output']],
  },
  {
    name: '$states.result where there is none',
    source: 'transforming',
    definition: output('$states.result'),
    finds: [['UNSUPPORTED_JSONATA_EXPRESSION', /result/, '/States/S/Output']],
  },
  {
    name: 'an unknown type',
    source: 'spec',
    definition: one({ Type: 'Loop' }),
    finds: [schema(/^Value is not one of/, '/States/S/Type')],
  },
  {
    name: 'neither Next nor End',
    source: 'spec',
    definition: states({ A: { Type: 'Pass', Next: 'B' }, B: end, C: { Type: 'Pass' } }, 'A'),
    finds: [
      schema('There should be one of the following fields: [Next, End]', '/States/C'),
      ['MISSING_TRANSITION_TARGET', 'State "C" is not reachable.', '/States/C'],
    ],
  },
  {
    name: 'a Choice without Choices',
    source: 'choice',
    definition: states({ C: { Type: 'Choice', Choices: [], Default: 'E' }, E: end }),
    finds: [schema(/non-empty/, '/States/C/Choices')],
  },
  {
    name: 'States.ALL beside others',
    source: 'errors',
    definition: one({
      Type: 'Parallel',
      Branches: [branch],
      Retry: [{ ErrorEquals: ['States.ALL', 'X'] }],
    }),
    finds: [schema(/must appear alone/, '/States/S/Retry[0]/ErrorEquals')],
  },
  {
    name: 'States.ALL before others',
    source: 'errors',
    definition: one({
      Type: 'Parallel',
      Branches: [branch],
      Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }],
    }),
    finds: [schema(/must appear alone/, '/States/S/Retry[0]/ErrorEquals')],
  },
  ...(
    [
      ['IntervalSeconds', 0],
      ['BackoffRate', 0.5],
      ['MaxAttempts', -1],
      ['JitterStrategy', 'SOME'],
    ] as const
  ).map(
    ([field, value]): Refusal => ({
      name: `${field} ${value}`,
      source: 'errors',
      definition: one({
        Type: 'Parallel',
        Branches: [branch],
        Retry: [{ ErrorEquals: ['X'], [field]: value }],
      }),
      finds: [schema('Value is out of range', `/States/S/Retry[0]/${field}`)],
    }),
  ),
  {
    name: 'a variable that an outer scope assigns',
    source: 'variables',
    definition: states({
      A: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' },
      P: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'B', States: { B: { ...end, Assign: { x: 2 } } } }],
        End: true,
      },
    }),
    finds: [schema(/'x' is assigned in an outer scope/, '/States/P/Branches[0]')],
  },
  {
    name: 'a variable called states',
    source: 'variables',
    definition: one({ Type: 'Pass', Assign: { states: 1 } }),
    finds: [schema("Invalid variable name 'states'", '/States/S/Assign')],
  },
  {
    name: 'HeartbeatSeconds not below TimeoutSeconds',
    source: 'task',
    definition: one({
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      TimeoutSeconds: 5,
      HeartbeatSeconds: 5,
    }),
    finds: [schema('HeartbeatSeconds must be less than TimeoutSeconds', '/States/S')],
  },
  {
    name: 'a Wait of both kinds',
    source: 'wait',
    definition: one({ Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z' }),
    finds: [schema(/one of the following fields: \[Seconds, Timestamp\]/, '/States/S')],
  },
  {
    name: 'a Wait until no timestamp',
    source: 'wait',
    definition: one({ Type: 'Wait', Timestamp: 'noon' }),
    finds: [schema('Value is not a valid timestamp', '/States/S/Timestamp')],
  },
  {
    name: 'an unknown field of the machine',
    source: 'spec',
    definition: machine({ StartAt: 'A', States: { A: end }, Extra: 1 }),
    finds: [schema("Field 'Extra' is not supported", '/')],
  },
];

test.each(refusals)('states: definitions: refuses $name', ({ definition, finds }) => {
  const exactly = (text: string): RegExp =>
    new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  const matching = (message: string | RegExp): unknown =>
    expect.stringMatching(typeof message === 'string' ? exactly(message) : message);
  expect(
    diagnose(definition).map(({ code, message, location }) => [code, message, location]),
  ).toEqual(finds.map(([code, message, location]) => [code, matching(message), location]));
});

const accepted: readonly (readonly [string, string])[] = [
  ['names after a step', output('$states.input.list.(name & other)')],
  ['names in a predicate', output('$states.input.list[name = "x"].other')],
  ['members of a lambda’s parameter', output('$map($states.input, function($v) { $v.name })')],
  ['a sort by a member', output('$states.input.list^(name)')],
  ['an object constructor', output('{"a": $states.input.a}')],
  ['a pipeline', output('$states.input.text ~> $uppercase()')],
  [
    'Output of a choice rule',
    states({
      C: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Output: 1, Next: 'E' }] },
      E: end,
    }),
  ],
  [
    'the same variable in two branches',
    one({
      Type: 'Parallel',
      Branches: [1, 2].map(() => ({ StartAt: 'B', States: { B: { ...end, Assign: { x: 1 } } } })),
    }),
  ],
];

test.each(accepted)('states: definitions: accepts %s', (_name, definition) => {
  expect(diagnose(definition)).toEqual([]);
});

test('states: definitions: CreateStateMachine says all of it in InvalidDefinition', async () => {
  await expect(
    new Bench().call('CreateStateMachine', {
      name: 'm',
      roleArn: 'arn:aws:iam::111111111111:role/machine',
      definition: states({ pass1: { Type: 'Pass', Next: 'pass3' }, pass2: end }),
    }),
  ).rejects.toMatchObject({
    name: 'InvalidDefinition',
    message:
      "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, MISSING_TRANSITION_TARGET: State \"pass2\" is not reachable. at /States/pass2'",
  });
});

test('states: definitions: no end is told at null', async () => {
  await expect(
    new Bench().machine({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'A' } } }),
  ).rejects.toMatchObject({
    message:
      "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'",
  });
});

test('states: definitions: ValidateStateMachineDefinition answers the same, bounded', async () => {
  const bench = new Bench();
  const definition = states({ pass1: { Type: 'Pass', Next: 'pass3' }, pass2: end });
  expect(await bench.call('ValidateStateMachineDefinition', { definition, maxResults: 1 })).toEqual(
    {
      result: 'FAIL',
      truncated: true,
      diagnostics: [
        {
          severity: 'ERROR',
          code: 'MISSING_TRANSITION_TARGET',
          message: "Missing 'Next' target: pass3",
          location: '/States/pass1/Next',
        },
      ],
    },
  );
  expect(
    await bench.call('ValidateStateMachineDefinition', { definition: states({ A: end }) }),
  ).toEqual({ result: 'OK', diagnostics: [], truncated: false });
});

const unsupported: readonly (readonly [string, object, RegExp])[] = [
  [
    'JSONPath',
    { QueryLanguage: undefined, StartAt: 'A', States: { A: end } },
    /does not do JSONPath.*\/States\/A/,
  ],
  [
    'a distributed Map',
    {
      StartAt: 'M',
      States: {
        M: {
          Type: 'Map',
          ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...branch },
          End: true,
        },
      },
    },
    /distributed Map.*\/States\/M/,
  ],
  [
    'an activity',
    {
      StartAt: 'T',
      States: {
        T: {
          Type: 'Task',
          Resource: 'arn:aws:states:eu-central-1:111111111111:activity:a',
          End: true,
        },
      },
    },
    /does not do the resource .*activity:a/,
  ],
];

test.each(unsupported)(
  'states: definitions: refuses %s by name',
  async (_name, definition, message) => {
    await expect(new Bench().machine(definition)).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringMatching(message),
    });
  },
);
