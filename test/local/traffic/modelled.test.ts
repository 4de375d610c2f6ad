import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { ModelledTraffic } from '../../../local/traffic/modelled-traffic.ts';
import { boundService, deployment, deploymentPath, kubeClient } from '../kubernetes/kube-client.ts';
import { fullName, modelledImage, place, testCloud, weightedRoute } from './test-cloud.ts';

const launch = async (candidateModel = 'p50:20,p99:60') => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const world = testCloud({ clock });
  const route = await weightedRoute(world);
  await world.call('eks', 'CreateCluster', {
    name: 'shop',
    roleArn: `arn:aws:iam::${place.account}:role/eks`,
    resourcesVpcConfig: {},
  });
  const api = kubeClient(world.eks().clusters.get('shop').kubernetes);
  await api.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop' },
  });
  const deploy = async (color: 'blue' | 'green', image: string) => {
    const { service, binding } = boundService(color, route[color]);
    await api.apply(`/api/v1/namespaces/shop/services/${color}`, service);
    await api.apply(
      `/apis/elbv2.k8s.aws/v1beta1/namespaces/shop/targetgroupbindings/${color}`,
      binding,
    );
    const object = deployment(color, image);
    Object.assign(object.spec.template.spec.containers[0] ?? {}, {
      env: [
        { name: 'OTEL_SERVICE_NAME', value: 'shop' },
        { name: 'OTEL_RESOURCE_ATTRIBUTES', value: `color=${color},aws.xray.annotations=color` },
      ],
    });
    await api.apply(deploymentPath(color), object);
  };
  await deploy('blue', modelledImage(world.images, '1.0.0'));
  await deploy(
    'green',
    modelledImage(world.images, '1.2.0', { 'org.example.model': candidateModel }),
  );
  await clock.advance(30_000);
  const traffic = new ModelledTraffic({
    cloud: world.cloud,
    place,
    loadBalancerArn: route.loadBalancerArn,
    streams: [{ host: 'shop.example.com', requestsPerSecond: 50 }],
  });
  traffic.start();
  const LoadBalancer = fullName(route.loadBalancerArn);
  const count = (name: string, group?: string) =>
    world.sum(name, group ? { LoadBalancer, TargetGroup: fullName(group) } : { LoadBalancer });
  return { clock, world, route, traffic, count, api };
};

describe('traffic: modelled', () => {
  test('follows the weights and is measured per group and per load balancer', async () => {
    const { clock, route, traffic, count } = await launch();
    await route.shift(80, 20);
    await clock.advance(101_000);
    const { total, failed, byVersion } = traffic.stop();
    await clock.advance(2000);
    expect(total).toBe(5050);
    expect(failed).toBe(0);
    expect((byVersion['1.2.0']?.total ?? 0) / total).toBeCloseTo(0.2, 1);
    expect(count('RequestCount', route.green)).toBe(byVersion['1.2.0']?.total);
    expect(count('RequestCount')).toBe(total);
    expect(count('HTTPCode_Target_2XX_Count', route.blue)).toBe(byVersion['1.0.0']?.total);
    expect(count('HTTPCode_Target_5XX_Count', route.green)).toBe(0);
  });

  test('a failing version fails in the share of its model, and its first failure is dated', async () => {
    const { clock, route, traffic, count } = await launch('errors:0.05');
    await clock.advance(20_000);
    expect(traffic.summary()).toMatchObject({ failed: 0, firstFailureAt: undefined });
    const shiftedAt = clock.now();
    await route.shift(0, 100);
    await clock.advance(100_000);
    const { byVersion, firstFailureAt, failed } = traffic.stop();
    await clock.advance(2000);
    expect((byVersion['1.2.0']?.failed ?? 0) / (byVersion['1.2.0']?.total ?? 1)).toBeCloseTo(
      0.05,
      1,
    );
    expect(firstFailureAt).toBeGreaterThan(shiftedAt);
    expect(count('HTTPCode_Target_5XX_Count', route.green)).toBe(failed);
    expect(count('HTTPCode_ELB_5XX_Count')).toBe(0);
  });

  test('it gets slow after as many requests as its model says', async () => {
    const { clock, world, route } = await launch(
      'p50:20,p99:60;afterRequests:200,slow:0.5,slowMs:1500',
    );
    await route.shift(0, 100);
    const slow = () =>
      world.data.some((datum) => datum.name === 'TargetResponseTime' && datum.value > 1);
    await clock.advance(3000);
    expect(slow()).toBe(false);
    await clock.advance(20_000);
    expect(slow()).toBe(true);
  });

  test('targets that are gone without being deregistered are 502, no target at all is 503', async () => {
    const { clock, world, route, traffic, count } = await launch();
    await route.shift(0, 100);
    const cluster = world.eks().clusters.get('shop').kubernetes;
    cluster.close();
    await clock.advance(1000);
    expect(traffic.summary().byStatus).toMatchObject({ '502': 50 });
    for (const target of [...world.elb().state.targetGroup(route.green).targets.values()]) {
      world.elb().health.forget(world.elb().state.targetGroup(route.green), target);
    }
    await clock.advance(1000);
    traffic.stop();
    await clock.advance(2000);
    expect(traffic.summary().byStatus).toMatchObject({ '502': 50, '503': 50 });
    expect(count('HTTPCode_ELB_502_Count')).toBe(50);
    expect(count('HTTPCode_ELB_503_Count')).toBe(50);
    expect(count('RequestCount', route.green)).toBe(50);
    expect(
      world.data.some(
        ({ name, dimensions }) => name.startsWith('HTTPCode_ELB') && 'TargetGroup' in dimensions,
      ),
    ).toBe(false);
  });

  test('traces carry the names that the container gave itself', async () => {
    const { clock, world, route } = await launch();
    await route.shift(0, 100);
    await clock.advance(2000);
    expect(world.traces.at(-1)).toMatchObject({
      service: 'shop',
      annotations: { color: 'green' },
      http: { method: 'GET', status: 200 },
    });
  });

  test('a smoke request to the DNS name meets the rules, by its host header', async () => {
    const { world, route, clock } = await launch();
    await route.shift(0, 100);
    const smoke = (headers: Record<string, string>) =>
      world.cloud.http(`http://${route.dnsName}/healthz`, { headers });
    const answer = await smoke({ host: 'shop.example.com' });
    expect(answer?.status).toBe(200);
    expect(answer?.headers.get('x-version')).toBe('1.2.0');
    expect((await smoke({ host: 'unknown.example.com' }))?.status).toBe(404);
    await clock.advance(1000);
  });

  test('one seed gives one history', async () => {
    const run = async () => {
      const { clock, route, traffic } = await launch('errors:0.1');
      await route.shift(50, 50);
      await clock.advance(60_000);
      return traffic.stop();
    };
    expect(await run()).toEqual(await run());
  });
});
