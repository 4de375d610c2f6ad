import { beforeEach, describe, expect, test } from 'vitest';
import { targetLockKey } from '../../../functions/domain/lock.ts';
import { type RolloutWorld, rolloutWorld } from './rollout-world.ts';

// Goal: a stack that is deployed again moves no traffic, whatever is going on; and CloudFormation always gets its answer.

let world: RolloutWorld;
let listenerArn: string;

interface Answered {
  Status: string;
  Reason: string;
  PhysicalResourceId: string;
  Data: Record<string, string>;
}

const properties = (over: Record<string, string> = {}) => ({
  ServiceToken: 'arn:aws:lambda:eu-west-1:333333333333:function:own-route',
  TargetId: 'orders/production/eu-west-1',
  ListenerArn: listenerArn,
  Priority: '200',
  Hosts: '["orders.example.com"]',
  Paths: '[]',
  BlueTargetGroupArn: world.edge.route.targetGroupArns.blue,
  GreenTargetGroupArn: world.edge.route.targetGroupArns.green,
  PointerFunctionName: 'slipway-checkout-production-pointer',
  FastPathTable: 'slipway-checkout-production-fast-path',
  LocksTable: 'slipway-locks',
  LocksRoleArn: 'arn:aws:iam::333333333333:role/registrar',
  LocksExternalId: 'slipway',
  PipelineRegion: 'eu-west-1',
  ...over,
});

const ask = async (
  RequestType: 'Create' | 'Update' | 'Delete',
  more: {
    properties?: Record<string, string>;
    old?: Record<string, string>;
    physicalId?: string;
  } = {},
): Promise<Answered> => {
  let answered: Answered | undefined;
  const stop = world.cloud.serveHttp(
    ({ hostname }) => hostname === 'cloudformation.test',
    (_url, init) => {
      answered = JSON.parse(init.body as string);
      return new Response('');
    },
  );
  await world.invoke('OwnRoute', {
    RequestType,
    ResponseURL: 'https://cloudformation.test/answer',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Route',
    ResourceProperties: more.properties ?? properties(),
    ...(more.old ? { OldResourceProperties: more.old } : {}),
    ...(more.physicalId ? { PhysicalResourceId: more.physicalId } : {}),
  });
  stop();
  if (answered === undefined) throw new Error('CloudFormation was not answered');
  return answered;
};

const rule = async (ruleArn: string | undefined) => {
  const { Rules } = await world.call('elasticloadbalancingv2', 'DescribeRules', {
    RuleArns: [ruleArn],
  });
  return Rules[0];
};
const weightsOf = async (ruleArn: string | undefined): Promise<number[]> =>
  (await rule(ruleArn)).Actions[0].ForwardConfig.TargetGroups.map(
    ({ Weight }: { Weight: number }) => Weight,
  );

beforeEach(async () => {
  world = await rolloutWorld();
  ({ listenerArn } = world.edge.route);
});

describe('own route: create', () => {
  test('three rules in a row: test, override that matches nothing, weighted all on blue', async () => {
    const { Status, Data } = await ask('Create');
    expect(Status).toBe('SUCCESS');
    const [test, override, weighted] = await Promise.all(
      [Data['TestRuleArn'], Data['OverrideRuleArn'], Data['WeightedRuleArn']].map(rule),
    );
    expect([test, override, weighted].map(({ Priority }) => Priority)).toEqual([
      '200',
      '201',
      '202',
    ]);
    expect(override.Conditions[0].HostHeaderConfig.Values[0]).toMatch(/\.slipway\.invalid$/);
    expect(weighted.Conditions[0].HostHeaderConfig.Values).toEqual(['orders.example.com']);
    expect(await weightsOf(Data['WeightedRuleArn'])).toEqual([100, 0]);
  });

  test('a create that broke off is gone on with', async () => {
    const first = await ask('Create');
    expect(await ask('Create')).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: first.PhysicalResourceId,
    });
  });

  test('a priority that is taken is said', async () => {
    const other = properties({ BlueTargetGroupArn: 'arn:other', GreenTargetGroupArn: 'arn:more' });
    const { Status, Reason } = await ask('Create', { properties: { ...other, Priority: '100' } });
    expect(Status).toBe('FAILED');
    expect(Reason).toContain('priority 100');
  });

  test('properties that do not have their shape are named', async () => {
    const { Status, Reason, PhysicalResourceId } = await ask('Create', {
      properties: properties({ Hosts: 'orders.example.com' }),
    });
    expect(Status).toBe('FAILED');
    expect(Reason).toContain('Hosts');
    expect(await ask('Delete', { physicalId: PhysicalResourceId })).toMatchObject({
      Status: 'SUCCESS',
    });
  });
});

