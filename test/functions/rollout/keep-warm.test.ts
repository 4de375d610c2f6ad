import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { targetLockKey } from '../../../functions/domain/lock.ts';
import type { EksService } from '../../../local/services/eks/eks-service.ts';
import { PLACE } from './place.ts';
import { type RolloutWorld, rolloutWorld } from './rollout-world.ts';

// Goal: what a guard keeps warm is nobody else's, and one target's trouble is no other's.
// Method: 1.2.0 has replaced 1.1.0; the function is invoked by hand while something is in its way.
let world: RolloutWorld;
const targetId = 'checkout/production/eu-west-1';
const DEPLOYMENT = '/apis/apps/v1/namespaces/checkout/deployments/checkout-blue';

const keep = async () => {
  const { Payload } = await world.invoke('KeepWarm', { warm: true });
  return JSON.parse(new TextDecoder().decode(Payload));
};
const replicas = async (): Promise<number> => (await world.kubernetes(DEPLOYMENT)).spec.replicas;
const share = async (): Promise<string> => (await world.row()).lastGood.M.sharePercent.N;
const counts = (over: object) => ({ kept: 0, drained: 0, closed: 0, left: 0, failed: 0, ...over });

beforeAll(async () => {
  world = await rolloutWorld();
  for (const version of ['1.1.0', '1.2.0']) {
    expect(await world.ended(await world.launch(version))).toMatchObject({ outcome: 'completed' });
  }
});

beforeEach(() => {
  world.disturb(() => undefined);
  world.sabotage(() => undefined);
});

describe('keep-warm', () => {
  test('in step with live: nothing is to be done, and it says so', async () => {
    expect(await keep()).toEqual(counts({ kept: 1 }));
    expect(await replicas()).toBe(2);
    expect(await share()).toBe('100');
  });

  test('a target that fails is counted, and the others are kept', async () => {
    const guard = await world.ledger.guard(targetId);
    if (guard === null) throw new Error('no guard is open');
    const other = 'checkout/production/eu-central-1';
    await world.ledger.writeTarget({
      ...world.target,
      targetId: other,
      functions: { ...world.target.functions, scaleWorkload: 'nowhere' },
    });
    const live = await world.ledger.live(targetId);
    if (live !== null) await world.ledger.writeLive(other, live);
    await world.ledger.openGuard({ ...guard, targetId: other });
    expect(await keep()).toEqual(counts({ kept: 1, failed: 1 }));
    await world.ledger.closeGuard(other, guard.rolloutId);
    await world.ledger.openGuard({ ...guard, targetId: 'checkout/gone/eu-west-1' });
    expect(await keep()).toEqual(counts({ kept: 1, closed: 1 }));
  });

  test('under somebody’s lock nothing is touched', async () => {
    const key = targetLockKey(targetId);
    const held = await world.locks.acquire(key, 'somebody', 300);
    expect(await keep()).toEqual(counts({ left: 1 }));
    await world.locks.release(key, held.token ?? 0);
    expect(await keep()).toEqual(counts({ kept: 1 }));
  });

  test('a row that a later holder has written stays as it was written', async () => {
    const row = await world.row();
    const token = Number(row.token.N);
    await world.call('dynamodb', 'PutItem', {
      TableName: 'slipway-checkout-production-fast-path',
      Item: {
        ...row,
        token: { N: String(token + 1) },
        lastGood: { M: { ...row.lastGood.M, sharePercent: { N: '7' } } },
      },
    });
    expect(await keep()).toEqual(counts({ left: 1 }));
    expect(await share()).toBe('7');
    await world.call('dynamodb', 'PutItem', {
      TableName: 'slipway-checkout-production-fast-path',
      Item: row,
    });
  });

  test('a slot that another rollout has filled is not touched', async () => {
    const { kubernetes } = world.cloud.service<EksService>('eks', PLACE).clusters.get('shop');
    const annotate = (rollout: string) =>
      kubernetes.request(new URL(`https://shop${DEPLOYMENT}`), {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({
          metadata: { annotations: { 'slipway.dev/rollout': rollout } },
          spec: { replicas: 1 },
        }),
      });
    const own = (await world.kubernetes(DEPLOYMENT)).metadata.annotations['slipway.dev/rollout'];
    await annotate('another');
    expect(await keep()).toEqual(counts({ left: 1 }));
    expect(await replicas()).toBe(1);
    await annotate(own);
    expect(await keep()).toEqual(counts({ kept: 1 }));
    expect(await replicas()).toBe(2);
    // What is ready counts, not what was asked for.
    expect(await share()).toBe('50');
    await world.clock.advance(120_000);
    await keep();
    expect(await share()).toBe('100');
  });

  test('at the end of the guard: told to the fast path first, then emptied, then closed', async () => {
    await world.clock.advance(24 * 3_600_000);
    world.sabotage((name) =>
      name === 'ScaleWorkload' ? new Error('the cluster is away') : undefined,
    );
    expect(await keep()).toEqual(counts({ failed: 1 }));
    expect(await share()).toBe('0');
    expect(await replicas()).toBe(2);
    expect(await world.ledger.guard(targetId)).not.toBeNull();
    world.sabotage(() => undefined);
    expect(await keep()).toEqual(counts({ drained: 1 }));
    expect(await replicas()).toBe(0);
    expect(await world.ledger.guard(targetId)).toBeNull();
    expect(await keep()).toEqual(counts({}));
  });
});
