import { beforeEach, describe, expect, test } from 'vitest';
import { AwsError } from '../../../local/services/aws-error.ts';
import { makeWorld, place, revision, roleArn, START } from './codedeploy-world.ts';

const MINUTE = 60_000;
const names = { applicationName: 'app', deploymentGroupName: 'group' };
const everyEvent = ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'];
let world: ReturnType<typeof makeWorld>;

const setUp = async (group: object = {}) => {
  world = makeWorld();
  await world.call('CreateApplication', { applicationName: 'app', computePlatform: 'Lambda' });
  await world.call('CreateDeploymentGroup', {
    ...names,
    serviceRoleArn: roleArn,
    deploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    ...group,
  });
};

const deploy = async (more: object = {}): Promise<string> =>
  (await world.call('CreateDeployment', { ...names, revision: revision(), ...more })).deploymentId;

const lifecycle = async (id: string): Promise<string[]> =>
  (await world.target(id)).lifecycleEvents.map((event: { status: string }) => event.status);

beforeEach(() => setUp());

describe('codedeploy: shift', () => {
  test('canary: a part, a wait, the rest', async () => {
    const id = await deploy();
    expect(id).toMatch(/^d-[A-Z0-9]{9}$/);
    expect((await world.info(id)).status).toBe('Created');
    await world.clock.advance(2 * MINUTE);
    expect(await world.info(id)).toMatchObject({
      status: 'InProgress',
      creator: 'user',
      startTime: new Date(START + 1_000),
    });
    expect(await world.target(id)).toMatchObject({
      targetId: 'pointer:live',
      targetArn: 'arn:aws:lambda:eu-west-1:111111111111:function:pointer:live',
      status: 'InProgress',
      lambdaFunctionInfo: {
        functionName: 'pointer',
        functionAlias: 'live',
        currentVersion: '1',
        targetVersion: '2',
        targetVersionWeight: 0.1,
      },
    });
    expect(await lifecycle(id)).toEqual(['Succeeded', 'InProgress', 'Pending']);
    await world.clock.advance(5 * MINUTE);
    expect(await world.info(id)).toMatchObject({ status: 'Succeeded' });
    expect((await world.target(id)).lambdaFunctionInfo.targetVersionWeight).toBe(1);
    expect(world.shifts).toEqual([
      [1, '1', { '2': 0.1 }],
      [301, '2', {}],
    ]);
  });

  test.each([
    ['CodeDeployDefault.LambdaAllAtOnce', [[1, '2', {}]]],
    [
      'CodeDeployDefault.LambdaLinear10PercentEvery3Minutes',
      [
        ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [1 + (n - 1) * 180, '1', { '2': n / 10 }]),
        [1 + 9 * 180, '2', {}],
      ],
    ],
  ])('%s', async (deploymentConfigName, expected) => {
    const id = await deploy({ deploymentConfigName });
    await world.clock.advance(60 * MINUTE);
    expect((await world.info(id)).status).toBe('Succeeded');
    expect(world.shifts).toEqual(expected);
  });

  test('everything is done as the service role', async () => {
    await deploy({ revision: revision({ BeforeAllowTraffic: 'hook' }) });
    await world.clock.advance(MINUTE);
    expect([...world.callers]).toEqual(['arn:aws:sts::111111111111:assumed-role/shifter/session']);
  });

  test('events have the documented shape', async () => {
    const id = await deploy();
    await world.clock.advance(10 * MINUTE);
    const { deploymentGroupInfo } = await world.call('GetDeploymentGroup', names);
    expect(world.events[0]?.event).toMatchObject({
      source: 'aws.codedeploy',
      'detail-type': 'CodeDeploy Deployment State-change Notification',
      resources: [
        'arn:aws:codedeploy:eu-west-1:111111111111:application:app',
        'arn:aws:codedeploy:eu-west-1:111111111111:deploymentgroup:app/group',
      ],
    });
    expect(world.events[0]?.event.detail).toEqual({
      instanceGroupId: deploymentGroupInfo.deploymentGroupId,
      region: place.region,
      application: 'app',
      deploymentId: id,
      state: 'START',
      deploymentGroup: 'group',
    });
    expect(world.states()).toEqual([
      [id, 'START'],
      [id, 'SUCCESS'],
    ]);
  });

  test('a throttled Lambda is asked again before the deployment gives up', async () => {
    const slow = new AwsError('TooManyRequestsException', 'Rate exceeded', { status: 429 });
    world.refusals.push(['UpdateAlias', slow], ['UpdateAlias', slow]);
    const id = await deploy();
    await world.clock.advance(MINUTE);
    expect(world.shifts).toEqual([[4, '1', { '2': 0.1 }]]);
    for (let n = 0; n < 4; n += 1) world.refusals.push(['UpdateAlias', slow]);
    await world.clock.advance(10 * MINUTE);
    expect(await world.info(id)).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'THROTTLED',
        message: expect.stringContaining('exceeded the request limit for AWSLambda'),
      },
    });
  });
});

