import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReleaseRecord } from '../../functions/domain/release.ts';
import { around } from '../world/doors.ts';
import {
  type Guarded,
  guardedWorld,
  guardOf,
  kindsOf,
  pagesOf,
  releasedThenBad,
} from '../world/guarded.ts';

// Goal: an alarm that is hardly the release's fault, or that cannot be undone safely, moves nothing and calls a person with the command.
// Method: one world, a release of its own for each test; what goes to the pages' topic, and that rules and records stay as they are.
let guarded: Guarded;
let serial = 0;
const MINUTE = 60_000;

beforeAll(async () => {
  guarded = await guardedWorld();
}, 120_000);

beforeEach(() => {
  serial += 1;
});

const version = (): string => `1.${serial}.0`;
const alarmOf = (service: string, kind: string): string => `slipway-${service}-production-${kind}`;

/** Everything that an effect would change. */
const standing = async () => {
  const { primary, standby } = guarded;
  const of = async (view: typeof primary) => ({
    weights: await view.weights(),
    alias: await view.alias(),
    overridden: await view.overrideOn(),
    rollout: await view.rollout(),
    guard: await guardOf(view),
  });
  return { primary: await of(primary), standby: await of(standby) };
};

/** The first page about a release. */
const pageOf = async (release: ReleaseRecord) =>
  guarded.world.until('the page', async () =>
    (await guarded.world.ledger.events(release.releaseId)).find(
      ({ kind }) => kind === 'AlarmPaged',
    ),
  );

/** Lets time pass until the composite of checkout fires in the primary Region. */
const untilAlarm = async (): Promise<void> => {
  const { world, primary } = guarded;
  const before = (await world.ledger.firedAlarms('production')).length;
  await world.until('an alarm', async () =>
    (await world.ledger.firedAlarms('production')).length > before ? true : undefined,
  );
  expect(await primary.overrideOn()).toBe(false);
};

describe('guard: calls a person', () => {
  test('two hours after the rollout: once an hour, with the command for both Regions', async () => {
    const { world } = guarded;
    const release = await releasedThenBad(guarded, version(), { fromMinute: 125, toMinute: 140 });
    const before = await standing();
    const { pages, stop } = pagesOf(guarded);
    const { facts } = await pageOf(release);
    expect(facts).toMatchObject({
      reason: expect.stringMatching(/^it fired 12\d min after the rollout/),
      command:
        "npx slipway rollback checkout production --region eu-central-1 --reason 'an alarm after the rollout' && npx slipway rollback checkout production --region eu-west-1 --reason 'an alarm after the rollout'",
      said: expect.stringContaining('errors in ALARM'),
    });
    await world.clock.advance(20 * MINUTE);
    stop();
    expect(pages.filter((page) => page.includes(String(facts['alarmName'])))).toEqual([
      expect.stringContaining(`${facts['command']}`),
    ]);
    expect(await standing()).toEqual(before);
    expect(await world.ledger.quarantine(release)).toBeNull();
    const paged = (await world.ledger.events(release.releaseId)).filter(
      ({ kind }) => kind === 'AlarmPaged',
    );
    expect(new Set(paged.map((one) => one.facts['alarmName'])).size).toBe(paged.length);
  });

  test('alarms of three services within five minutes: one release is hardly the cause', async () => {
    const { primary } = guarded;
    const release = await releasedThenBad(guarded, version(), { fromMinute: 20, toMinute: 25 });
    const before = await standing();
    await untilAlarm();
    await primary.setAlarm(alarmOf('catalog', 'blue-errors'), 'ALARM');
    await primary.setAlarm(alarmOf('search', 'blue-errors'), 'ALARM');
    const { facts } = await pageOf(release);
    expect(facts['reason']).toContain('3 services fired within 5 min (catalog, checkout, search)');
    await guarded.world.clock.advance(10 * MINUTE);
    expect(await standing()).toEqual(before);
    expect(await kindsOf(guarded, release.releaseId)).not.toContain('RollbackDecided');
  });

  test('what it depends on is in alarm', async () => {
    const { world, primary } = guarded;
    const release = await releasedThenBad(guarded, version(), { fromMinute: 20, toMinute: 25 });
    const before = await standing();
    await primary.setAlarm('payments-down', 'ALARM');
    const { facts } = await pageOf(release);
    expect(facts['reason']).toBe('payments-down, on which it depends, is in alarm itself');
    await world.clock.advance(10 * MINUTE);
    await primary.setAlarm('payments-down', 'OK');
    expect(await standing()).toEqual(before);
  });

  test('last good has no pod left: never to a dead color', async () => {
    const { world, primary } = guarded;
    const release = await releasedThenBad(guarded, version(), { fromMinute: 20, toMinute: 25 });
    await untilAlarm();
    const idle = (await guardOf(primary))?.lastGood?.color ?? 'blue';
    const path = `/apis/apps/v1/namespaces/checkout/deployments/checkout-${idle}`;
    await primary.kubernetes.request(
      new URL(`https://cluster.invalid${path}`),
      {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ spec: { replicas: 0 } }),
      },
      'kubernetes-admin',
    );
    const before = await standing();
    const { facts } = await pageOf(release);
    expect(facts['reason']).toBe('last good has no healthy target');
    await world.clock.advance(10 * MINUTE);
    expect(await standing()).toEqual(before);
  });

  test('the alarms cannot be read', async () => {
    const { world, primary } = guarded;
    const release = await releasedThenBad(guarded, version(), { fromMinute: 20, toMinute: 25 });
    const before = await standing();
    const stop = around(world).functions.interceptCalls(({ functionName, operation, phase }) => {
      if (functionName !== 'slipway-attribute-alarm' || operation !== 'DescribeAlarms') return;
      if (phase === 'before') throw Object.assign(new Error('no'), { name: 'AccessDenied' });
    });
    const { facts } = await pageOf(release);
    expect(facts['reason']).toBe('no alarm could be read: AccessDenied: no');
    expect(facts['targetId']).toBe(primary.target.targetId);
    stop();
    // It can be read again, and fires again: but a person was called, and nothing moves under his hands.
    await world.clock.advance(10 * MINUTE);
    expect(await standing()).toEqual(before);
  });
});

