import { beforeEach, describe, expect, test } from 'vitest';
import { makeWorld, place, revision, roleArn } from './codedeploy-world.ts';

let world: ReturnType<typeof makeWorld>;
beforeEach(async () => {
  world = makeWorld();
  await world.call('CreateApplication', { applicationName: 'app', computePlatform: 'Lambda' });
});

const group = { applicationName: 'app', deploymentGroupName: 'group', serviceRoleArn: roleArn };

describe('codedeploy: applications and groups', () => {
  test.each(['Server', 'ECS', undefined])(
    'the platform %s is refused by name',
    async (platform) => {
      await expect(
        world.call('CreateApplication', { applicationName: 'x', computePlatform: platform }),
      ).rejects.toMatchObject({
        name: 'NotImplemented',
        message: expect.stringContaining(platform ?? 'Server'),
      });
    },
  );

  test.each([
    [
      'CreateApplication',
      { applicationName: 'app', computePlatform: 'Lambda' },
      'ApplicationAlreadyExistsException',
    ],
    ['GetApplication', { applicationName: 'x' }, 'ApplicationDoesNotExistException'],
    ['GetDeploymentGroup', group, 'DeploymentGroupDoesNotExistException'],
    ['GetDeployment', { deploymentId: 'd-AAAAAAAAA' }, 'DeploymentDoesNotExistException'],
    ['GetDeployment', { deploymentId: 'x' }, 'InvalidDeploymentIdException'],
    ['ListDeployments', { applicationName: 'app' }, 'DeploymentGroupNameRequiredException'],
    ['BatchGetDeployments', { deploymentIds: [] }, 'DeploymentIdRequiredException'],
    ['CreateDeploymentGroup', { ...group, serviceRoleArn: 'x' }, 'InvalidRoleException'],
    [
      'CreateDeploymentGroup',
      {
        ...group,
        deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      },
      'InvalidDeploymentStyleException',
    ],
    [
      'CreateDeploymentGroup',
      { ...group, alarmConfiguration: { enabled: true, alarms: [] } },
      'InvalidAlarmConfigException',
    ],
    [
      'CreateDeploymentGroup',
      {
        ...group,
        alarmConfiguration: {
          enabled: true,
          alarms: Array.from({ length: 51 }, (_, n) => ({ name: `a${n}` })),
        },
      },
      'AlarmsLimitExceededException',
    ],
    [
      'CreateDeploymentGroup',
      { ...group, autoRollbackConfiguration: { enabled: true, events: [] } },
      'InvalidAutoRollbackConfigException',
    ],
    [
      'CreateDeploymentGroup',
      { ...group, deploymentConfigName: 'mine' },
      'DeploymentConfigDoesNotExistException',
    ],
    ['CreateDeploymentGroup', { ...group, ecsServices: [{}] }, 'NotImplemented'],
  ])('%s %j', async (operation, input, name) => {
    await expect(world.call(operation, input)).rejects.toMatchObject({ name });
  });

  test('an update changes what it names and leaves the rest', async () => {
    const alarmConfiguration = { enabled: true, alarms: [{ name: 'a' }] };
    await world.call('CreateDeploymentGroup', { ...group, alarmConfiguration });
    await world.call('UpdateDeploymentGroup', {
      applicationName: 'app',
      currentDeploymentGroupName: 'group',
      deploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent30Minutes',
    });
    const { deploymentGroupInfo } = await world.call('GetDeploymentGroup', group);
    expect(deploymentGroupInfo).toMatchObject({
      alarmConfiguration,
      deploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent30Minutes',
      computePlatform: 'Lambda',
    });
  });

  test('a group knows its last deployments', async () => {
    await world.call('CreateDeploymentGroup', group);
    const { deploymentId } = await world.call('CreateDeployment', {
      ...group,
      revision: revision(),
    });
    await world.clock.advance(60_000);
    const { deploymentGroupInfo } = await world.call('GetDeploymentGroup', group);
    expect(deploymentGroupInfo.lastSuccessfulDeployment).toMatchObject({
      deploymentId,
      status: 'Succeeded',
    });
    expect(deploymentGroupInfo.targetRevision).toEqual(revision());
  });
});

