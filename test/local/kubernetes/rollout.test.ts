import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { modelledImage, place, testCloud, weightedRoute } from '../traffic/test-cloud.ts';
import { boundService, deployment, deploymentPath, kubeClient } from './kube-client.ts';

const launch = async () => {
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
  const image = (name: string, labels?: Record<string, string>) =>
    modelledImage(world.images, name, labels);
  const path = deploymentPath('green');
  const status = async () => (await api.get(path)).body.status;
  const progressing = async () =>
    (await status()).conditions.find((each: { type: string }) => each.type === 'Progressing');
  const health = async () => {
    const { TargetHealthDescriptions } = await world.call<{
      TargetHealthDescriptions: { TargetHealth: { State: string } }[];
    }>('elasticloadbalancingv2', 'DescribeTargetHealth', { TargetGroupArn: route.green });
    return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth.State).sort();
  };
  const pods = async () => (await api.get('/api/v1/namespaces/shop/pods')).body.items;
  const apply = (name: string, spec?: object, labels?: Record<string, string>) =>
    api.apply(path, deployment('green', image(name, labels), spec as never));
  const bind = async () => {
    const { service, binding } = boundService('green', route.green);
    await api.apply('/api/v1/namespaces/shop/services/green', service);
    await api.apply(
      '/apis/elbv2.k8s.aws/v1beta1/namespaces/shop/targetgroupbindings/green',
      binding,
    );
  };
  return { clock, world, api, route, path, status, progressing, health, pods, apply, bind };
};

