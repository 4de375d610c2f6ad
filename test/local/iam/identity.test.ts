import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { conditionsHold } from '../../../local/iam/conditions.ts';
import { asList, type ConditionBlock, type PolicyDocument } from '../../../local/iam/document.ts';
import { isTrusted } from '../../../local/iam/trust.ts';
import { cloudformationModule } from '../../../local/services/cloudformation/module.ts';
import { type IamService, iamModule } from '../../../local/services/iam/module.ts';
import type { Principal } from '../../../local/services/service.ts';
import { type StsService, stsModule } from '../../../local/services/sts/module.ts';
import { deployStack } from '../../../local/template/deploy-stack.ts';
import type { StackStore } from '../../../local/template/stack.ts';
import { readTemplate } from '../../../local/template/template.ts';

const START = Date.UTC(2026, 0, 1);
const pipeline = { account: '999999999999', region: 'eu-west-1' };
const target = { account: '111111111111', region: 'eu-west-1' };
const session: Principal = {
  arn: 'arn:aws:sts::999999999999:assumed-role/stepper/run',
  account: '999999999999',
  roleArn: 'arn:aws:iam::999999999999:role/stepper',
};

const trust = (Principal: unknown, Condition?: ConditionBlock): PolicyDocument =>
  ({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal, ...(Condition && { Condition }) },
    ],
  }) as PolicyDocument;

const make = () => {
  const clock = new VirtualClock(START);
  const cloud = new Cloud({
    clock,
    seed: 1,
    modules: [stsModule, iamModule, cloudformationModule],
  });
  const deploy = (resources: Record<string, unknown>) =>
    deployStack(
      cloud,
      cloud.service<StackStore & { operations: never }>('cloudformation', target),
      { name: 'S', template: readTemplate({ Resources: resources }) },
    );
  const assume = (input: object, principal: Principal = session) =>
    cloud.call<{ Credentials: { AccessKeyId: string; Expiration: Date }; AssumedRoleUser: object }>(
      'sts',
      'AssumeRole',
      { RoleSessionName: 'run', ...input },
      { ...pipeline, principal },
    );
  const iam = cloud.service<IamService>('iam', target);
  const sts = cloud.service<StsService>('sts', pipeline);
  return { clock, cloud, deploy, assume, iam, sts };
};

const ROLE = 'arn:aws:iam::111111111111:role/target';
const role = (properties: Record<string, unknown> = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: 'target',
    AssumeRolePolicyDocument: trust(
      { AWS: session.roleArn },
      { StringEquals: { 'sts:ExternalId': 'secret' } },
    ),
    ...properties,
  },
});

