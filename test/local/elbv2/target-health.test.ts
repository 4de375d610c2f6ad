import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { networkOf, type ProbeResult } from '../../../local/traffic/network.ts';
import { fullName, place, testCloud, weightedRoute } from '../traffic/test-cloud.ts';

const service = 'elasticloadbalancingv2';
const ip = '10.0.1.1';

const launch = async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const world = testCloud({ clock });
  const route = await weightedRoute(world);
  let answer: ProbeResult = 200;
  networkOf(world.cloud, place).open(ip, 8080, { labels: {}, probe: () => answer });
  const targets = [{ Id: ip }];
  const health = async (TargetGroupArn = route.green) => {
    const { TargetHealthDescriptions } = await world.call<{
      TargetHealthDescriptions: {
        TargetHealth: { State: string; Reason?: string; Description?: string };
      }[];
    }>(service, 'DescribeTargetHealth', { TargetGroupArn });
    return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth);
  };
  return {
    clock,
    world,
    route,
    health,
    say: (result: ProbeResult) => {
      answer = result;
    },
    register: (TargetGroupArn = route.green) =>
      world.call(service, 'RegisterTargets', { TargetGroupArn, Targets: targets }),
    deregister: () =>
      world.call(service, 'DeregisterTargets', { TargetGroupArn: route.green, Targets: targets }),
  };
};

describe('elbv2: target health', () => {
  test('a group of weight 0 is checked: initial, then healthy after one good check', async () => {
    const { clock, register, health } = await launch();
    await register();
    expect(await health()).toEqual([
      {
        State: 'initial',
        Reason: 'Elb.RegistrationInProgress',
        Description: 'Target registration is in progress',
      },
    ]);
    await clock.advance(1000);
    expect(await health()).toEqual([{ State: 'healthy' }]);
  });

  test('a group that no rule names stays unused until one does', async () => {
    const { clock, world, route, register, health } = await launch();
    await world.call(service, 'DeleteRule', { RuleArn: route.ruleArn });
    await register();
    await clock.advance(60_000);
    expect(await health()).toMatchObject([{ State: 'unused', Reason: 'Target.NotInUse' }]);
    await world.call(service, 'CreateRule', {
      ListenerArn: route.listenerArn,
      Priority: 1,
      Conditions: [{ Field: 'host-header', Values: ['a.example.com'] }],
      Actions: [{ Type: 'forward', TargetGroupArn: route.green }],
    });
    await clock.advance(1000);
    expect(await health()).toEqual([{ State: 'healthy' }]);
  });

  test.each([
    [503, 'Target.ResponseCodeMismatch', 'Health checks failed with these codes: [503]'],
    ['refused', 'Target.FailedHealthChecks', 'Health checks failed'],
    ['timeout', 'Target.Timeout', 'Request timed out'],
  ] as const)(
    '%s twice is unhealthy: %s; two good checks heal',
    async (result, reason, description) => {
      const { clock, register, health, say } = await launch();
      await register();
      await clock.advance(1000);
      say(result);
      await clock.advance(10_000);
      expect(await health()).toEqual([{ State: 'healthy' }]);
      await clock.advance(10_000);
      expect(await health()).toEqual([
        { State: 'unhealthy', Reason: reason, Description: description },
      ]);
      say(200);
      await clock.advance(10_000);
      expect(await health()).toMatchObject([{ State: 'unhealthy' }]);
      await clock.advance(10_000);
      expect(await health()).toEqual([{ State: 'healthy' }]);
    },
  );

  test('a target that never answers well goes from initial to unhealthy', async () => {
    const { clock, register, health, say } = await launch();
    say(503);
    await register();
    await clock.advance(1000);
    expect(await health()).toMatchObject([
      { State: 'initial', Reason: 'Elb.InitialHealthChecking' },
    ]);
    await clock.advance(10_000);
    expect(await health()).toMatchObject([{ State: 'unhealthy' }]);
  });

  test('a deregistered target drains, gets nothing, and is gone after the delay', async () => {
    const { clock, world, route, register, deregister, health } = await launch();
    await register();
    await clock.advance(1000);
    await deregister();
    expect(await health()).toMatchObject([
      { State: 'draining', Reason: 'Target.DeregistrationInProgress' },
    ]);
    expect(world.elb().dataPlane.choose(route.green, () => 0)).toBeUndefined();
    await clock.advance(299_999);
    expect(await health()).toHaveLength(1);
    await clock.advance(1);
    expect(await health()).toEqual([]);
  });

  test('with no healthy target all that are registered get requests', async () => {
    const { clock, world, route, register, say } = await launch();
    say(503);
    await register();
    await clock.advance(30_000);
    expect(world.elb().dataPlane.choose(route.green, () => 0)).toMatchObject({
      id: ip,
      state: 'unhealthy',
    });
  });

  test('host counts are reported each minute while targets are registered', async () => {
    const { clock, world, route, register } = await launch();
    await register();
    await clock.advance(120_000);
    const dimensions = {
      LoadBalancer: fullName(route.loadBalancerArn),
      TargetGroup: fullName(route.green),
    };
    expect(world.sum('HealthyHostCount', dimensions)).toBe(2);
  });
});
