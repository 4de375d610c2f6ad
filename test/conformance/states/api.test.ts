import type { DescribeExecutionOutput, GetExecutionHistoryOutput } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { Bench, invoke, place, roleArn, single, start } from '../../local/states/harness.ts';

const pass = single({ Type: 'Pass' });
const wait = (seconds: number) => single({ Type: 'Wait', Seconds: seconds });
const definition = (of: object) => JSON.stringify({ QueryLanguage: 'JSONata', ...of });
const arnOf = (name: string) =>
  `arn:aws:states:${place.region}:${place.account}:stateMachine:${name}`;

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, 2026-11-21
const refusedNames = [
  'with space',
  'tab\there',
  'less<',
  'brace{',
  'bracket]',
  'what?',
  'all*',
  'quote"',
  'hash#',
  'percent%',
  'back\\slash',
  'caret^',
  'pipe|',
  'tilde~',
  'tick`',
  'dollar$',
  'and&',
  'comma,',
  'semi;',
  'colon:',
  'slash/',
  'control\u0001',
  'control\u009f',
  'x'.repeat(81),
];

test.each(refusedNames)('states: names: refuses the execution name %j', async (name) => {
  const bench = new Bench();
  const machine = await bench.machine(pass);
  await expect(bench.begin(machine, {}, name)).rejects.toMatchObject({
    name: 'InvalidName',
    message: `Invalid Name: '${name}'`,
  });
});

test.each(['a', '0', 'A-b_c.d!e@f', 'x'.repeat(80), 'ünïcode'])(
  'states: names: takes the execution name %j',
  async (name) => {
    const bench = new Bench();
    expect(await bench.begin(await bench.machine(pass), {}, name)).toBe(
      `arn:aws:states:${place.region}:${place.account}:execution:machine1:${name}`,
    );
  },
);

test('states: start: the same name and input while it runs gives the same answer', async () => {
  const bench = new Bench();
  const machine = await bench.machine(wait(60));
  const first = await bench.call('StartExecution', {
    stateMachineArn: machine,
    name: 'once',
    input: '{"a": 1}',
  });
  await bench.cloud.clock.advance(10_000);
  const again = await bench.call('StartExecution', {
    stateMachineArn: machine,
    name: 'once',
    input: '{"a":1}',
  });
  expect(again).toEqual(first);
  expect(bench.cloud.sfn.totalTransitions).toBe(1);
});

test('states: start: the same name with another input is refused', async () => {
  const bench = new Bench();
  const machine = await bench.machine(wait(60));
  const arn = await bench.begin(machine, { a: 1 }, 'once');
  await expect(bench.begin(machine, { a: 2 }, 'once')).rejects.toMatchObject({
    name: 'ExecutionAlreadyExists',
    message: `Execution Already Exists: '${arn}'`,
  });
});

test('states: start: the same name after the end is refused, for ninety days', async () => {
  const bench = new Bench();
  const machine = await bench.machine(pass);
  await bench.begin(machine, {}, 'once');
  await bench.cloud.clock.advance(89 * 86_400_000);
  await expect(bench.begin(machine, {}, 'once')).rejects.toMatchObject({
    name: 'ExecutionAlreadyExists',
  });
  await bench.cloud.clock.advance(2 * 86_400_000);
  await bench.begin(machine, {}, 'once');
});

test.each([
  ['not json', 'InvalidExecutionInput'],
  ['', 'InvalidExecutionInput'],
  [`"${'x'.repeat(262_143)}"`, 'ValidationException'],
])('states: start: refuses an input', async (input, name) => {
  const bench = new Bench();
  const stateMachineArn = await bench.machine(pass);
  await expect(bench.call('StartExecution', { stateMachineArn, input })).rejects.toMatchObject({
    name,
  });
});

test.each(['1', '"text"', 'null', '[]'])('states: start: takes the input %s', async (input) => {
  const bench = new Bench();
  const stateMachineArn = await bench.machine(pass);
  const { executionArn } = await bench.call<{ executionArn: string }>('StartExecution', {
    stateMachineArn,
    input,
  });
  await bench.cloud.clock.settle();
  expect((await bench.describe(executionArn)).output).toBe(input);
});

test('states: start: a machine that is not there', async () => {
  await expect(new Bench().begin(arnOf('none'))).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
    message: `State Machine Does Not Exist: '${arnOf('none')}'`,
  });
});

