import { expect, test } from 'vitest';
import type { ResourceContext, ResourceProvider } from '../../../local/services/service.ts';
import { sfnModule } from '../../../local/services/sfn/module.ts';
import { Bench, operator, place, roleArn, single } from './harness.ts';

const contextOf = (bench: Bench): ResourceContext => ({
  ...place,
  stackName: 'stack',
  stackId: 'arn:aws:cloudformation:eu-central-1:111111111111:stack/stack/1',
  logicalId: 'Machine',
  cloud: bench.cloud,
  principal: operator,
});

const provider = (type: string): ResourceProvider => {
  const found = sfnModule.resources[`AWS::StepFunctions::${type}`];
  if (found === undefined) throw new Error(`no provider for ${type}`);
  return found;
};

/** As CloudFormation writes a place for a value: `${Name}`. */
const mark = (name: string): string => ['$', '{', name, '}'].join('');

const definition = (output: string) => ({
  QueryLanguage: 'JSONata',
  ...single({ Type: 'Pass', Output: { is: output } }),
});

const machineOf = (output: string, more: object = {}) => ({
  DefinitionString: JSON.stringify(definition(output)),
  RoleArn: roleArn,
  StateMachineType: 'STANDARD',
  ...more,
});

test('states: resources: a machine is made under a generated name, with its attributes', async () => {
  const bench = new Bench();
  const made = await provider('StateMachine').create(
    machineOf('x', { Tags: [{ Key: 'team', Value: 'a' }] }),
    contextOf(bench),
  );
  const name = made.physicalId.split(':')[6];
  expect(name).toMatch(/^stack-Machine-\w{12}$/);
  expect(made.attributes).toEqual({
    Arn: made.physicalId,
    Name: name,
    StateMachineRevisionId: 'INITIAL',
  });
  const resourceArn = made.physicalId;
  expect(await bench.call('ListTagsForResource', { resourceArn })).toEqual({
    tags: [{ key: 'team', value: 'a' }],
  });
});

test.each([
  ['DefinitionString', machineOf(mark('Function'))],
  ['Definition', { RoleArn: roleArn, Definition: definition(mark('Function')) }],
])('states: resources: %s: substitutions are put in', async (_form, properties) => {
  const bench = new Bench();
  const { physicalId } = await provider('StateMachine').create(
    { ...properties, DefinitionSubstitutions: { Function: 'arn:of:it' } },
    contextOf(bench),
  );
  const arn = await bench.begin(physicalId);
  await bench.cloud.clock.settle();
  expect((await bench.describe(arn)).output).toBe('{"is":"arn:of:it"}');
});

test('states: resources: refuses a substitution that nothing stands for', async () => {
  const create = async () =>
    provider('StateMachine').create(
      machineOf(mark('Missing') + mark('Other')),
      contextOf(new Bench()),
    );
  await expect(create()).rejects.toMatchObject({
    name: 'InvalidDefinition',
    message: expect.stringContaining(`${mark('Missing')}, ${mark('Other')}`),
  });
});

test('states: resources: a change of definition updates in place, a change of name replaces', async () => {
  const bench = new Bench();
  const context = contextOf(bench);
  const machine = provider('StateMachine');
  const properties = machineOf('old', { StateMachineName: 'named' });
  const made = await machine.create(properties, context);
  const changed = machineOf('new', { StateMachineName: 'named' });
  const updated = await machine.update?.(changed, { ...made, properties }, context);
  expect(updated?.physicalId).toBe(made.physicalId);
  expect(updated?.attributes['StateMachineRevisionId']).not.toBe('INITIAL');
  const arn = await bench.begin(made.physicalId);
  await bench.cloud.clock.settle();
  expect((await bench.describe(arn)).output).toBe('{"is":"new"}');
  const renamed = machineOf('new', { StateMachineName: 'other' });
  const replaced = await machine.update?.(renamed, { ...made, properties: changed }, context);
  expect(replaced?.physicalId).toMatch(/:other$/);
  await machine.remove?.({ ...made, properties: changed }, context);
  await expect(bench.begin(made.physicalId)).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
  });
});

test('states: resources: versions and aliases', async () => {
  const bench = new Bench();
  const context = contextOf(bench);
  const machine = await provider('StateMachine').create(machineOf('v'), context);
  const version = await provider('StateMachineVersion').create(
    { StateMachineArn: machine.physicalId, StateMachineRevisionId: 'INITIAL' },
    context,
  );
  expect(version.physicalId).toBe(`${machine.physicalId}:1`);
  const alias = await provider('StateMachineAlias').create(
    {
      Name: 'live',
      RoutingConfiguration: [{ StateMachineVersionArn: version.physicalId, Weight: 100 }],
    },
    context,
  );
  expect(alias).toEqual({
    physicalId: `${machine.physicalId}:live`,
    attributes: { Arn: `${machine.physicalId}:live` },
  });
  const arn = await bench.begin(alias.physicalId);
  await bench.cloud.clock.settle();
  expect(await bench.describe(arn)).toMatchObject({
    output: '{"is":"v"}',
    stateMachineAliasArn: alias.physicalId,
  });
  await provider('StateMachineAlias').remove?.({ ...alias, properties: {} }, context);
  await provider('StateMachineVersion').remove?.({ ...version, properties: {} }, context);
});
