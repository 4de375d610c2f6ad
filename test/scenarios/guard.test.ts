import { beforeAll, describe, expect, test } from 'vitest';
import { otherColor } from '../../functions/domain/target.ts';
import {
  firedIn,
  type Guarded,
  guardedWorld,
  guardOf,
  kindsOf,
  releasedThenBad,
} from '../world/guarded.ts';
import type { TargetView } from '../world/shiftable-target.ts';

// Goal: a release that turns bad soon after its rollout has ended goes back by itself, in both Regions, and only once.
// Method: images whose pods begin to fail at a set time, users, the clock; what is asked of AWS and of the ledger afterwards.
let guarded: Guarded;
const MINUTE = 60_000;

beforeAll(async () => {
  guarded = await guardedWorld();
}, 120_000);

/** Last good serves alone, nothing is left over, and the target is watched no more. */
const expectBack = async (view: TargetView, version: string): Promise<void> => {
  const live = await view.world.ledger.live(view.target.targetId);
  expect(live).toMatchObject({ version, lastGood: null });
  const good = live?.color ?? 'blue';
  expect(await view.weights()).toEqual({ [good]: 100, [otherColor(good)]: 0 });
  expect(await view.alias()).toEqual({ version: live?.pointerVersion, additional: {} });
  expect(await view.overrideOn()).toBe(false);
  expect(await view.lockOwner()).toBeNull();
  expect(view.pods(otherColor(good))).toEqual([]);
  expect(await view.rollout()).toMatchObject({
    phase: 'rolledBack',
    rollback: { outcome: 'rolledBack', cause: 'alarm' },
  });
  expect(await guardOf(view)).toBeNull();
};

describe('guard: within the hour', () => {
  test('20 min after the rollout: back in both Regions, quarantined, guard closed', async () => {
    const { world, primary, standby, users } = guarded;
    const release = await releasedThenBad(guarded, '1.1.0', { fromMinute: 24 });
    expect(await guardOf(primary)).toMatchObject({ releaseId: release.releaseId });
    expect(await guardOf(standby)).toMatchObject({ releaseId: release.releaseId });
    const fired = await world.until('an alarm', async () => (await firedIn(guarded)).at(0));
    const alarmed = world.clock.now();
    await world.until('the override', async () => (await primary.overrideOn()) || undefined);
    expect(world.clock.now() - alarmed).toBeLessThan(2 * MINUTE);
    const failed = users.summary().failed;
    for (const view of [primary, standby]) {
      await world.until('the rollback', async () =>
        (await view.lockOwner()) === null && (await guardOf(view)) === null ? true : undefined,
      );
      await expectBack(view, '1.0.0');
      expect(await view.chainFault(release.releaseId)).toBeNull();
    }
    expect(users.summary().failed - failed).toBeLessThan(20);
    expect((await primary.rollout())?.rollback?.reason).toMatch(
      /errors in ALARM.*after the rollout/,
    );
    expect((await standby.rollout())?.rollback?.reason).toContain(`on ${primary.target.targetId}`);
    expect(await world.ledger.quarantine(release)).toMatchObject({ digest: release.digest });
    const decided = (await world.ledger.events(release.releaseId)).find(
      ({ kind }) => kind === 'RollbackDecided',
    );
    expect(decided?.facts).toMatchObject({
      by: 'guard',
      targetIds: [standby.target.targetId, primary.target.targetId].sort(),
    });
    expect(fired).toMatchObject({ service: 'checkout', environment: 'production' });
    expect(await kindsOf(guarded, release.releaseId)).not.toContain('AlarmPaged');
  });

  test('asked again by hand: nothing is active, last good is named, nothing moves', async () => {
    const { world, primary } = guarded;
    const before = await primary.rollout();
    const ended = await primary.ended(await primary.rollBackByHand('still looks odd'));
    expect(ended.status).toBe('SUCCEEDED');
    expect(JSON.parse(ended.output ?? '{}')).toMatchObject({
      outcome: 'nothingToDo',
      reason: expect.stringMatching(/nothing is active.*last good 1\.0\.0 serves/),
    });
    expect(await primary.rollout()).toEqual(before);
    await world.clock.advance(10 * MINUTE);
    await expectBack(primary, '1.0.0');
  });
});