describe('own route: update', () => {
  const shift = async (ruleArn: string | undefined): Promise<void> => {
    const { blue, green } = world.edge.route.targetGroupArns;
    await world.call('elasticloadbalancingv2', 'ModifyRule', {
      RuleArn: ruleArn,
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: blue, Weight: 30 },
              { TargetGroupArn: green, Weight: 70 },
            ],
          },
        },
      ],
    });
  };

  test('hosts and priority change, the weights stay', async () => {
    const { Data, PhysicalResourceId: physicalId } = await ask('Create');
    await shift(Data['WeightedRuleArn']);
    const changed = properties({ Hosts: '["shop.example.com"]', Priority: '300' });
    const answer = await ask('Update', { properties: changed, old: properties(), physicalId });
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: physicalId });
    const weighted = await rule(Data['WeightedRuleArn']);
    expect(weighted.Priority).toBe('302');
    expect(weighted.Conditions[0].HostHeaderConfig.Values).toEqual(['shop.example.com']);
    expect(await weightsOf(Data['WeightedRuleArn'])).toEqual([30, 70]);
    expect(
      (await world.locks.read(targetLockKey('orders/production/eu-west-1')))?.owner,
    ).toBeNull();
  });

  test('while a rollout has the target, nothing is touched', async () => {
    const { Data, PhysicalResourceId: physicalId } = await ask('Create');
    await world.locks.acquire(targetLockKey('orders/production/eu-west-1'), 'a rollout', 300, {
      rolloutId: 'r1',
    });
    const changed = properties({ Hosts: '["shop.example.com"]' });
    const { Status, Reason } = await ask('Update', {
      properties: changed,
      old: properties(),
      physicalId,
    });
    expect(Status).toBe('FAILED');
    expect(Reason).toContain('held by r1');
    const weighted = await rule(Data['WeightedRuleArn']);
    expect(weighted.Conditions[0].HostHeaderConfig.Values).toEqual(['orders.example.com']);
    // CloudFormation now asks for the old properties again, and must get them.
    const back = { properties: properties(), old: changed, physicalId };
    expect(await ask('Update', back)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('on another listener the new rules serve whom the old ones serve', async () => {
    const { Data, PhysicalResourceId: physicalId } = await ask('Create');
    await shift(Data['WeightedRuleArn']);
    const { Listeners } = await world.call('elasticloadbalancingv2', 'CreateListener', {
      LoadBalancerArn: world.edge.route.loadBalancerArn,
      Port: 8443,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    });
    const moved = properties({ ListenerArn: Listeners[0].ListenerArn });
    const answer = await ask('Update', { properties: moved, old: properties(), physicalId });
    expect(answer.Status).toBe('SUCCESS');
    expect(answer.PhysicalResourceId).not.toBe(physicalId);
    expect(await weightsOf(answer.Data['WeightedRuleArn'])).toEqual([30, 70]);
    expect(await weightsOf(answer.Data['OverrideRuleArn'])).toEqual([100, 0]);
  });

  test('while the override is on, nothing is touched', async () => {
    const { Data, PhysicalResourceId: physicalId } = await ask('Create');
    await world.call('elasticloadbalancingv2', 'ModifyRule', {
      RuleArn: Data['OverrideRuleArn'],
      Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: ['orders.example.com'] } }],
    });
    const changed = properties({ Hosts: '["shop.example.com"]' });
    const { Status, Reason } = await ask('Update', {
      properties: changed,
      old: properties(),
      physicalId,
    });
    expect(Status).toBe('FAILED');
    expect(Reason).toContain('override');
  });

  test('the same properties change nothing at all', async () => {
    const { Data, PhysicalResourceId: physicalId } = await ask('Create');
    await shift(Data['WeightedRuleArn']);
    expect(await ask('Update', { old: properties(), physicalId })).toMatchObject({
      Status: 'SUCCESS',
    });
    expect(await weightsOf(Data['WeightedRuleArn'])).toEqual([30, 70]);
  });
});

describe('own route: delete', () => {
  test('the rules go, twice is once', async () => {
    const { Data, PhysicalResourceId: physicalId } = await ask('Create');
    for (const _ of [1, 2]) {
      expect(await ask('Delete', { physicalId })).toMatchObject({ Status: 'SUCCESS' });
    }
    await expect(rule(Data['WeightedRuleArn'])).rejects.toThrow('rule');
  });
});