describe('codedeploy: start', () => {
  test.each([
    [{ FunctionVersion: '3' }, 'does not match the current version in AppSpec file'],
    [
      { FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { '9': 0.5 } } },
      'routes traffic to version 9',
    ],
  ])('from the alias %j fails and changes nothing', async (alias, message) => {
    await setUp({ autoRollbackConfiguration: { enabled: true, events: everyEvent } });
    Object.assign(world.alias, alias);
    const id = await deploy();
    await world.clock.advance(MINUTE);
    expect(await world.info(id)).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'INVALID_LAMBDA_CONFIGURATION',
        message: expect.stringContaining(message),
      },
    });
    expect(world.alias).toEqual(alias);
    expect(await lifecycle(id)).toEqual(['Skipped', 'Skipped', 'Skipped']);
    expect((await world.call('ListDeployments', names)).deployments).toEqual([id]);
  });

  test('with a role that does not trust CodeDeploy', async () => {
    await setUp({ serviceRoleArn: 'arn:aws:iam::111111111111:role/other' });
    const id = await deploy();
    await world.clock.advance(MINUTE);
    expect((await world.info(id)).errorInformation.code).toBe('IAM_ROLE_PERMISSIONS');
  });

  test('with a role that may not change the alias', async () => {
    world.refusals.push(['UpdateAlias', new AwsError('AccessDeniedException', 'no')]);
    const id = await deploy();
    await world.clock.advance(MINUTE);
    expect(await world.info(id)).toMatchObject({
      status: 'Failed',
      errorInformation: { code: 'IAM_ROLE_PERMISSIONS' },
    });
    expect(await lifecycle(id)).toEqual(['Succeeded', 'Failed', 'Skipped']);
  });

  test('one deployment at a time per group', async () => {
    const id = await deploy();
    await expect(deploy()).rejects.toMatchObject({
      name: 'DeploymentLimitExceededException',
      message: `The Deployment Group 'group' already has an active Deployment '${id}'`,
    });
    await world.clock.advance(10 * MINUTE);
    Object.assign(world.alias, { FunctionVersion: '1' });
    await expect(deploy()).resolves.toMatch(/^d-/);
  });

  test.each([
    ['no revision', undefined, 'RevisionRequiredException'],
    ['same versions', revision({}, { TargetVersion: '1' }), 'InvalidRevisionException'],
    ['$LATEST', revision({}, { TargetVersion: '$LATEST' }), 'InvalidRevisionException'],
    ['unknown hook', revision({ BeforeInstall: 'x' }), 'InvalidRevisionException'],
    [
      'wrong hash',
      {
        revisionType: 'AppSpecContent',
        appSpecContent: { ...revision().appSpecContent, sha256: 'ab' },
      },
      'InvalidRevisionException',
    ],
    ['not YAML', { revisionType: 'String', string: { content: '{' } }, 'InvalidRevisionException'],
    ['S3', { revisionType: 'S3', s3Location: {} }, 'NotImplemented'],
  ])('refuses a revision: %s', async (_what, wrong, name) => {
    await expect(deploy({ revision: wrong })).rejects.toMatchObject({ name });
  });

  test('reads YAML in lower case, versions unquoted', async () => {
    const content = `version: 0.0
resources:
  - pointer:
      type: AWS::Lambda::Function
      properties: { name: pointer, alias: live, currentversion: 1, targetversion: 10 }
hooks:
  - BeforeAllowTraffic: hook
`;
    const id = await deploy({ revision: { revisionType: 'String', string: { content } } });
    await world.clock.advance(MINUTE);
    expect((await world.target(id)).lambdaFunctionInfo.targetVersion).toBe('10');
    expect(world.hooks).toHaveLength(1);
  });
});

