import { createServer, request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type BuiltImage, buildImage } from '../../../examples/shop/image.ts';
import { FastClock } from '../../../local/clock/fast-clock.ts';
import { LoadGenerator } from '../../../local/traffic/load.ts';
import { ProcessRuntime } from '../../../local/traffic/process-runtime.ts';
import { LoadBalancerProxy, PortInUseError } from '../../../local/traffic/proxy.ts';
import { boundService, deployment, deploymentPath, kubeClient } from '../kubernetes/kube-client.ts';
import { fullName, type Images, place, registry, testCloud, weightedRoute } from './test-cloud.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const store = (images: Images, image: BuiltImage): string => {
  images.manifests.set(image.digest, image.manifest);
  for (const blob of [image.config, ...image.layers]) images.blobs.set(blob.digest, blob.bytes);
  return `${registry.account}.dkr.ecr.${registry.region}.amazonaws.com/shop/checkout@${image.digest}`;
};

const launch = async () => {
  const clock = new FastClock({ speed: 20 });
  cleanups.push(() => clock.stop());
  const runtime = new ProcessRuntime({ clock });
  cleanups.push(() => runtime.close());
  const world = testCloud({ clock, eks: { runtime: () => runtime } });
  const route = await weightedRoute(world);
  await world.call('eks', 'CreateCluster', {
    name: 'shop',
    roleArn: `arn:aws:iam::${place.account}:role/eks`,
    resourcesVpcConfig: {},
  });
  const cluster = world.eks().clusters.get('shop').kubernetes;
  cleanups.push(() => cluster.close());
  const api = kubeClient(cluster);
  await api.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop' },
  });
  /** Looks again each time that the clock has gone on a little. */
  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await holds())) {
      await new Promise<void>((resolve) => void clock.at(clock.now() + 500, resolve));
    }
  };
  const healthy = (group: string) =>
    [...world.elb().state.targetGroup(group).targets.values()].filter(
      ({ state }) => state === 'healthy',
    ).length;
  const deploy = async (color: 'blue' | 'green', version: string, replicas = 1) => {
    const image = store(world.images, await buildImage(version));
    const { service, binding } = boundService(color, route[color]);
    await api.apply(`/api/v1/namespaces/shop/services/${color}`, service);
    await api.apply(
      `/apis/elbv2.k8s.aws/v1beta1/namespaces/shop/targetgroupbindings/${color}`,
      binding,
    );
    const object = deployment(color, image, { replicas });
    Object.assign(object.spec.template.spec.containers[0] ?? {}, {
      lifecycle: { preStop: { sleep: { seconds: 2 } } },
    });
    await api.apply(deploymentPath(color), object, 'fieldManager=tester&force=true');
  };
  const front = async (port?: number) => {
    const proxy = new LoadBalancerProxy({
      cloud: world.cloud,
      place,
      loadBalancerArn: route.loadBalancerArn,
      ...(port === undefined ? {} : { port }),
    });
    cleanups.push(() => proxy.close());
    await proxy.listen();
    return proxy;
  };
  const load = (port: number, rate = 300) => {
    const generator = new LoadGenerator({
      port,
      rate,
      hosts: [{ host: 'shop.example.com', paths: ['/catalog', '/cart', '/checkout'] }],
      pace: clockOfWall(),
      clock,
    });
    generator.start();
    cleanups.push(() => generator.stop());
    return generator;
  };
  return { clock, world, route, api, until, healthy, deploy, front, load };
};

const clockOfWall = (): FastClock => {
  const wall = new FastClock({ speed: 1 });
  cleanups.push(() => wall.stop());
  return wall;
};

