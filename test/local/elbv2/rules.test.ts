import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import type { RequestFacts } from '../../../local/services/elasticloadbalancingv2/conditions.ts';
import { testCloud, weightedRoute } from '../traffic/test-cloud.ts';

const start = Date.UTC(2026, 0, 1);
const service = 'elasticloadbalancingv2';
const fixed = (status: string) => [
  { Type: 'fixed-response', FixedResponseConfig: { StatusCode: status } },
];
const host = (...values: string[]) => [{ Field: 'host-header', Values: values }];

const launch = async (propagationMs = 0) => {
  const clock = new VirtualClock(start);
  const world = testCloud({ clock, balancer: { propagationMs } });
  const route = await weightedRoute(world);
  const request = (facts: Partial<RequestFacts> = {}) => ({
    loadBalancerArn: route.loadBalancerArn,
    host: 'shop.example.com',
    path: '/',
    method: 'GET',
    ...facts,
  });
  const send = (facts: Partial<RequestFacts> = {}, random = 0) =>
    world.elb().dataPlane.route(request(facts), () => random);
  return { clock, world, route, send, request };
};

describe('elbv2: conditions', () => {
  const cases: [string, object[], Partial<RequestFacts>, boolean][] = [
    ['host wildcard matches', host('*.example.com'), { host: 'a.example.com' }, true],
    [
      'host ignores case and port',
      host('Shop.example.com'),
      { host: 'shop.EXAMPLE.com:8080' },
      true,
    ],
    ['host needs the whole name', host('example.com'), { host: 'a.example.com' }, false],
    ['? is one character', host('a?.example.com'), { host: 'a.example.com' }, false],
    [
      'path matches without the query',
      [{ Field: 'path-pattern', Values: ['/api/*'] }],
      { path: '/api/x?y=1' },
      true,
    ],
    ['path minds case', [{ Field: 'path-pattern', Values: ['/api'] }], { path: '/API' }, false],
    [
      'header matches one of its values',
      [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Test', Values: ['abc*'] } }],
      { headers: { 'x-test': 'ABCdef' } },
      true,
    ],
    [
      'header must be there',
      [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Test', Values: ['*'] } }],
      {},
      false,
    ],
    [
      'method is exact',
      [{ Field: 'http-request-method', Values: ['POST'] }],
      { method: 'GET' },
      false,
    ],
    [
      'query by key and value',
      [{ Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '2' }] } }],
      { path: '/?v=2' },
      true,
    ],
    [
      'query by another value',
      [{ Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '2' }] } }],
      { path: '/?v=3' },
      false,
    ],
    [
      'source address in range',
      [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.1.0.0/16'] } }],
      { sourceIp: '10.1.2.3' },
      true,
    ],
    [
      'source address out of range',
      [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.1.0.0/16'] } }],
      { sourceIp: '10.2.2.3' },
      false,
    ],
    [
      'all conditions must match',
      [...host('shop.example.com'), { Field: 'path-pattern', Values: ['/x'] }],
      { path: '/y' },
      false,
    ],
  ];
  test.each(cases)('%s', async (_, conditions, facts, matches) => {
    const { world, route, send } = await launch();
    await world.call(service, 'CreateRule', {
      ListenerArn: route.listenerArn,
      Priority: 1,
      Conditions: conditions,
      Actions: fixed('418'),
    });
    expect(send(facts)).toMatchObject(matches ? { kind: 'fixed', status: 418 } : {});
    expect((send(facts) as { status?: number }).status === 418).toBe(matches);
  });
});

describe('elbv2: routing', () => {
  test('weights decide, and 0 takes nothing', async () => {
    const { route, send } = await launch();
    expect(send({}, 0.999)).toMatchObject({ targetGroupArn: route.blue });
    await route.shift(90, 10);
    expect(send({}, 0.899)).toMatchObject({ targetGroupArn: route.blue });
    expect(send({}, 0.9)).toMatchObject({ targetGroupArn: route.green });
    await route.shift(0, 1);
    expect(send({}, 0)).toMatchObject({ targetGroupArn: route.green });
    await route.shift(0, 0);
    expect(send({}, 0)).toMatchObject({ kind: 'none' });
  });

  test('the lower priority number wins, and what no rule takes gets the default action', async () => {
    const { world, route, send } = await launch();
    const { Rules } = await world.call<{ Rules: { RuleArn: string }[] }>(service, 'CreateRule', {
      ListenerArn: route.listenerArn,
      Priority: 10,
      Conditions: host('shop.example.com'),
      Actions: fixed('503'),
    });
    expect(send()).toMatchObject({ kind: 'fixed', status: 503 });
    await world.call(service, 'SetRulePriorities', {
      RulePriorities: [{ RuleArn: Rules[0]?.RuleArn, Priority: 200 }],
    });
    expect(send()).toMatchObject({ kind: 'forward' });
    expect(send({ host: 'other.example.com' })).toMatchObject({ kind: 'fixed', status: 404 });
  });

  test('a changed rule reaches requests after the propagation delay', async () => {
    const { clock, route, send } = await launch(2000);
    await clock.advance(2000);
    await route.shift(0, 100);
    expect(send()).toMatchObject({ targetGroupArn: route.blue });
    await clock.advance(2000);
    expect(send()).toMatchObject({ targetGroupArn: route.green });
  });

  test('a redirect fills in what it does not change', async () => {
    const { world, route, send } = await launch();
    await world.call(service, 'CreateRule', {
      ListenerArn: route.listenerArn,
      Priority: 1,
      Conditions: host('old.example.com'),
      Actions: [
        {
          Type: 'redirect',
          RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' },
        },
      ],
    });
    expect(send({ host: 'old.example.com', path: '/a/b?c=d' })).toMatchObject({
      status: 301,
      location: 'https://old.example.com:443/a/b?c=d',
    });
  });
});