describe('codedeploy: hooks', () => {
  const hooked = {
    revision: revision({ BeforeAllowTraffic: 'before', AfterAllowTraffic: 'after' }),
  };

  test('nothing moves before the first answer, nothing ends before the second', async () => {
    const id = await deploy(hooked);
    await world.clock.advance(30 * MINUTE);
    expect(world.shifts).toEqual([]);
    expect(world.hooks).toEqual([
      {
        function: 'before',
        at: 1,
        DeploymentId: id,
        LifecycleEventHookExecutionId: expect.stringMatching(/^eyJ/),
      },
    ]);
    await world.answer(world.hooks[0], 'Succeeded');
    await world.clock.advance(30 * MINUTE);
    expect(world.shifts.at(-1)).toEqual([1_800 + 300, '2', {}]);
    expect((await world.info(id)).status).toBe('InProgress');
    await world.answer(world.hooks[1], 'Succeeded');
    await world.clock.settle();
    expect(await lifecycle(id)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    expect((await world.info(id)).status).toBe('Succeeded');
  });

  test.each([
    ['before', 'BeforeAllowTraffic', ['Failed', 'Skipped', 'Skipped']],
    ['after', 'AfterAllowTraffic', ['Succeeded', 'Succeeded', 'Failed']],
  ])('Failed from %s fails the deployment', async (script, event, expected) => {
    const id = await deploy({ revision: revision({ [event]: script }) });
    await world.clock.advance(6 * MINUTE);
    await world.answer(world.hooks[0], 'Failed');
    await world.clock.settle();
    expect(await world.info(id)).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'HOOK_EXECUTION_FAILURE',
        message:
          'The deployment failed because one or more of the lifecycle event validation functions failed.',
      },
    });
    expect(await lifecycle(id)).toEqual(expected);
    const failed = (await world.target(id)).lifecycleEvents.find(
      (one: { status: string }) => one.status === 'Failed',
    );
    expect(failed.diagnostics).toMatchObject({ errorCode: 'ScriptFailed', scriptName: script });
  });

  test('silence for an hour fails the deployment', async () => {
    const id = await deploy(hooked);
    await world.clock.advance(60 * MINUTE);
    expect((await world.info(id)).status).toBe('InProgress');
    await world.clock.advance(1_000);
    expect((await world.info(id)).errorInformation.code).toBe('TIMEOUT');
  });

  test.each([
    [{ status: 'InProgress' }, 'InvalidLifecycleEventHookExecutionStatusException'],
    [{ lifecycleEventHookExecutionId: 'x' }, 'InvalidLifecycleEventHookExecutionIdException'],
    [{ deploymentId: 'd-AAAAAAAAA' }, 'DeploymentDoesNotExistException'],
  ])('refuses the answer %j', async (wrong, name) => {
    const deploymentId = await deploy(hooked);
    await world.clock.advance(MINUTE);
    await expect(
      world.call('PutLifecycleEventHookExecutionStatus', {
        deploymentId,
        lifecycleEventHookExecutionId: world.hooks[0]?.LifecycleEventHookExecutionId,
        status: 'Succeeded',
        ...wrong,
      }),
    ).rejects.toMatchObject({ name });
  });

  test('an answer counts once, and not after the end', async () => {
    const id = await deploy(hooked);
    await world.clock.advance(MINUTE);
    await world.answer(world.hooks[0], 'Succeeded');
    await expect(world.answer(world.hooks[0], 'Failed')).rejects.toMatchObject({
      name: 'LifecycleEventAlreadyCompletedException',
    });
    await world.clock.advance(6 * MINUTE);
    await world.call('StopDeployment', { deploymentId: id });
    await world.clock.settle();
    await expect(world.answer(world.hooks[1], 'Succeeded')).rejects.toMatchObject({
      name: 'LifecycleEventAlreadyCompletedException',
    });
  });
});

