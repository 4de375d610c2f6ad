import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { applyToClusters } from '../../cli/laptop/clusters.ts';
import { targetsOf } from '../../config/targets.ts';
import type { SfnService } from '../../local/services/sfn/module.ts';
import { kubernetes } from '../world/kubernetes-requests.ts';
import { type TargetView, targetView } from '../world/shiftable-target.ts';
import { type Shifting, shiftingWorld } from '../world/shifting.ts';
import { type TrafficWatch, watchTraffic } from '../world/traffic-rules.ts';

// Goal: a version that can't run, or must not, goes back with a reason that a person understands, and live never notices.
// Method: one world, bad images of every kind one after the other; the first ones meet a target that has nothing yet.
let shifting: Shifting;
let staging: TargetView;
let stagingWatch: TrafficWatch;
let serial = 0;
const NAMESPACES = '/api/v1/namespaces';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/checkout/deployments';

beforeAll(async () => {
  shifting = await shiftingWorld(null);
  staging = await targetView(shifting.world, 'staging');
  stagingWatch = watchTraffic(staging);
}, 120_000);

const release = async (model = '') => {
  const { world } = shifting;
  serial += 1;
  const labels = model === '' ? {} : { 'org.example.model': model };
  return world.ended(await world.push({ version: `1.${serial}.0`, labels }));
};

const everything = async (view: TargetView) => ({
  live: await view.world.ledger.live(view.target.targetId),
  weights: await view.weights(),
  alias: await view.alias(),
  overrideOn: await view.overrideOn(),
  pods: [...view.pods('blue'), ...view.pods('green')].sort(),
  lockOwner: await view.lockOwner(),
});

/** Runs a release that must fail in staging: with this reason, and with both targets as they were. */
const failsInStaging = async (model: string, reason: RegExp) => {
  const { world, production } = shifting;
  const before = { staging: await everything(staging), production: await everything(production) };
  const steps = stagingWatch.written.length;
  const ended = await release(model);
  expect(ended).toMatchObject({ outcome: 'rolledBack', reason: expect.stringMatching(reason) });
  expect(ended.reason).not.toContain('errorMessage');
  await world.clock.advance(60_000);
  expect({
    staging: await everything(staging),
    production: await everything(production),
  }).toEqual(before);
  expect(stagingWatch.written.slice(steps).filter((percent) => percent > 0)).toEqual([]);
  return ended;
};

afterEach(() => {
  expect(shifting.watch.broken).toEqual([]);
  expect(stagingWatch.broken).toEqual([]);
});

describe('bad version: on a target that has nothing yet', () => {
  test('its namespace is missing: says where to look, blames no version, leaves nothing', async () => {
    const { world } = shifting;
    await kubernetes(staging, 'DELETE', `${NAMESPACES}/checkout`);
    await world.clock.advance(60_000);
    // Its Role is gone with it, so the cluster says no more than that this is forbidden there.
    const ended = await failsInStaging('', /look whether shop-staging has the namespace checkout/);
    expect(await world.ledger.quarantine(ended)).toBeNull();
    const targets = targetsOf(world.configuration);
    await world.during(applyToClusters(world.cloud, targets, 'examples/shop/k8s/cluster.yaml'));
  });

  test('it never gets ready: nothing is live, nothing runs, the next one starts afresh', async () => {
    await failsInStaging('ready:false', /checkout-blue is not ready/);
    expect(await everything(staging)).toMatchObject({ live: null, pods: [], lockOwner: null });
    expect(await release()).toMatchObject({ outcome: 'released' });
  });
});

describe('bad version: stopped in staging', () => {
  test.each([
    ['never ready', 'ready:false', /checkout-green is not ready: 0 of 2 pods are available/],
    ['crashing', 'crash:2', /CrashLoopBackOff/],
    ['failing every request', 'errors:1', /smoke request 1 of 5 to the candidate failed/],
  ])('%s', async (_name, model, reason) => {
    const ended = await failsInStaging(model, reason);
    expect(await shifting.world.ledger.quarantine(ended)).toMatchObject({ digest: ended.digest });
  });

  test('its image is gone from the registry before a node pulls it', async () => {
    const { world } = shifting;
    const states = world.cloud.service<SfnService>('sfn', world.home);
    const stop = states.onTransition(({ state, executionArn }) => {
      if (state !== 'ApplyWorkload' || !executionArn.includes('-staging-')) return;
      const imageIds = [{ imageTag: `1.${serial}.0` }];
      void world
        .client()
        .send(new BatchDeleteImageCommand({ repositoryName: 'shop/checkout', imageIds }));
    });
    await failsInStaging('', /ImagePullBackOff|ErrImagePull/);
    stop();
  });

  test('the cluster has no room for it: the quota is named', async () => {
    const path = `${NAMESPACES}/checkout/resourcequotas`;
    await kubernetes(staging, 'POST', path, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small', namespace: 'checkout' },
      spec: { hard: { pods: '2' } },
    });
    const ended = await failsInStaging('', /exceeded quota: small/);
    // There is no room; nothing is known of the version.
    expect(await shifting.world.ledger.quarantine(ended)).toBeNull();
    await kubernetes(staging, 'DELETE', `${path}/small`);
  });

  /** A Deployment of the candidate's name, with another selector, by some field manager. */
  const inTheWay = async (fieldManager: string): Promise<void> => {
    const name = 'checkout-green';
    await kubernetes(staging, 'DELETE', `${DEPLOYMENTS}/${name}`).catch(() => {});
    const labels = { app: 'somebody-elses' };
    await kubernetes(staging, 'APPLY', `${DEPLOYMENTS}/${name}?fieldManager=${fieldManager}`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'checkout' },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'checkout', image: 'busybox' }] },
        },
      },
    });
  };

  test.each([
    [
      'invalid, which blames the pair',
      'slipway',
      true,
      /refused Deployment checkout\/checkout-green.*immutable/,
    ],
    ['in conflict, which does not', 'somebody', false, /conflict with "somebody".*take that back/s],
  ])('the cluster refuses its manifest as %s', async (_, manager, blamed, reason) => {
    await inTheWay(manager);
    const ended = await failsInStaging('', reason);
    expect((await shifting.world.ledger.quarantine(ended)) !== null).toBe(blamed);
    await kubernetes(staging, 'DELETE', `${DEPLOYMENTS}/checkout-green`);
  });
});

describe('bad version: caught by production’s users', () => {
  test.each([
    ['slow at the 99th percentile', 'slow:0.05,slowMs:2000', /slower than 800 ms|latency/],
    ['failing only after a while', 'errors:0; afterRequests:600,errors:0.3', /bad answers|errors/],
    [
      'losing its readiness after a while',
      'ready:true; afterSeconds:200,ready:false',
      /healthy|errors|bad/,
    ],
  ])('%s', async (_name, model, reason) => {
    const { world, production } = shifting;
    const before = await everything(production);
    const ended = await release(model);
    expect(ended).toMatchObject({ outcome: 'rolledBack', reason: expect.stringMatching(reason) });
    expect(await everything(production)).toEqual(before);
    expect(await world.ledger.quarantine(ended)).toMatchObject({ digest: ended.digest });
    expect(shifting.watch.written.some((percent) => percent > 0)).toBe(true);
  });

  test('and the next good one is released as if nothing had been', async () => {
    expect(await release()).toMatchObject({ outcome: 'released', reason: null });
  });
});