describe('elbv2: control plane', () => {
  test('ModifyRule replaces the whole list of actions and describes it', async () => {
    const { world, route } = await launch();
    await world.call(service, 'ModifyRule', {
      RuleArn: route.ruleArn,
      Actions: [{ Type: 'forward', TargetGroupArn: route.green }],
    });
    const { Rules } = await world.call<{ Rules: object[] }>(service, 'DescribeRules', {
      RuleArns: [route.ruleArn],
    });
    expect(Rules).toEqual([
      {
        RuleArn: route.ruleArn,
        Priority: '100',
        IsDefault: false,
        Conditions: [
          {
            Field: 'host-header',
            Values: ['shop.example.com'],
            HostHeaderConfig: { Values: ['shop.example.com'] },
          },
        ],
        Actions: [
          {
            Type: 'forward',
            TargetGroupArn: route.green,
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn: route.green, Weight: 1 }],
              TargetGroupStickinessConfig: { Enabled: false },
            },
          },
        ],
      },
    ]);
  });

  const rule = { Priority: 5, Conditions: host('x.example.com'), Actions: fixed('200') };
  const refusals: [string, object, string][] = [
    ['a taken priority', { ...rule, Priority: 100 }, 'PriorityInUseException'],
    ['priority 0', { ...rule, Priority: 0 }, 'ValidationError'],
    ['priority 50001', { ...rule, Priority: 50_001 }, 'ValidationError'],
    ['six values', { ...rule, Conditions: host('a', 'b', 'c', 'd', 'e', 'f') }, 'ValidationError'],
    ['no condition', { ...rule, Conditions: [] }, 'ValidationError'],
    [
      'two actions',
      { ...rule, Actions: [...fixed('200'), ...fixed('200')] },
      'TooManyActionsException',
    ],
    [
      'an unknown group',
      {
        ...rule,
        Actions: [
          {
            Type: 'forward',
            TargetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:333333333333:targetgroup/no/0',
          },
        ],
      },
      'TargetGroupNotFoundException',
    ],
    ['a transform', { ...rule, Transforms: [{ Type: 'url-rewrite' }] }, 'NotImplemented'],
  ];
  test.each(refusals)('refuses %s', async (_, input, name) => {
    const { world, route } = await launch();
    const creating = world.call(service, 'CreateRule', {
      ListenerArn: route.listenerArn,
      ...input,
    });
    await expect(creating).rejects.toMatchObject({ name });
  });

  test.each([-1, 1000, 1.5])('refuses weight %s and leaves the rule as it was', async (weight) => {
    const { route, send } = await launch();
    await expect(route.shift(weight, 1)).rejects.toMatchObject({ name: 'ValidationError' });
    expect(send({}, 0.99)).toMatchObject({ targetGroupArn: route.blue });
  });

  test('refuses the 101st rule of a load balancer', async () => {
    const { world, route } = await launch();
    const create = (Priority: number) =>
      world.call(service, 'CreateRule', {
        ListenerArn: route.listenerArn,
        Priority,
        Conditions: host('x.example.com'),
        Actions: fixed('200'),
      });
    for (let priority = 1; priority < 100; priority += 1) await create(priority);
    await expect(create(101)).rejects.toMatchObject({ name: 'TooManyRulesException' });
  });

  test('refuses to delete a group that a rule names with weight 0', async () => {
    const { world, route } = await launch();
    const deleting = world.call(service, 'DeleteTargetGroup', { TargetGroupArn: route.green });
    await expect(deleting).rejects.toMatchObject({ name: 'ResourceInUseException' });
  });

  test('attributes have their documented defaults and are checked before any is written', async () => {
    const { world, route } = await launch();
    const modify = (...pairs: [string, string][]) =>
      world.call(service, 'ModifyTargetGroupAttributes', {
        TargetGroupArn: route.blue,
        Attributes: pairs.map(([Key, Value]) => ({ Key, Value })),
      });
    const read = async () => {
      const { Attributes } = await world.call<{ Attributes: { Key: string; Value: string }[] }>(
        service,
        'DescribeTargetGroupAttributes',
        { TargetGroupArn: route.blue },
      );
      return new Map(Attributes.map(({ Key, Value }) => [Key, Value]));
    };
    expect((await read()).get('deregistration_delay.timeout_seconds')).toBe('300');
    const delay: [string, string] = ['deregistration_delay.timeout_seconds', '30'];
    await expect(modify(delay, ['slow_start.duration_seconds', '5'])).rejects.toMatchObject({
      name: 'ValidationError',
    });
    expect((await read()).get('deregistration_delay.timeout_seconds')).toBe('300');
    const count = 'target_group_health.dns_failover.minimum_healthy_targets.count';
    await modify(delay, [count, 'off']);
    expect((await read()).get(count)).toBe('off');
  });
});