describe('codedeploy: alarms', () => {
  const watching = {
    alarmConfiguration: { enabled: true, alarms: [{ name: 'errors' }] },
    autoRollbackConfiguration: { enabled: true, events: everyEvent },
  };
  beforeEach(async () => {
    await setUp(watching);
    await world.putAlarm('errors');
  });

  test('an alarm during the shift stops it and flips the alias back at once', async () => {
    const id = await deploy();
    await world.clock.advance(2 * MINUTE);
    await world.alarm('errors', 'ALARM');
    await world.clock.advance(12_000);
    const { rollbackInfo, ...info } = await world.info(id);
    expect(info).toMatchObject({
      status: 'Stopped',
      errorInformation: {
        code: 'ALARM_ACTIVE',
        message:
          'One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <errors>',
      },
    });
    expect(await lifecycle(id)).toEqual(['Succeeded', 'Failed', 'Skipped']);
    const back = rollbackInfo.rollbackDeploymentId;
    expect(rollbackInfo.rollbackMessage).toBe(
      `Deployment ${id} terminated. Automatic rollback is triggered with a DeploymentId ${back}.`,
    );
    expect(await world.info(back)).toMatchObject({
      status: 'Succeeded',
      creator: 'codeDeployRollback',
      rollbackInfo: {
        rollbackTriggeringDeploymentId: id,
        rollbackMessage: `Deployment ${back} is triggered to roll back deployment ${id}.`,
      },
    });
    expect(await lifecycle(back)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    expect(world.alias).toEqual({
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: {} },
    });
    expect((await world.target(id)).lambdaFunctionInfo.targetVersionWeight).toBe(0);
    expect(world.states()).toEqual([
      [id, 'START'],
      [id, 'STOP'],
      [back, 'START'],
      [back, 'SUCCESS'],
    ]);
    const last = world.shifts.at(-1)?.[0] ?? 0;
    expect(last).toBeLessThanOrEqual(132);
    expect((await world.call('ListDeployments', names)).deployments).toEqual([back, id]);
  });

  test('an active alarm ends a deployment at its start', async () => {
    await world.alarm('errors', 'ALARM');
    const id = await deploy({ revision: revision({ BeforeAllowTraffic: 'hook' }) });
    await world.clock.advance(1_000);
    expect(await world.info(id)).toMatchObject({
      status: 'Stopped',
      errorInformation: { code: 'ALARM_ACTIVE' },
    });
    expect(world.hooks).toEqual([]);
    expect(world.shifts.filter(([, version]) => version !== '1')).toEqual([]);
  });

  test('composite alarms count, and a waiting hook does not hide them', async () => {
    await world.cloud.call(
      'cloudwatch',
      'PutCompositeAlarm',
      { AlarmName: 'all', AlarmRule: 'ALARM(errors)' },
      world.context,
    );
    const id = await deploy({
      revision: revision({ AfterAllowTraffic: 'hook' }),
      overrideAlarmConfiguration: { enabled: true, alarms: [{ name: 'all' }] },
    });
    await world.clock.advance(10 * MINUTE);
    expect(world.alias.FunctionVersion).toBe('2');
    await world.alarm('errors', 'ALARM');
    await world.clock.advance(12_000);
    expect((await world.info(id)).errorInformation.message).toContain('<all>');
    expect(world.alias.FunctionVersion).toBe('1');
  });

  test('an override without alarms lets a deployment pass an active one', async () => {
    await world.alarm('errors', 'ALARM');
    const id = await deploy({ overrideAlarmConfiguration: { enabled: false, alarms: [] } });
    await world.clock.advance(10 * MINUTE);
    expect((await world.info(id)).status).toBe('Succeeded');
  });

  test('an alarm after the end changes nothing', async () => {
    const id = await deploy();
    await world.clock.advance(10 * MINUTE);
    await world.alarm('errors', 'ALARM');
    await world.clock.advance(10 * MINUTE);
    expect((await world.info(id)).status).toBe('Succeeded');
    expect(world.alias.FunctionVersion).toBe('2');
  });

  test.each([
    [true, 'Succeeded'],
    [false, 'Stopped'],
  ])('an alarm that cannot be read: ignorePollAlarmFailure %s', async (ignore, status) => {
    await setUp({
      alarmConfiguration: {
        enabled: true,
        ignorePollAlarmFailure: ignore,
        alarms: [{ name: 'absent' }],
      },
    });
    const id = await deploy();
    await world.clock.advance(10 * MINUTE);
    expect((await world.info(id)).status).toBe(status);
  });

  test('without a rule for alarms the alias stays between two versions', async () => {
    await setUp({
      ...watching,
      autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
    });
    await world.putAlarm('errors');
    const id = await deploy();
    await world.clock.advance(MINUTE);
    await world.alarm('errors', 'ALARM');
    await world.clock.advance(MINUTE);
    expect((await world.info(id)).rollbackInfo).toBeUndefined();
    expect(world.alias.RoutingConfig?.AdditionalVersionWeights).toEqual({ '2': 0.1 });
    await world.alarm('errors', 'OK');
    const next = await deploy();
    await world.clock.advance(MINUTE);
    expect((await world.info(next)).errorInformation.code).toBe('INVALID_LAMBDA_CONFIGURATION');
  });
});

