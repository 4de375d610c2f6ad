import { expect } from 'vitest';
import type { RolloutRecord } from '../../functions/domain/rollout.ts';
import { otherColor } from '../../functions/domain/target.ts';
import type { ModelledTraffic } from '../../local/traffic/modelled-traffic.ts';
import { type TargetView, targetView } from './shiftable-target.ts';
import { type TrafficWatch, watchTraffic } from './traffic-rules.ts';
import { launch, type World } from './world.ts';

/** Staging, then production in three steps, both with two colors. */
export const SHIFTING = 'test/fixtures/configurations/shifting.config.ts';

/** A world in which 1.0.0 serves production's users, and everything that their traffic does is watched. */
export interface Shifting {
  readonly world: World;
  readonly production: TargetView;
  readonly users: ModelledTraffic;
  readonly watch: TrafficWatch;
}

/** Launches one, with 1.0.0 live unless told, and with users who have been there for a while. */
export const shiftingWorld = async (
  live: string | null = '1.0.0',
  config = SHIFTING,
): Promise<Shifting> => {
  const world = await launch({ config });
  const production = await targetView(world, 'production');
  const watch = watchTraffic(production);
  if (live !== null) {
    const record = await world.ended(await world.push({ version: live }));
    expect(record).toMatchObject({ outcome: 'released' });
  }
  const users = await world.users('production', 10);
  return { world, production, users, watch };
};

/** Pushes a version and lets time pass until its candidate has this much of production. */
export const pushedTo = async (
  { world, production }: Shifting,
  version: string,
  percent: number,
): Promise<RolloutRecord> => {
  await world.push({ version });
  return production.untilShare(percent);
};

/**
 * Last good serves alone by every word of AWS, nothing of the rollout is left over, and the ledger says so. `version` is what
 * must be live.
 */
export const expectLastGood = async (
  { production, watch }: Shifting,
  rollout: RolloutRecord,
  version = '1.0.0',
): Promise<void> => {
  const { target } = production;
  const live = await production.world.ledger.live(target.targetId);
  expect(live).toMatchObject({ version });
  const good = live?.color ?? 'blue';
  const bad = otherColor(good);
  expect(await production.weights()).toEqual({ [good]: 100, [bad]: 0 });
  expect(await production.alias()).toEqual({ version: live?.pointerVersion, additional: {} });
  expect(await production.overrideOn()).toBe(false);
  expect(production.pods(bad)).toEqual([]);
  expect(production.pods(good)).toHaveLength(2);
  expect(await production.lockOwner()).toBeNull();
  expect(await production.rollout()).toMatchObject({
    rolloutId: rollout.rolloutId,
    phase: 'rolledBack',
    rollback: { outcome: 'rolledBack' },
  });
  expect(await production.chainFault(rollout.releaseId)).toBeNull();
  expect(watch.broken).toEqual([]);
};