test('states: start: an ARN of something else', async () => {
  await expect(new Bench().begin('arn:aws:lambda:a:b:function:f')).rejects.toMatchObject({
    name: 'InvalidArn',
  });
});

test('states: machines: creating the same twice is one machine', async () => {
  // recorded on AWS, 2023-06-22: localstack …/test_sfn_api.snapshot.json
  const bench = new Bench();
  const input = { name: 'm', definition: definition(pass), roleArn };
  const first = await bench.call('CreateStateMachine', input);
  await bench.cloud.clock.advance(5000);
  expect(await bench.call('CreateStateMachine', input)).toEqual(first);
  await expect(
    bench.call('CreateStateMachine', { ...input, definition: definition(wait(1)) }),
  ).rejects.toMatchObject({
    name: 'StateMachineAlreadyExists',
    message: `State Machine Already Exists: '${arnOf('m')}'`,
  });
});

test('states: machines: describing', async () => {
  const bench = new Bench();
  const stateMachineArn = await bench.machine(pass, 'm');
  expect(await bench.call('DescribeStateMachine', { stateMachineArn })).toEqual({
    stateMachineArn,
    name: 'm',
    status: 'ACTIVE',
    definition: definition(pass),
    roleArn,
    type: 'STANDARD',
    creationDate: new Date(start),
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  });
});

test('states: machines: an update gives a revision, and running executions keep theirs', async () => {
  const bench = new Bench();
  const stateMachineArn = await bench.machine({
    StartAt: 'W',
    States: {
      W: { Type: 'Wait', Seconds: 10, Next: 'P' },
      P: { Type: 'Pass', Output: 'old', End: true },
    },
  });
  const arn = await bench.begin(stateMachineArn);
  await bench.cloud.clock.advance(1000);
  const { revisionId } = await bench.call<{ revisionId: string }>('UpdateStateMachine', {
    stateMachineArn,
    definition: definition(single({ Type: 'Pass', Output: 'new' })),
  });
  expect(await bench.call('DescribeStateMachine', { stateMachineArn })).toMatchObject({
    revisionId,
  });
  const next = await bench.begin(stateMachineArn);
  await bench.cloud.clock.advance(20_000);
  expect((await bench.describe(arn)).output).toBe('"old"');
  expect((await bench.describe(next)).output).toBe('"new"');
});

test('states: machines: a deleted machine’s executions go on', async () => {
  const bench = new Bench();
  const stateMachineArn = await bench.machine(wait(10));
  const arn = await bench.begin(stateMachineArn);
  await bench.call('DeleteStateMachine', { stateMachineArn });
  await bench.call('DeleteStateMachine', { stateMachineArn });
  await bench.cloud.clock.advance(10_000);
  expect((await bench.describe(arn)).status).toBe('SUCCEEDED');
  await expect(bench.begin(stateMachineArn)).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
  });
});

test('states: machines: listed by name, in pages', async () => {
  const bench = new Bench();
  for (const name of ['c', 'a', 'b']) await bench.machine(pass, name);
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await bench.call<{ stateMachines: { name: string }[]; nextToken?: string }>(
      'ListStateMachines',
      { maxResults: 2, ...(nextToken === undefined ? {} : { nextToken }) },
    );
    names.push(...page.stateMachines.map(({ name }) => name));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(names).toEqual(['a', 'b', 'c']);
});

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html, 2026-11-21
const versioned = async () => {
  const bench = new Bench();
  const stateMachineArn = await bench.machine(single({ Type: 'Pass', Output: 1 }), 'm');
  const publish = async (): Promise<string> => {
    const { stateMachineVersionArn } = await bench.call<{ stateMachineVersionArn: string }>(
      'PublishStateMachineVersion',
      { stateMachineArn },
    );
    return stateMachineVersionArn;
  };
  const one = await publish();
  await bench.call('UpdateStateMachine', {
    stateMachineArn,
    definition: definition(single({ Type: 'Pass', Output: 2 })),
  });
  const two = await publish();
  return { bench, stateMachineArn, publish, one, two };
};

const outputOf = async (bench: Bench, arn: string): Promise<DescribeExecutionOutput> => {
  const executionArn = await bench.begin(arn);
  await bench.cloud.clock.settle();
  return bench.describe(executionArn);
};

