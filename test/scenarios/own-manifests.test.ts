import { rmSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { assemble } from '../../cli/laptop/assemblies.ts';
import { loadConfiguration } from '../../config/load.ts';
import { configDigestOf } from '../../config/workload.ts';
import { modelLabel } from '../../local/traffic/model.ts';
import { changedAssembly } from '../world/changed-assembly.ts';
import { byHand } from '../world/doors.ts';
import { namespaceOf } from '../world/served-configuration.ts';
import { type TargetView, targetView } from '../world/shiftable-target.ts';
import { type TrafficWatch, watchTraffic } from '../world/traffic-rules.ts';
import { launch, type World } from '../world/world.ts';

// Goal: a service with manifests of its own is released, and its configuration goes out, and back, with its image.
// Method: kustomize's and Helm's output through the synthesized templates; what containers are given is read where they run.
const KUSTOMIZED = 'test/fixtures/configurations/manifests.config.ts';
const MORE = 'test/fixtures/configurations/k8s/more.config.ts';
const HELM = 'test/fixtures/configurations/k8s/helm.config.ts';
const PLAIN = 'test/fixtures/configurations/k8s/plain.config.ts';
const SERVICE_STACK = 'slipway-checkout';
const HASHES = { before: 'checkout-settings-7b8c2kd4mh', after: 'checkout-settings-h5f9t6g2cb' };

const CONFIGURED = { service: 'checkout', reason: 'the new configuration' };

/** Deploys the service's registration with the workload of another configuration: from now on its releases are of that one. */
const configure = async (world: World, config: string): Promise<void> => {
  const { slipway } = await assemble(KUSTOMIZED);
  const workload = (await loadConfiguration(config)).services['checkout']?.workload ?? {};
  const changed = changedAssembly(slipway, SERVICE_STACK, (resources) => {
    for (const { Type, Properties } of resources) {
      if (Type !== 'Custom::SlipwayRegistration') continue;
      const record = JSON.parse(String(Properties['Record'])) as object;
      const configDigest = configDigestOf(workload);
      Properties['Record'] = JSON.stringify({ ...record, workload, configDigest });
    }
  });
  try {
    await world.during(world.cloud.deploy(changed, { stacks: [SERVICE_STACK], exclusively: true }));
  } finally {
    rmSync(changed, { recursive: true, force: true });
  }
};

describe('own manifests: kustomize', () => {
  let world: World;
  let production: TargetView;
  let watch: TrafficWatch;
  let digest: string;
  const live = () => world.ledger.live(production.target.targetId);

  beforeAll(async () => {
    world = await launch({ config: KUSTOMIZED });
    production = await targetView(world, 'production');
    watch = watchTraffic(production);
    digest = await world.push({ version: '1.0.0' });
    expect(await world.ended(digest)).toMatchObject({ outcome: 'released', reason: null });
    await world.users('production', 10);
  }, 120_000);

  test('release: each slot has its own objects, and its pods their own configuration', async () => {
    const there = namespaceOf(world, 'production');
    expect(await live()).toMatchObject({ color: 'blue', digest });
    expect(there.names('Deployment')).toEqual(['checkout-blue']);
    expect(there.names('ConfigMap')).toContain(`${HASHES.before}-blue`);
    expect(there.variable('checkout-blue', 'SHOP_CURRENCY')).toEqual(['EUR', 'EUR']);
    expect(namespaceOf(world, 'dev').variable('checkout-blue', 'SHOP_CURRENCY')).toEqual([
      'EUR',
      'EUR',
    ]);
  });

  test('release: of the configuration alone, the same image under a new name', async () => {
    const first = await live();
    await configure(world, MORE);
    const ending = await byHand(world, 'release', { ...CONFIGURED, digest });
    expect(ending.output).toMatchObject({ outcome: 'released' });
    const now = await live();
    expect(now).toMatchObject({ color: 'green', digest });
    expect(now?.configDigest).not.toBe(first?.configDigest);
    expect(now?.releaseId).not.toBe(first?.releaseId);

    const there = namespaceOf(world, 'production');
    expect(there.variable('checkout-green', 'SHOP_CURRENCY')).toEqual(['CHF', 'CHF']);
    expect(there.variable('checkout-blue', 'SHOP_CURRENCY')).not.toContain('CHF');
    expect(there.names('NetworkPolicy')).toEqual(['checkout-green']);
    expect(there.object('ConfigMap', `${HASHES.before}-blue`)).toMatchObject({
      data: { SHOP_CURRENCY: 'EUR' },
    });

    // One color: its older pods may still start while they are replaced, so what they mount stays a release longer.
    const dev = namespaceOf(world, 'dev');
    expect(dev.variable('checkout-blue', 'SHOP_CURRENCY')).toEqual(['CHF', 'CHF']);
    expect(dev.names('ConfigMap')).toEqual(
      expect.arrayContaining([`${HASHES.after}-blue`, `${HASHES.before}-blue`]),
    );
  });

  test('rollback: the configuration goes back with its image', async () => {
    const bad = await live();
    const ending = await byHand(world, 'rollback', {
      service: 'checkout',
      environment: 'production',
      reason: 'wrong currency',
      by: 'anna',
    });
    expect(ending.output).toMatchObject({ outcome: 'rolledBack' });
    const now = await live();
    expect(now).toMatchObject({ color: 'blue', digest });
    expect(now?.configDigest).not.toBe(bad?.configDigest);
    expect(await production.weights()).toEqual({ blue: 100, green: 0 });
    const there = namespaceOf(world, 'production');
    expect(there.variable('checkout-blue', 'SHOP_CURRENCY')).toEqual(['EUR', 'EUR']);
    expect(there.variable('checkout-green', 'SHOP_CURRENCY')).toEqual([]);
  });

  test('release: the next one leaves nothing of the rolled back one behind, and touches no other color', async () => {
    await configure(world, KUSTOMIZED);
    const next = await world.push({ version: '1.1.0' });
    expect(await world.ended(next)).toMatchObject({ outcome: 'released' });
    const there = namespaceOf(world, 'production');
    expect(await live()).toMatchObject({ color: 'green', digest: next });
    expect(there.variable('checkout-green', 'SHOP_CURRENCY')).toEqual(['EUR', 'EUR']);
    expect(there.names('NetworkPolicy')).toEqual([]);
    expect(there.object('ConfigMap', `${HASHES.before}-blue`)).toBeDefined();
    expect(watch.broken).toEqual([]);
  });
});

describe('own manifests: a chart', () => {
  test('web and worker of one image: both are filled, and a color that lost stops working', async () => {
    const world = await launch({ config: KUSTOMIZED });
    const production = await targetView(world, 'production');
    await configure(world, HELM);
    await world.ended(await world.push({ version: '1.0.0' }));
    const there = namespaceOf(world, 'production');
    expect(there.names('Deployment')).toEqual(['checkout-blue', 'shop-checkout-worker-blue']);
    expect(there.names('HorizontalPodAutoscaler')).toEqual(['checkout-blue']);
    expect(there.variable('shop-checkout-worker-blue', 'SHOP_CURRENCY')).toEqual(['EUR']);
    await world.users('production', 10);

    const bad = await world.push({ version: '1.1.0', labels: { [modelLabel]: 'errors:0.2' } });
    expect(await world.ended(bad)).toMatchObject({ outcome: 'rolledBack' });
    const live = await world.ledger.live(production.target.targetId);
    expect(live).toMatchObject({ version: '1.0.0', color: 'blue' });
    expect(there.replicas('checkout-green')).toBe(0);
    expect(there.replicas('shop-checkout-worker-green')).toBe(0);
    expect(there.replicas('shop-checkout-worker-blue')).toBe(1);
    expect(there.variable('shop-checkout-worker-blue', 'SHOP_CURRENCY')).toEqual(['EUR']);

    // What the next release does not have goes, from its own slot alone.
    await configure(world, MORE);
    const next = await world.push({ version: '1.2.0' });
    expect(await world.ended(next)).toMatchObject({ outcome: 'released' });
    expect(there.names('Deployment')).toEqual([
      'checkout-blue',
      'checkout-green',
      'shop-checkout-worker-blue',
    ]);
    expect(there.names('HorizontalPodAutoscaler')).toEqual(['checkout-blue']);
    expect(namespaceOf(world, 'dev').names('Deployment')).toEqual(['checkout-blue']);
  }, 60_000);
});

describe('own manifests: instead of a workload', () => {
  test('the same slots go over to them, and back, without a failed request', async () => {
    const world = await launch({ config: KUSTOMIZED });
    await configure(world, PLAIN);
    await world.ended(await world.push({ version: '1.0.0' }));
    const users = await world.users('production', 10);
    const dev = namespaceOf(world, 'dev');
    expect(dev.variable('checkout-blue', 'LOG_LEVEL')).toEqual([undefined, undefined]);

    await configure(world, MORE);
    expect(await world.ended(await world.push({ version: '1.1.0' }))).toMatchObject({
      outcome: 'released',
    });
    expect(dev.variable('checkout-blue', 'LOG_LEVEL')).toEqual(['info', 'info']);
    expect(dev.names('NetworkPolicy')).toEqual(['checkout-blue']);

    await configure(world, PLAIN);
    expect(await world.ended(await world.push({ version: '1.2.0' }))).toMatchObject({
      outcome: 'released',
    });
    expect(dev.variable('checkout-blue', 'SHOP_CURRENCY')).toEqual(['EUR', 'EUR']);
    expect(dev.names('NetworkPolicy')).toEqual([]);
    expect(users.summary().failed).toBe(0);
  }, 60_000);
});
