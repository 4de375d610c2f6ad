import { expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { decide } from '../../../local/traffic/forwarding.ts';
import { networkOf } from '../../../local/traffic/network.ts';
import { place, testCloud, weightedRoute } from './test-cloud.ts';

const launch = async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const world = testCloud({ clock });
  const route = await weightedRoute(world);
  for (const [group, ips] of [
    [route.blue, ['10.0.1.1', '10.0.1.2']],
    [route.green, ['10.0.2.1']],
  ] as const) {
    for (const ip of ips)
      networkOf(world.cloud, place).open(ip, 8080, { labels: {}, probe: () => 200 });
    await world.call('elasticloadbalancingv2', 'RegisterTargets', {
      TargetGroupArn: group,
      Targets: ips.map((Id) => ({ Id })),
    });
  }
  await clock.advance(1000);
  const send = (cookie: string | undefined, random: number) => {
    const decision = decide(
      { balancer: world.elb(), loadBalancerArn: route.loadBalancerArn, random: () => random },
      { host: 'shop.example.com', path: '/', method: 'GET', headers: { cookie } },
    );
    if (decision.kind !== 'forward') throw new Error(`answered by itself: ${decision.status}`);
    return decision;
  };
  const cookieOf = (cookies: readonly string[]) =>
    cookies.map((each) => each.split(';')[0]).join('; ');
  return { world, route, send, cookieOf };
};

test('stickiness: a group’s cookie pins a client to it, until its weight is 0', async () => {
  const { world, route, send, cookieOf } = await launch();
  const weights = (blue: number, green: number) =>
    world.call('elasticloadbalancingv2', 'ModifyRule', {
      RuleArn: route.ruleArn,
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: route.blue, Weight: blue },
              { TargetGroupArn: route.green, Weight: green },
            ],
            TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
          },
        },
      ],
    });
  await weights(50, 50);
  const first = send(undefined, 0.9);
  expect(first.group.arn).toBe(route.green);
  const cookie = cookieOf(first.cookies);
  expect(cookie).toMatch(/^AWSALBTG=/);
  expect(send(cookie, 0.1).group.arn).toBe(route.green);
  await weights(100, 0);
  expect(send(cookie, 0.9).group.arn).toBe(route.blue);
});

test('stickiness: a target’s cookie pins a client to it within its group', async () => {
  const { world, route, send, cookieOf } = await launch();
  expect(send(undefined, 0).cookies).toEqual([]);
  await world.call('elasticloadbalancingv2', 'ModifyTargetGroupAttributes', {
    TargetGroupArn: route.blue,
    Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
  });
  const first = send(undefined, 0);
  const cookie = cookieOf(first.cookies);
  const again = [1, 2, 3].map(() => send(cookie, 0).target.id);
  expect(new Set(again)).toEqual(new Set([first.target.id]));
});
