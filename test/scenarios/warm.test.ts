import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';

import { type Color, otherColor } from '../../functions/domain/target.ts';
import type { ModelledTraffic } from '../../local/traffic/modelled-traffic.ts';
import { kubernetes } from '../world/kubernetes-requests.ts';
import { type TargetView, targetView } from '../world/shiftable-target.ts';
import { type TrafficWatch, watchTraffic } from '../world/traffic-rules.ts';
import { launch, type World } from '../world/world.ts';

// Goal: the way back has the pods that it needs: while traffic leaves stable, while the guard lasts, and when it is taken.
// Method: production alone with an autoscaler that has no load of its own, so that a test plays the load: it sets replicas, and sees
// whether the autoscaler, which keeps them between its limits, lets them stay.
let world: World;
let production: TargetView;
let watch: TrafficWatch;
let users: ModelledTraffic;
const MINUTE = 60_000;

beforeAll(async () => {
  world = await launch({ config: 'test/fixtures/configurations/autoscaled.config.ts' });
  production = await targetView(world, 'production');
  watch = watchTraffic(production);
  expect(await world.ended(await world.push({ version: '1.0.0' }))).toMatchObject({
    outcome: 'released',
  });
  users = await world.users('production', 20);
  await world.clock.advance(5 * MINUTE);
}, 240_000);

const path = (group: string, plural: string, color: Color): string =>
  `/apis/${group}/namespaces/${production.target.cluster.namespace}/${plural}/checkout-${color}`;

/** The load wants so many pods; what the autoscaler makes of it. */
const load = async (color: Color, replicas: number): Promise<number> => {
  await kubernetes(production, 'PATCH', path('apps/v1', 'deployments', color), {
    spec: { replicas },
  });
  await world.clock.advance(MINUTE);
  return production.pods(color).length;
};

const limits = async (color: Color): Promise<{ min: number; max: number }> => {
  const { spec } = (await kubernetes(
    production,
    'GET',
    path('autoscaling/v2', 'horizontalpodautoscalers', color),
  )) as { spec: { minReplicas: number; maxReplicas: number } };
  return { min: spec.minReplicas, max: spec.maxReplicas };
};

const liveColor = async (): Promise<Color> =>
  (await world.ledger.live(production.target.targetId))?.color ?? 'blue';

const shareInRow = async (): Promise<number | undefined> => {
  const { Item } = (await production.client.send(
    new GetItemCommand({
      TableName: production.target.shiftable.fastPathTable,
      Key: { pk: { S: 'ROW' } },
      ConsistentRead: true,
    }),
  )) as { Item?: Record<string, never> };
  const row = Item && unmarshall(Item);
  return row?.['lastGood']?.sharePercent as number | undefined;
};

describe('warm: while traffic shifts', () => {
  test('stable keeps what it had, and is sized by its load again after a rollback', async () => {
    const stable = await liveColor();
    expect(await load(stable, 6)).toBe(6);
    expect(await limits(stable)).toEqual({ min: 2, max: 8 });
    await world.push({ version: '1.1.0' });
    const rollout = await production.untilShare(40);
    const candidate = otherColor(stable);
    expect(production.pods(candidate)).toHaveLength(6);
    expect(await limits(stable)).toEqual({ min: 6, max: 8 });
    // The load that has left would have it scaled in.
    expect(await load(stable, 2)).toBe(6);
    const failedBefore = users.summary().failed;
    await production.rollBackByHand('orders look wrong');
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    expect(users.summary().failed).toBe(failedBefore);
    expect(production.pods(stable)).toHaveLength(6);
    expect(await limits(stable)).toEqual({ min: 2, max: 8 });
  });

  test('of the color that was rolled back one pod is kept, where asked for, and its autoscaler adds none', async () => {
    const bad = otherColor(await liveColor());
    await world.clock.advance(10 * MINUTE);
    expect(production.pods(bad)).toHaveLength(1);
    expect((await production.weights())[bad]).toBe(0);
    expect(await limits(bad)).toEqual({ min: 1, max: 1 });
  });
});

describe('warm: under guard', () => {
  let live: Color;
  let good: Color;

  test('for an hour last good follows live up, and its autoscaler has no say', async () => {
    expect(await world.ended(await world.push({ version: '1.2.0' }))).toMatchObject({
      outcome: 'released',
    });
    live = await liveColor();
    good = otherColor(live);
    expect(await world.ledger.guard(production.target.targetId)).toMatchObject({
      color: live,
      lastGood: { version: '1.0.0', color: good },
    });
    expect(await load(live, 8)).toBe(8);
    await world.clock.advance(7 * MINUTE);
    expect(production.pods(good)).toHaveLength(8);
    expect(await limits(good)).toEqual({ min: 8, max: 8 });
    expect(await load(good, 2)).toBe(8);
    expect(await shareInRow()).toBe(100);
  });

  test('after it, half, and the fast path knows', async () => {
    await world.clock.advance(60 * MINUTE);
    expect(production.pods(good)).toHaveLength(4);
    expect(await limits(good)).toEqual({ min: 4, max: 4 });
    expect(await shareInRow()).toBe(50);
  });

  test('a rollback gives the warm half its part at once, and the rest as it grows', async () => {
    await world.clock.advance(MINUTE);
    await production.rollBackByHand('orders look wrong');
    const shares = new Set<number>();
    await world.until('the rollback', async () => {
      shares.add((await production.weights('override'))[good]);
      return (await production.rollout())?.phase === 'rolledBack' ? true : undefined;
    });
    expect(shares).toContain(50);
    expect(shares).toContain(100);
    expect(users.summary().failed).toBe(0);
    expect(await liveColor()).toBe(good);
    expect(production.pods(good)).toHaveLength(8);
    expect(await limits(good)).toEqual({ min: 2, max: 8 });
    expect(watch.broken).toEqual([]);
  });

  test('what the guard of an undone rollout kept is let alone', async () => {
    await world.clock.advance(20 * MINUTE);
    expect(production.pods(live)).toHaveLength(1);
    expect(production.pods(good)).toHaveLength(8);
  });

  test('at its end the idle slot is empty, and nothing points at it', async () => {
    expect(await world.ended(await world.push({ version: '1.3.0' }))).toMatchObject({
      outcome: 'released',
    });
    const idle = otherColor(await liveColor());
    expect(production.pods(idle)).toHaveLength(8);
    await world.clock.advance(130 * MINUTE);
    expect(production.pods(idle)).toEqual([]);
    expect(await shareInRow()).toBe(0);
    expect(await world.ledger.guard(production.target.targetId)).toBeNull();
    expect(watch.broken).toEqual([]);
  });
});