test('states: versions: each runs its own definition', async () => {
  const { bench, one, two } = await versioned();
  expect([one, two]).toEqual([`${arnOf('m')}:1`, `${arnOf('m')}:2`]);
  expect(await outputOf(bench, one)).toMatchObject({ output: '1', stateMachineVersionArn: one });
  expect(await outputOf(bench, two)).toMatchObject({ output: '2', stateMachineVersionArn: two });
});

test('states: versions: an unchanged revision is not published again', async () => {
  const { publish, two } = await versioned();
  expect(await publish()).toBe(two);
});

test('states: versions: newest first; one in use by an alias stays', async () => {
  const { bench, stateMachineArn, one, two } = await versioned();
  expect(await bench.call('ListStateMachineVersions', { stateMachineArn })).toMatchObject({
    stateMachineVersions: [{ stateMachineVersionArn: two }, { stateMachineVersionArn: one }],
  });
  const routingConfiguration = [{ stateMachineVersionArn: one, weight: 100 }];
  await bench.call('CreateStateMachineAlias', { name: 'live', routingConfiguration });
  await expect(
    bench.call('DeleteStateMachineVersion', { stateMachineVersionArn: one }),
  ).rejects.toMatchObject({ name: 'ConflictException' });
  await bench.call('DeleteStateMachineVersion', { stateMachineVersionArn: two });
  await expect(bench.begin(two)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});

test('states: aliases: weights decide by chance', async () => {
  const { bench, one, two } = await versioned();
  const { stateMachineAliasArn } = await bench.call<{ stateMachineAliasArn: string }>(
    'CreateStateMachineAlias',
    {
      name: 'live',
      routingConfiguration: [
        { stateMachineVersionArn: one, weight: 90 },
        { stateMachineVersionArn: two, weight: 10 },
      ],
    },
  );
  bench.cloud.chances.push(0.89, 0.9);
  expect(await outputOf(bench, stateMachineAliasArn)).toMatchObject({
    output: '1',
    stateMachineAliasArn,
    stateMachineVersionArn: one,
  });
  expect(await outputOf(bench, stateMachineAliasArn)).toMatchObject({ output: '2' });
});

test('states: aliases: updated, described, listed, deleted', async () => {
  const { bench, stateMachineArn, one, two } = await versioned();
  const weigh = (arn: string) => [{ stateMachineVersionArn: arn, weight: 100 }];
  const { stateMachineAliasArn } = await bench.call<{ stateMachineAliasArn: string }>(
    'CreateStateMachineAlias',
    { name: 'live', routingConfiguration: weigh(one) },
  );
  await bench.call('UpdateStateMachineAlias', {
    stateMachineAliasArn,
    routingConfiguration: weigh(two),
  });
  expect(await bench.call('DescribeStateMachineAlias', { stateMachineAliasArn })).toMatchObject({
    name: 'live',
    routingConfiguration: weigh(two),
  });
  expect(await bench.call('ListStateMachineAliases', { stateMachineArn })).toMatchObject({
    stateMachineAliases: [{ stateMachineAliasArn }],
  });
  await bench.call('DeleteStateMachineAlias', { stateMachineAliasArn });
  await expect(bench.begin(stateMachineAliasArn)).rejects.toMatchObject({
    name: 'ResourceNotFound',
  });
});

test('states: aliases: weights must add up to 100', async () => {
  const { bench, one } = await versioned();
  await expect(
    bench.call('CreateStateMachineAlias', {
      name: 'live',
      routingConfiguration: [{ stateMachineVersionArn: one, weight: 99 }],
    }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

test('states: executions: newest first, by status, in pages', async () => {
  const bench = new Bench();
  const stateMachineArn = await bench.machine(wait(60));
  for (const name of ['a', 'b', 'c']) await bench.begin(stateMachineArn, {}, name);
  await bench.call('StopExecution', {
    executionArn: `arn:aws:states:${place.region}:${place.account}:execution:machine1:b`,
  });
  const names = async (more: object) => {
    const { executions } = await bench.call<{ executions: { name: string }[] }>('ListExecutions', {
      stateMachineArn,
      ...more,
    });
    return executions.map(({ name }) => name);
  };
  expect(await names({})).toEqual(['c', 'b', 'a']);
  expect(await names({ statusFilter: 'RUNNING' })).toEqual(['c', 'a']);
  expect(await names({ statusFilter: 'ABORTED' })).toEqual(['b']);
  expect(await names({ maxResults: 1 })).toEqual(['c']);
});

test('states: executions: one that is not there', async () => {
  const executionArn = `arn:aws:states:${place.region}:${place.account}:execution:m:none`;
  for (const operation of ['DescribeExecution', 'GetExecutionHistory', 'StopExecution']) {
    await expect(new Bench().call(operation, { executionArn })).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
      message: `Execution Does Not Exist: '${executionArn}'`,
    });
  }
});

test('states: history: in pages, backwards, and without data', async () => {
  const bench = new Bench();
  const { arn } = await bench.run(single({ Type: 'Pass', Assign: { x: [1] } }), { a: 1 });
  const history = (more: object) =>
    bench.call<GetExecutionHistoryOutput>('GetExecutionHistory', { executionArn: arn, ...more });
  const first = await history({ maxResults: 3 });
  expect(first.events?.map(({ id }) => id)).toEqual([1, 2, 3]);
  const second = await history({ maxResults: 3, nextToken: first.nextToken });
  expect(second.events?.map(({ id }) => id)).toEqual([4]);
  expect(second.nextToken).toBeUndefined();
  const backwards = await history({ reverseOrder: true });
  expect(backwards.events?.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  expect(first.events?.[2]?.stateExitedEventDetails).toEqual({
    name: 'S',
    output: '{"a":1}',
    outputDetails: { truncated: false },
    assignedVariables: { x: '[1]' },
    assignedVariablesDetails: { truncated: false },
  });
  const { events } = await history({ includeExecutionData: false });
  expect(JSON.stringify(events)).not.toContain('{\\"a\\":1}');
});

// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html, 2026-11-21
test('states: events: a change of status is an event', async () => {
  const bench = new Bench();
  const ending = await bench.run(wait(5), { a: 1 });
  expect(bench.cloud.events).toHaveLength(2);
  const [begun, ended] = bench.cloud.events;
  expect(begun).toMatchObject({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [ending.arn],
    detail: { status: 'RUNNING', stopDate: null, output: null, startDate: start },
  });
  expect(ended?.detail).toMatchObject({
    executionArn: ending.arn,
    stateMachineArn: arnOf('machine1'),
    status: 'SUCCEEDED',
    startDate: start,
    stopDate: start + 5000,
    input: '{"a":1}',
    inputDetails: { included: true },
    output: '{"a":1}',
    outputDetails: { included: true },
    error: null,
    cause: null,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    redriveCount: 0,
    redriveDate: null,
  });
});

test.each([
  ['FAILED', { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'E', Cause: 'c' } } }],
  ['TIMED_OUT', { ...wait(60), TimeoutSeconds: 1 }],
])('states: events: %s', async (status, machine) => {
  const bench = new Bench();
  await bench.run(machine);
  expect(bench.cloud.events.at(-1)?.detail).toMatchObject({ status });
});

test('states: transitions: each state entered is counted and told', async () => {
  const bench = new Bench();
  const fn = bench.lambda('f', () => 1);
  const ending = await bench.run({
    StartAt: 'A',
    States: {
      A: { Type: 'Pass', Next: 'B' },
      B: {
        Type: 'Parallel',
        Branches: [single(invoke(fn)), single({ Type: 'Pass' })],
        End: true,
      },
    },
  });
  expect(bench.cloud.sfn.transitions(ending.arn)).toBe(4);
  expect(bench.cloud.sfn.totalTransitions).toBe(4);
  expect(bench.transitions.map(({ state, type }) => [state, type])).toEqual([
    ['A', 'Pass'],
    ['B', 'Parallel'],
    ['S', 'Task'],
    ['S', 'Pass'],
  ]);
});

test('states: tags: kept, changed, removed', async () => {
  const bench = new Bench();
  const resourceArn = await bench.machine(pass);
  const tags = async () =>
    (await bench.call<{ tags: object[] }>('ListTagsForResource', { resourceArn })).tags;
  await bench.call('TagResource', {
    resourceArn,
    tags: [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ],
  });
  await bench.call('TagResource', { resourceArn, tags: [{ key: 'a', value: '3' }] });
  await bench.call('UntagResource', { resourceArn, tagKeys: ['b'] });
  expect(await tags()).toEqual([{ key: 'a', value: '3' }]);
});