describe('iam: trust', () => {
  const cases: [string, unknown, boolean][] = [
    ['the role itself', { AWS: session.roleArn }, true],
    ['the session', { AWS: [session.arn] }, true],
    ['its account', { AWS: '999999999999' }, true],
    ['its account’s root', { AWS: 'arn:aws:iam::999999999999:root' }, true],
    ['everybody', '*', true],
    ['another role', { AWS: 'arn:aws:iam::999999999999:role/other' }, false],
    ['another account', { AWS: 'arn:aws:iam::888888888888:root' }, false],
    ['a service', { Service: 'lambda.amazonaws.com' }, false],
  ];
  test.each(cases)('iam: trust: %s', (_, principal, expected) => {
    expect(isTrusted(trust(principal), session, 'sts:AssumeRole', {})).toBe(expected);
  });

  test('iam: trust: a denial wins, another action does not count, a service is named by its own name', () => {
    const allow = trust('*').Statement as readonly object[];
    const deny = { Effect: 'Deny', Principal: { AWS: session.roleArn }, Action: 'sts:*' };
    expect(
      isTrusted({ Statement: [...allow, deny] } as PolicyDocument, session, 'sts:AssumeRole', {}),
    ).toBe(false);
    expect(isTrusted(trust('*'), session, 'sts:TagSession', {})).toBe(false);
    const lambda = { arn: 'lambda.amazonaws.com', account: '111111111111' };
    expect(isTrusted(trust({ Service: lambda.arn }), lambda, 'sts:AssumeRole', {})).toBe(true);
  });

  const conditions: [string, ConditionBlock, boolean][] = [
    ['equal', { StringEquals: { 'sts:externalid': ['x', 'secret'] } }, true],
    ['not equal', { StringEquals: { 'sts:ExternalId': 'other' } }, false],
    ['absent', { StringEquals: { 'aws:SourceArn': 'x' } }, false],
    ['absent, if it exists', { StringEqualsIfExists: { 'aws:SourceArn': 'x' } }, true],
    ['absent, negated', { StringNotEquals: { 'aws:SourceArn': 'x' } }, true],
    ['like', { StringLike: { 'sts:ExternalId': 'se?r*' } }, true],
    ['an ARN pattern', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/step*' } }, true],
    ['null', { Null: { 'aws:SourceArn': true, 'sts:ExternalId': 'false' } }, true],
    [
      'all of them',
      { StringEquals: { 'sts:ExternalId': 'secret' }, Bool: { 'aws:SecureTransport': 'true' } },
      false,
    ],
    [
      'an unknown operator fails closed',
      { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01' } },
      false,
    ],
  ];
  test.each(conditions)('iam: conditions: %s', (_, block, expected) => {
    const keys = { 'sts:ExternalId': 'secret', 'aws:PrincipalArn': session.roleArn };
    expect(conditionsHold(block, keys)).toBe(expected);
  });
});

describe('sts: AssumeRole', () => {
  test('sts: AssumeRole: into another account, with the external id', async () => {
    const { deploy, assume, sts, iam } = make();
    await deploy({ Target: role() });
    const { Credentials, AssumedRoleUser } = await assume({ RoleArn: ROLE, ExternalId: 'secret' });
    expect(Credentials.AccessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
    expect(Credentials.Expiration).toEqual(new Date(START + 3_600_000));
    expect(AssumedRoleUser).toEqual({
      AssumedRoleId: `${iam.roles.get('target')?.id}:run`,
      Arn: 'arn:aws:sts::111111111111:assumed-role/target/run',
    });
    expect(sts.principalOf(Credentials.AccessKeyId)).toEqual({
      arn: 'arn:aws:sts::111111111111:assumed-role/target/run',
      account: '111111111111',
      roleArn: ROLE,
    });
  });

  test.each([
    ['without the external id', { RoleArn: ROLE }],
    ['with another external id', { RoleArn: ROLE, ExternalId: 'guess' }],
    ['a role that is not there', { RoleArn: `${ROLE}s`, ExternalId: 'secret' }],
    ['what is no role', { RoleArn: 'nonsense', ExternalId: 'secret' }],
  ])('sts: AssumeRole: refuses %s, in one wording', async (_, input) => {
    const { deploy, assume } = make();
    await deploy({ Target: role() });
    await expect(assume(input)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${session.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
      $metadata: { httpStatusCode: 403 },
    });
  });

  test.each([
    [{ DurationSeconds: 899 }, session, 'greater than or equal to 900'],
    [{ DurationSeconds: 3601 }, session, 'role chaining'],
    [{ DurationSeconds: 7200 }, operatorOf('999999999999'), 'MaxSessionDuration'],
    [{ RoleSessionName: 'a b' }, session, 'roleSessionName'],
    [{ Policy: '{}' }, session, 'AssumeRole.Policy'],
  ])('sts: AssumeRole: refuses %j', async (input, principal, message) => {
    const { deploy, assume } = make();
    await deploy({ Target: role({ AssumeRolePolicyDocument: trust('*') }) });
    await expect(assume({ RoleArn: ROLE, ...input }, principal)).rejects.toThrow(message);
  });

  test('sts: a session ends on the cloud’s clock', async () => {
    const { clock, sts } = make();
    const { accessKeyId } = sts.issue(ROLE, 'inside', 900);
    await clock.advance(899_999);
    expect(sts.principalOf(accessKeyId)?.roleArn).toBe(ROLE);
    await clock.advance(1);
    expect(() => sts.principalOf(accessKeyId)).toThrow('is expired');
    expect(sts.principalOf('ASIAUNKNOWN')).toBeUndefined();
  });
});

describe('iam: resources', () => {
  const policy = (action: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
  });

  test('iam: resources: a role gathers inline, attached and added policies, and loses them again', async () => {
    const { deploy, iam } = make();
    const resources = {
      Target: role({
        Policies: [{ PolicyName: 'own', PolicyDocument: policy('a:A') }],
        ManagedPolicyArns: [{ Ref: 'Shared' }],
      }),
      Shared: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: policy('b:B') } },
      Added: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'added',
          PolicyDocument: policy('c:C'),
          Roles: [{ Ref: 'Target' }],
        },
      },
    };
    const { stack } = await deploy(resources);
    expect(stack.resources.get('Target')?.attributes).toEqual({
      Arn: ROLE,
      RoleId: iam.roles.get('target')?.id,
    });
    const actions = () =>
      iam
        .documentsOf(ROLE)
        .map(({ Statement }) => asList(Statement)[0]?.Action)
        .sort();
    expect(actions()).toEqual(['a:A', 'b:B', 'c:C']);
    await deploy({ ...resources, Target: role({ Description: 'now without' }) });
    expect(actions()).toEqual(['c:C']);
    await deploy({ Target: role({ Description: 'now without' }) });
    expect(actions()).toEqual([]);
    expect(iam.policies.size).toBe(0);
  });

  test('iam: resources: one account has one IAM, whatever the Region', () => {
    const { cloud, iam } = make();
    expect(cloud.service('iam', { account: '111111111111', region: 'ap-south-1' })).toBe(iam);
    expect(cloud.service('iam', pipeline)).not.toBe(iam);
  });

  test('iam: GetRole: the trust policy comes encoded; an unknown role is said', async () => {
    const { cloud, deploy } = make();
    await deploy({ Target: role() });
    const get = (RoleName: string) =>
      cloud.call<{ Role: { Arn: string; AssumeRolePolicyDocument: string } }>(
        'iam',
        'GetRole',
        { RoleName },
        { ...target, principal: operatorOf(target.account) },
      );
    const { Role } = await get('target');
    expect(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument))).toEqual(
      role().Properties.AssumeRolePolicyDocument,
    );
    await expect(get('nobody')).rejects.toThrow('The role with name nobody cannot be found.');
  });

  test('iam: resources: names that CloudFormation makes up fit', async () => {
    const { deploy } = make();
    const { RoleName: _, ...rest } = role().Properties;
    const { stack } = await deploy({
      [`Role${'x'.repeat(90)}`]: { Type: 'AWS::IAM::Role', Properties: rest },
    });
    const [made] = stack.resources.values();
    expect(made?.physicalId).toMatch(/^S-Rolex+-[a-z0-9]{12}$/);
    expect(made?.physicalId.length).toBeLessThanOrEqual(64);
  });
});

test('iam: record: what each role called, under IAM’s names, with outcomes', async () => {
  const { cloud, deploy, assume } = make();
  await deploy({ Target: role() });
  await assume({ RoleArn: ROLE, ExternalId: 'secret' });
  await assume({ RoleArn: ROLE }).catch(() => {});
  await cloud
    .call('sfn', 'StartExecution', {}, { ...pipeline, principal: session })
    .catch(() => {});
  expect(cloud.permissions.report()).toEqual([
    {
      principal: session.roleArn,
      actions: [
        { action: 'states:StartExecution', count: 1, outcomes: { NotImplemented: 1 } },
        { action: 'sts:AssumeRole', count: 2, outcomes: { AccessDenied: 1, ok: 1 } },
      ],
    },
  ]);
});