describe('codedeploy: StopDeployment', () => {
  test.each([
    ['asked for', true, [], true],
    ['asked not to', false, everyEvent, false],
    ['by the group', undefined, everyEvent, true],
    ['by nobody', undefined, ['DEPLOYMENT_FAILURE'], false],
  ])('rollback %s', async (_what, autoRollbackEnabled, events, rolledBack) => {
    await setUp({ autoRollbackConfiguration: { enabled: events.length > 0, events } });
    const deploymentId = await deploy();
    await world.clock.advance(MINUTE);
    const answer = await world.call('StopDeployment', { deploymentId, autoRollbackEnabled });
    expect(answer.status).toBe('Pending');
    await world.clock.settle();
    expect(await world.info(deploymentId)).toMatchObject({
      status: 'Stopped',
      errorInformation: { code: 'MANUAL_STOP' },
    });
    expect(world.alias.RoutingConfig?.AdditionalVersionWeights).toEqual(
      rolledBack ? {} : { '2': 0.1 },
    );
    await expect(world.call('StopDeployment', { deploymentId })).rejects.toMatchObject({
      name: 'DeploymentAlreadyCompletedException',
    });
  });

  test('before it has started', async () => {
    const deploymentId = await deploy();
    await world.call('StopDeployment', { deploymentId });
    await world.clock.advance(MINUTE);
    expect((await world.info(deploymentId)).status).toBe('Stopped');
    expect(world.shifts).toEqual([]);
  });
});

describe('codedeploy: rollback after a failed hook', () => {
  test('is a deployment without hooks', async () => {
    await setUp({ autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } });
    const id = await deploy({ revision: revision({ AfterAllowTraffic: 'after' }) });
    await world.clock.advance(6 * MINUTE);
    expect(world.alias.FunctionVersion).toBe('2');
    await world.answer(world.hooks[0], 'Failed');
    await world.clock.settle();
    expect(world.alias.FunctionVersion).toBe('1');
    expect(world.hooks).toHaveLength(1);
    const { deploymentsInfo } = await world.call('BatchGetDeployments', {
      deploymentIds: (await world.call('ListDeployments', names)).deployments,
    });
    expect(
      deploymentsInfo.map((info: { creator: string; status: string }) => [
        info.creator,
        info.status,
      ]),
    ).toEqual([
      ['codeDeployRollback', 'Succeeded'],
      ['user', 'Failed'],
    ]);
    expect(deploymentsInfo[1].deploymentId).toBe(id);
  });

  test('that itself fails stays failed, and nothing more follows', async () => {
    await setUp({ autoRollbackConfiguration: { enabled: true, events: everyEvent } });
    const id = await deploy();
    await world.clock.advance(MINUTE);
    world.refusals.push(['UpdateAlias', new AwsError('AccessDeniedException', 'no')]);
    await world.call('StopDeployment', { deploymentId: id });
    await world.clock.advance(10 * MINUTE);
    const { deployments } = await world.call('ListDeployments', names);
    expect(deployments).toHaveLength(2);
    expect((await world.info(deployments[0])).status).toBe('Failed');
    expect((await world.target(id)).lambdaFunctionInfo.targetVersionWeight).toBe(0.1);
  });
});
