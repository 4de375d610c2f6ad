import { beforeAll, describe, expect, test } from 'vitest';
import {
  expectBack,
  firedIn,
  type Guarded,
  goneBack,
  guardedWorld,
  guardOf,
  kindsOf,
  releasedThenBad,
} from '../world/guarded.ts';

// Goal: a release that turns bad soon after its rollout has ended goes back by itself, in both Regions, and only once.
// Method: images whose pods begin to fail at a set time, users, the clock; what is asked of AWS and of the ledger afterwards.
let guarded: Guarded;
const MINUTE = 60_000;

beforeAll(async () => {
  guarded = await guardedWorld();
}, 120_000);

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
    await goneBack(guarded);
    for (const view of [primary, standby]) {
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

describe('guard: by hand', () => {
  test('two hours after the rollout: back without an analysis; the second call changes nothing', async () => {
    const { world, primary } = guarded;
    const release = await releasedThenBad(guarded, '1.2.0', null);
    await world.clock.advance(120 * MINUTE);
    const asked = world.clock.now();
    const executions = await Promise.all([
      primary.rollBackByHand('orders fail'),
      primary.rollBackByHand('orders fail'),
    ]);
    await world.until('the override', async () => (await primary.overrideOn()) || undefined, 1);
    expect(world.clock.now() - asked).toBeLessThanOrEqual(30_000);
    const outcomes = [];
    for (const executionArn of executions) {
      const { output } = await primary.ended(executionArn);
      outcomes.push((JSON.parse(output ?? '{}') as { outcome: string }).outcome);
    }
    expect(outcomes.sort()).toEqual(['joined', 'rolledBack']);
    expect(await world.ledger.live(primary.target.targetId)).toMatchObject({ version: '1.0.0' });
    expect(await guardOf(primary)).toBeNull();
    const kinds = await kindsOf(guarded, release.releaseId);
    expect(kinds.filter((kind) => kind === 'RollbackStarted')).toHaveLength(1);
    const before = { rollout: await primary.rollout(), weights: await primary.weights() };
    const third = await primary.ended(await primary.rollBackByHand('orders fail'));
    expect(JSON.parse(third.output ?? '{}')).toMatchObject({ outcome: 'nothingToDo' });
    expect({ rollout: await primary.rollout(), weights: await primary.weights() }).toEqual(before);
  });
});