describe('guard: leaves it at a record', () => {
  test('an alarm that is over within the minute', async () => {
    const { world, primary } = guarded;
    const release = await releasedThenBad(guarded, version(), null);
    const before = await standing();
    const live = (await guardOf(primary))?.color ?? 'blue';
    await primary.setAlarm(alarmOf('checkout', `${live}-errors`), 'ALARM');
    await world.clock.advance(5 * MINUTE);
    const events = await world.ledger.events(release.releaseId);
    const recorded = events.filter(({ kind }) => kind === 'AlarmRecorded');
    expect(recorded.map(({ facts }) => facts['reason'])).toContain(
      `${alarmOf('checkout', `${live}-errors`)} is OK again`,
    );
    expect(events.map(({ kind }) => kind)).not.toContain('AlarmPaged');
    expect(await standing()).toEqual(before);
  });

  test("a next rollout closes the guard; its own alarm is the shift's", async () => {
    const { world, primary } = guarded;
    const good = await releasedThenBad(guarded, version(), null);
    expect(await guardOf(primary)).toMatchObject({ releaseId: good.releaseId });
    await world.push({ version: `${version()}-next` });
    const next = await world.until('the bake', async () => {
      const rollout = await primary.rollout();
      return rollout?.phase === 'baking' && rollout.releaseId !== good.releaseId
        ? rollout
        : undefined;
    });
    expect(await guardOf(primary)).toBeNull();
    await primary.setAlarm(alarmOf('checkout', `${next.color}-errors`), 'ALARM');
    expect(await world.ended(next.digest)).toMatchObject({ outcome: 'rolledBack' });
    expect((await primary.rollout())?.rollback?.reason).not.toContain('after the rollout');
    expect(await world.ledger.live(primary.target.targetId)).toMatchObject({
      releaseId: good.releaseId,
    });
    expect(await kindsOf(guarded, good.releaseId)).not.toContain('AlarmPaged');
  });
});