describe('codedeploy: deployment configurations', () => {
  const canary = (canaryPercentage: number, canaryInterval: number) => ({
    type: 'TimeBasedCanary',
    timeBasedCanary: { canaryPercentage, canaryInterval },
  });
  const linear = (linearPercentage: number, linearInterval: number) => ({
    type: 'TimeBasedLinear',
    timeBasedLinear: { linearPercentage, linearInterval },
  });
  const create = (trafficRoutingConfig: object, name = 'mine') =>
    world.call('CreateDeploymentConfig', {
      deploymentConfigName: name,
      computePlatform: 'Lambda',
      trafficRoutingConfig,
    });

  test('all of AWS are there', async () => {
    const { deploymentConfigsList } = await world.call('ListDeploymentConfigs');
    expect(deploymentConfigsList.toSorted()).toEqual(
      [
        'AllAtOnce',
        ...[5, 10, 15, 30].map((minutes) => `Canary10Percent${minutes}Minutes`),
        'Linear10PercentEvery1Minute',
        ...[2, 3, 10].map((minutes) => `Linear10PercentEvery${minutes}Minutes`),
      ]
        .map((name) => `CodeDeployDefault.Lambda${name}`)
        .toSorted(),
    );
  });

  test.each([
    [canary(0, 5)],
    [canary(100, 5)],
    [canary(10, 0)],
    [canary(10, 2_881)],
    [linear(10, 321)],
    [{ type: 'Sudden' }],
  ])('refuses %j', async (routing) => {
    await expect(create(routing)).rejects.toMatchObject({
      name: 'InvalidTrafficRoutingConfigurationException',
    });
  });

  test('an own one is used, and can only be deleted when unused', async () => {
    await create(linear(40, 2));
    await world.call('CreateDeploymentGroup', { ...group, deploymentConfigName: 'mine' });
    await world.call('CreateDeployment', { ...group, revision: revision() });
    await world.clock.advance(10 * 60_000);
    expect(world.shifts).toEqual([
      [1, '1', { '2': 0.4 }],
      [121, '1', { '2': 0.8 }],
      [241, '2', {}],
    ]);
    const remove = () => world.call('DeleteDeploymentConfig', { deploymentConfigName: 'mine' });
    await expect(remove()).rejects.toMatchObject({ name: 'DeploymentConfigInUseException' });
    await world.call('DeleteDeploymentGroup', group);
    await remove();
  });

  test('fifty at most', async () => {
    for (let n = 0; n < 50; n += 1) await create({ type: 'AllAtOnce' }, `c${n}`);
    await expect(create({ type: 'AllAtOnce' })).rejects.toMatchObject({
      name: 'DeploymentConfigLimitExceededException',
    });
  });
});

describe('codedeploy: resources', () => {
  const context = (logicalId: string) => ({
    ...place,
    stackName: 'stack',
    stackId: 'arn:stack',
    logicalId,
    cloud: world.cloud,
    principal: { arn: 'cloudformation.amazonaws.com', account: place.account },
  });
  const make = async (type: string, properties: object) =>
    world.cloud.provider(type)?.create(properties, context('Thing'));

  test('application, configuration and group from a template', async () => {
    const app = await make('AWS::CodeDeploy::Application', { ComputePlatform: 'Lambda' });
    const config = await make('AWS::CodeDeploy::DeploymentConfig', {
      ComputePlatform: 'Lambda',
      TrafficRoutingConfig: {
        Type: 'TimeBasedCanary',
        TimeBasedCanary: { CanaryPercentage: '5', CanaryInterval: 10 },
      },
    });
    const properties = {
      ApplicationName: app?.physicalId,
      DeploymentGroupName: 'main',
      ServiceRoleArn: roleArn,
      DeploymentConfigName: config?.physicalId,
      DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: 'a' }] },
      AutoRollbackConfiguration: { Enabled: true, Events: ['DEPLOYMENT_FAILURE'] },
    };
    const made = await make('AWS::CodeDeploy::DeploymentGroup', properties);
    expect(made?.physicalId).toBe('main');
    const names = { applicationName: app?.physicalId, deploymentGroupName: 'main' };
    expect((await world.call('GetDeploymentGroup', names)).deploymentGroupInfo).toMatchObject({
      alarmConfiguration: { enabled: true, alarms: [{ name: 'a' }] },
      autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
    });
    const { AlarmConfiguration: _gone, ...without } = properties;
    await world.cloud
      .provider('AWS::CodeDeploy::DeploymentGroup')
      ?.update?.(without, { ...(made as NonNullable<typeof made>), properties }, context('Thing'));
    expect((await world.call('GetDeploymentGroup', names)).deploymentGroupInfo).toMatchObject({
      alarmConfiguration: { enabled: false },
    });
  });
});