describe('traffic: real', () => {
  test('requests follow the weights to real processes, and a bad version shows in the metrics', async () => {
    const { world, route, until, healthy, deploy, front, load } = await launch();
    await deploy('blue', '1.0.0');
    await deploy('green', '1.2.0');
    await until(() => healthy(route.blue) === 1 && healthy(route.green) === 1);
    const proxy = await front();
    const generator = load(proxy.port);
    await until(() => generator.summary().total >= 100);
    expect(Object.keys(generator.summary().byVersion)).toEqual(['1.0.0']);
    expect(generator.summary()).toMatchObject({ failed: 0, firstFailureAt: undefined });
    await route.shift(50, 50);
    await until(() => (generator.summary().byVersion['1.2.0']?.total ?? 0) >= 200);
    await route.shift(100, 0);
    const summary = await generator.stop();
    const candidate = summary.byVersion['1.2.0'];
    expect((candidate?.failed ?? 0) / (candidate?.total ?? 1)).toBeCloseTo(0.05, 1);
    expect(summary.byVersion['1.0.0']?.failed).toBe(0);
    expect(summary.firstFailureAt).toBeLessThanOrEqual(summary.lastFailureAt ?? 0);
    const dimensions = {
      LoadBalancer: fullName(route.loadBalancerArn),
      TargetGroup: fullName(route.green),
    };
    await until(() => world.sum('RequestCount', dimensions) === candidate?.total);
    expect(world.sum('HTTPCode_Target_5XX_Count', dimensions)).toBe(candidate?.failed);
  }, 60_000);

  test('a rolling update and a scale to 0 behind weight 0 lose no request', async () => {
    const { route, api, until, healthy, deploy, front, load } = await launch();
    await deploy('blue', '1.0.0', 2);
    await deploy('green', '1.4.0');
    await until(() => healthy(route.blue) === 2 && healthy(route.green) === 1);
    const generator = load((await front()).port);
    await deploy('blue', '1.1.0', 2);
    await until(async () => {
      const { status } = (await api.get(deploymentPath('blue'))).body;
      return (
        status.updatedReplicas === 2 && status.replicas === 2 && status.availableReplicas === 2
      );
    });
    await route.shift(0, 100);
    await until(() => (generator.summary().byVersion['1.4.0']?.total ?? 0) >= 50);
    await api.merge(`${deploymentPath('blue')}/scale`, { spec: { replicas: 0 } });
    await until(
      async () =>
        (await api.get('/api/v1/namespaces/shop/pods?labelSelector=app%3Dblue')).body.items
          .length === 0,
    );
    const summary = await generator.stop();
    expect(Object.keys(summary.byVersion).sort()).toEqual(['1.0.0', '1.1.0', '1.4.0']);
    expect(summary.failed).toBe(0);
    expect(summary.byStatus).toEqual({ 200: summary.total });
  }, 60_000);

  test('a version that is never ready gets no target, and its log is read', async () => {
    const { until, deploy, route, healthy, api } = await launch();
    await deploy('green', '1.6.0');
    const pod = async () => (await api.get('/api/v1/namespaces/shop/pods')).body.items[0];
    await until(async () => (await pod())?.status?.phase === 'Running');
    const { metadata, status } = await pod();
    expect(status.conditions.find((each: { type: string }) => each.type === 'Ready').status).toBe(
      'False',
    );
    expect(healthy(route.green)).toBe(0);
    let log = '';
    await until(async () => {
      log = (await api.get(`/api/v1/namespaces/shop/pods/${metadata.name}/log`)).body;
      return log !== '';
    });
    expect(log).toContain('shop 1.6.0 listens');
  }, 60_000);

  test('a process that dies is 502 at the load balancer, is restarted and heals', async () => {
    const { world, route, api, until, healthy, deploy, front } = await launch();
    await deploy('blue', '1.0.0');
    await until(() => healthy(route.blue) === 1);
    const script =
      "require('http').createServer((q, s) => q.url === '/die' ? process.exit(3) : s.end('alive')).listen(process.env.PORT)";
    await api.merge(deploymentPath('blue'), {
      spec: {
        strategy: { type: 'Recreate', rollingUpdate: null },
        template: {
          spec: {
            containers: [
              {
                ...deployment('blue', '').spec.template.spec.containers[0],
                image: store(world.images, await buildImage('1.0.0')),
                command: ['node', '-e', script],
              },
            ],
          },
        },
      },
    });
    const proxy = await front();
    const get = async (path: string) => {
      const response = await new Promise<{ status: number; text: string }>((resolve, reject) => {
        request(
          { host: '127.0.0.1', port: proxy.port, path, headers: { host: 'shop.example.com' } },
          (received) => {
            let text = '';
            received.on('data', (chunk) => {
              text += chunk;
            });
            received.on('end', () => resolve({ status: received.statusCode ?? 0, text }));
          },
        )
          .on('error', reject)
          .end();
      });
      return response;
    };
    await until(async () => (await get('/')).text === 'alive');
    expect(await get('/die')).toMatchObject({
      status: 502,
      text: expect.stringContaining('502 Bad Gateway'),
    });
    await until(async () => (await get('/')).text === 'alive');
    const [pod] = (await api.get('/api/v1/namespaces/shop/pods')).body.items;
    expect(pod.status.containerStatuses[0].restartCount).toBeGreaterThan(0);
    const dimensions = { LoadBalancer: fullName(route.loadBalancerArn) };
    await until(() => world.sum('HTTPCode_ELB_502_Count', dimensions) > 0);
  }, 60_000);

  test('the DNS name leads to the same processes', async () => {
    const { world, route, until, healthy, deploy } = await launch();
    await deploy('blue', '1.0.0');
    await until(() => healthy(route.blue) === 1);
    const smoke = (host: string) =>
      world.cloud.http(`http://${route.dnsName}/`, { headers: { host } });
    const answer = await smoke('shop.example.com');
    expect(answer?.headers.get('x-version')).toBe('1.0.0');
    expect(await answer?.json()).toEqual({ shop: 'open', version: '1.0.0' });
    expect((await smoke('other.example.com'))?.status).toBe(404);
  }, 60_000);

  test('a port in use is said', async () => {
    const { front } = await launch();
    const taken = createServer().listen(0, '127.0.0.1');
    cleanups.push(() => taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(front(port)).rejects.toThrow(PortInUseError);
  });
});