describe('kubernetes: deployment', () => {
  test('its pods become ready and healthy targets', async () => {
    const { clock, apply, bind, status, progressing, health } = await launch();
    await bind();
    await apply('1.0.0');
    await clock.advance(1000);
    expect(await status()).toMatchObject({
      observedGeneration: 1,
      updatedReplicas: 2,
      availableReplicas: 0,
    });
    await clock.advance(30_000);
    expect(await status()).toMatchObject({
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
    });
    expect(await progressing()).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
    expect(await health()).toEqual(['healthy', 'healthy']);
  });

  test('a rolling update never has fewer available than it may, nor more pods', async () => {
    const { clock, apply, status, pods } = await launch();
    await apply('1.0.0', { replicas: 4 });
    await clock.advance(30_000);
    await apply('1.1.0', { replicas: 4 });
    const seen: [number, number][] = [];
    for (let second = 0; second < 60; second += 1) {
      await clock.advance(1000);
      const { availableReplicas, replicas } = await status();
      seen.push([availableReplicas, replicas]);
    }
    expect(Math.min(...seen.map(([available]) => available))).toBe(3);
    expect(Math.max(...seen.map(([, total]) => total))).toBe(5);
    expect(await status()).toMatchObject({
      observedGeneration: 2,
      updatedReplicas: 4,
      availableReplicas: 4,
      replicas: 4,
    });
    const images = new Set(
      (await pods()).map(
        (pod: { spec: { containers: { image: string }[] } }) => pod.spec.containers[0]?.image,
      ),
    );
    expect(images.size).toBe(1);
  });

  test('recreate stops all old pods before any new one', async () => {
    const { clock, apply, pods } = await launch();
    const strategy = { strategy: { type: 'Recreate' } };
    await apply('1.0.0', strategy);
    await clock.advance(30_000);
    await apply('1.1.0', strategy);
    const together = new Set<number>();
    for (let step = 0; step < 100; step += 1) {
      await clock.advance(100);
      const hashes = new Set(
        (await pods()).map(
          (pod: { metadata: { labels: Record<string, string> } }) =>
            pod.metadata.labels['pod-template-hash'],
        ),
      );
      together.add(hashes.size);
    }
    expect(together.has(2)).toBe(false);
    await clock.advance(20_000);
    expect(await pods()).toHaveLength(2);
  });

  test('one that never becomes ready misses its deadline, and old pods stay', async () => {
    const { clock, apply, bind, progressing, status, health } = await launch();
    await bind();
    await apply('1.0.0', { progressDeadlineSeconds: 60 });
    await clock.advance(30_000);
    await apply('1.6.0', { progressDeadlineSeconds: 60 }, { 'org.example.model': 'ready:false' });
    await clock.advance(50_000);
    expect(await progressing()).toMatchObject({ status: 'True' });
    await clock.advance(15_000);
    expect(await progressing()).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
    expect((await status()).availableReplicas).toBe(2);
    expect(await health()).toEqual(['healthy', 'healthy']);
  });

  test('an image that is not there shows in the pod, and heals when it is pushed', async () => {
    const { clock, world, apply, pods, status } = await launch();
    const missing = modelledImage(world.images, '9.9.9');
    const digest = missing.split('@')[1] ?? '';
    const manifest = world.images.manifests.get(digest) ?? '';
    await apply('9.9.9', { replicas: 1 });
    world.images.manifests.delete(digest);
    await clock.advance(5000);
    const [pod] = await pods();
    expect(pod.status.containerStatuses[0].state.waiting).toMatchObject({
      reason: 'ImagePullBackOff',
    });
    world.images.manifests.set(digest, manifest);
    await clock.advance(30_000);
    expect((await status()).availableReplicas).toBe(1);
  });

  test('a container that crashes is restarted with growing back-off', async () => {
    const { clock, apply, pods } = await launch();
    await apply('crash', { replicas: 1 }, { 'org.example.model': 'start:0,crash:5' });
    const restarts = async () => (await pods())[0].status.containerStatuses[0].restartCount;
    await clock.advance(10_000);
    expect(await restarts()).toBe(1);
    await clock.advance(3_000);
    expect((await pods())[0].status.containerStatuses[0].state.waiting).toMatchObject({
      reason: 'CrashLoopBackOff',
    });
    await clock.advance(60_000);
    expect(await restarts()).toBe(4);
  });

  test('where the namespace asks for readiness gates, a pod is ready only as a healthy target', async () => {
    const { clock, world, api, apply, bind, pods, route } = await launch();
    await api.merge('/api/v1/namespaces/shop', {
      metadata: { labels: { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' } },
    });
    await bind();
    await world.call('elasticloadbalancingv2', 'ModifyTargetGroup', {
      TargetGroupArn: route.green,
      HealthCheckPath: '/healthz',
      Matcher: { HttpCode: '204' },
    });
    await apply('1.0.0', { replicas: 1 });
    const condition = async (type: string) =>
      (await pods())[0].status.conditions.find((each: { type: string }) => each.type === type)
        ?.status;
    await clock.advance(30_000);
    expect(await condition('ContainersReady')).toBe('True');
    expect(await condition('target-health.elbv2.k8s.aws/green')).toBe('False');
    expect(await condition('Ready')).toBe('False');
    await world.call('elasticloadbalancingv2', 'ModifyTargetGroup', {
      TargetGroupArn: route.green,
      Matcher: { HttpCode: '200' },
    });
    await clock.advance(60_000);
    expect(await condition('Ready')).toBe('True');
  });

  test('scaled to 0 its targets drain, and deleting the binding empties the group', async () => {
    const { clock, api, apply, bind, path, health } = await launch();
    await bind();
    await apply('1.0.0');
    await clock.advance(30_000);
    await api.merge(`${path}/scale`, { spec: { replicas: 1 } });
    await clock.advance(1000);
    expect(await health()).toEqual(['draining', 'healthy']);
    await api.send(
      'DELETE',
      '/apis/elbv2.k8s.aws/v1beta1/namespaces/shop/targetgroupbindings/green',
    );
    await clock.advance(1000);
    expect(await health()).toEqual(['draining', 'draining']);
    await clock.advance(300_000);
    expect(await health()).toEqual([]);
  });

  test('a quota that leaves no room is a failed replica, and pods come when it does', async () => {
    const { clock, api, apply, status } = await launch();
    const quota = (pods: string) =>
      api.apply('/api/v1/namespaces/shop/resourcequotas/q', {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'q' },
        spec: { hard: { pods } },
      });
    await quota('1');
    await apply('1.0.0');
    await clock.advance(5000);
    const failure = (await status()).conditions.find(
      (each: { type: string }) => each.type === 'ReplicaFailure',
    );
    expect(failure.message).toContain(
      'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
    await quota('5');
    await clock.advance(30_000);
    expect(await status()).toMatchObject({ availableReplicas: 2 });
  });

  test('an autoscaler keeps it within min and max', async () => {
    const { clock, api, apply, path } = await launch();
    await apply('1.0.0', { replicas: 1 });
    await api.apply('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/green', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'green' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'green' },
        minReplicas: 3,
        maxReplicas: 5,
      },
    });
    await clock.advance(1000);
    expect((await api.get(path)).body.spec.replicas).toBe(3);
    await api.merge(`${path}/scale`, { spec: { replicas: 9 } });
    await clock.advance(1000);
    expect((await api.get(path)).body.spec.replicas).toBe(5);
  });

  test('deleting it takes its replica sets and pods along', async () => {
    const { clock, api, apply, path, pods } = await launch();
    await apply('1.0.0');
    await clock.advance(30_000);
    expect((await api.send('DELETE', path)).body.status).toBe('Success');
    await clock.advance(60_000);
    expect(await pods()).toEqual([]);
    expect((await api.get('/apis/apps/v1/namespaces/shop/replicasets')).body.items).toEqual([]);
  });
});

describe('kubernetes: job', () => {
  const job = (image: string, spec: object = {}) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate' },
    spec: {
      ...spec,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'app', image, command: ['npm', 'run', 'migrate'] }],
        },
      },
    },
  });
  const path = '/apis/batch/v1/namespaces/shop/jobs/migrate';

  test('completes when its pod has ended well', async () => {
    const { clock, world, api } = await launch();
    await api.apply(path, job(modelledImage(world.images, '1.0.0')));
    await clock.advance(10_000);
    expect((await api.get(path)).body.status).toMatchObject({
      succeeded: 1,
      conditions: [{ type: 'Complete', status: 'True' }],
    });
  });

  test('fails after as many tries as it may', async () => {
    const { clock, world, api } = await launch();
    const image = modelledImage(world.images, 'bad', { 'org.example.model': 'exit:1' });
    await api.apply(path, job(image, { backoffLimit: 1 }));
    await clock.advance(60_000);
    expect((await api.get(path)).body.status).toMatchObject({
      failed: 2,
      conditions: [{ type: 'Failed', reason: 'BackoffLimitExceeded' }],
    });
  });
});
