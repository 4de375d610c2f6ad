import { beforeEach, describe, expect, test } from 'vitest';
import { targetLockKey } from '../../../functions/domain/lock.ts';
import { digestOf, type RolloutWorld, rolloutWorld } from './rollout-world.ts';
import { shopTarget } from './shop-target.ts';

// Goal: a target with one color is rolled by Kubernetes, proven by smoke and health, and goes back by applying what ran before.

let world: RolloutWorld;
const targetId = 'checkout/production/eu-west-1';
const { shiftable } = shopTarget();

const image = async (): Promise<string | undefined> => {
  const pods = await world.kubernetes('/api/v1/namespaces/checkout/pods');
  const [pod] = pods.items.filter(
    (each: { metadata: { deletionTimestamp?: string } }) =>
      each.metadata.deletionTimestamp === undefined,
  );
  return pod?.spec.containers[0].image.split('@')[1];
};

beforeEach(async () => {
  world = await rolloutWorld({
    strategy: { kind: 'rolling' },
    servesUsers: false,
    plainRoute: shiftable && { ...shiftable.route, ruleArn: '', targetGroupArn: '' },
    shiftable: null,
  });
});

describe('rollout: one color', () => {
  test('each release replaces the one before in the same slot', async () => {
    expect(await world.ended(await world.launch('1.1.0'))).toMatchObject({ outcome: 'completed' });
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'completed' });
    expect(await image()).toBe(digestOf('1.2.0'));
    expect(await world.ledger.live(targetId)).toMatchObject({
      version: '1.2.0',
      color: 'blue',
      pointerVersion: null,
      lastGood: { version: '1.1.0', pointerVersion: null },
    });
    expect(world.invocations.some(({ name }) => name === 'PublishPointer')).toBe(false);
  });

  test('one that never gets ready makes room for the one before', async () => {
    expect(await world.ended(await world.launch('1.1.0'))).toMatchObject({ outcome: 'completed' });
    const execution = await world.launch('1.6.0');
    world.images.delete(digestOf('1.6.0'));
    expect(await world.ended(execution)).toMatchObject({ outcome: 'rolledBack' });
    await world.clock.advance(120_000);
    expect(await image()).toBe(digestOf('1.1.0'));
    expect(await world.ledger.live(targetId)).toMatchObject({ version: '1.1.0' });
    const lock = await world.locks.read(targetLockKey(targetId));
    expect(lock?.owner ?? null).toBeNull();
  });

  test('a person takes a completed one back', async () => {
    await world.ended(await world.launch('1.1.0'));
    await world.ended(await world.launch('1.2.0'));
    const { executionArn } = await world.call('sfn', 'StartExecution', {
      stateMachineArn: world.machineArn('rollback'),
      input: JSON.stringify({
        service: 'checkout',
        environment: 'production',
        region: 'eu-west-1',
        reason: 'wrong prices',
        by: 'ada',
      }),
    });
    expect(await world.ended(executionArn)).toMatchObject({ outcome: 'rolledBack' });
    await world.clock.advance(120_000);
    expect(await image()).toBe(digestOf('1.1.0'));
    expect(await world.ledger.live(targetId)).toMatchObject({ version: '1.1.0', lastGood: null });
  });
});
