import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firedTogether, hoursAround } from '../../functions/domain/fired-alarm.ts';
import type { GuardRecord } from '../../functions/domain/guard.ts';
import { decideGuard, type GuardSight, subjectOf } from '../../functions/domain/guard-decision.ts';
import { lastPaged, pagedRecently, rollbackCommand } from '../../functions/domain/guard-page.ts';
import { DEFAULT_GUARD } from '../../functions/domain/guard-terms.ts';
import { isoOf } from '../../functions/domain/instant.ts';
import type { Deployed, LiveRecord, RolloutRecord } from '../../functions/domain/rollout.ts';
import type { AlarmState } from '../../functions/domain/tick-sight.ts';
import { shopTarget } from '../functions/rollout/shop-target.ts';

const MINUTE = 60_000;
const ENDED = Date.UTC(2026, 0, 1, 12);
const past = (minutes: number): string => isoOf(ENDED + minutes * MINUTE);
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const deployed = (letter: string, color: 'blue' | 'green'): Deployed => ({
  releaseId: `release-${letter}`,
  rolloutId: `rollout-${letter}`,
  digest: digest(letter),
  configDigest: digest('c'),
  version: `1.${letter}.0`,
  color,
  pointerVersion: '2',
});
const good = deployed('a', 'blue');
const bad = deployed('b', 'green');
const live: LiveRecord = { ...bad, since: past(0), lastGood: good, token: 4 };
const rollout: RolloutRecord = {
  ...bad,
  targetId: 'checkout/production/eu-west-1',
  phase: 'completed',
  deploymentId: 'd-1',
  executionArn: 'arn:rollout',
  lastGood: good,
  token: 4,
  startedAt: past(-20),
  endedAt: past(0),
  yieldedAt: null,
  rollback: null,
};
const guard: GuardRecord = {
  targetId: rollout.targetId,
  service: 'checkout',
  environment: 'production',
  releaseId: bad.releaseId,
  rolloutId: bad.rolloutId,
  color: 'green',
  lastGood: good,
  startedAt: past(0),
  rollsBackUntil: past(60),
  fullyWarmUntil: past(60),
  endsAt: past(24 * 60),
};
const name = (kind: string) => `slipway-checkout-production-${kind}`;
const ERRORS = name('green-errors');
const HURTING = name('hurting');
const base = shopTarget();
const target = {
  ...base,
  shiftable: base.shiftable && {
    ...base.shiftable,
    alarms: {
      watched: [ERRORS, name('blue-errors'), 'orders', HURTING],
      composite: HURTING,
    },
  },
};
const states = (over: Record<string, AlarmState | null> = {}) => ({
  value: new Map<string, AlarmState | null>(
    Object.entries({
      [ERRORS]: 'ALARM',
      [name('blue-errors')]: 'OK',
      orders: 'OK',
      [HURTING]: 'ALARM',
      ...over,
    }),
  ),
});
const alarmAt = (minutes: number, alarmName = ERRORS) => ({
  alarmName,
  at: past(minutes),
  service: 'checkout',
  reason: `${alarmName} in ALARM`,
});
const sight: GuardSight = {
  now: ENDED + 21 * MINUTE,
  alarm: alarmAt(20),
  target,
  guard,
  newest: rollout,
  live,
  calledAt: null,
  states: states(),
  dependencies: { value: new Map() },
  fired: { value: [] },
  lastGoodQuarantine: { value: null },
  schemaRefusal: { value: null },
  healthy: { value: { live: 4, lastGood: 4 } },
};
const fired = (...services: [string, number][]) => ({
  value: services.map(([service, minutes]) => ({ service, at: past(minutes) })),
});
const quarantine = {
  service: 'checkout',
  digest: good.digest,
  configDigest: good.configDigest,
  reason: 'bad',
  rolloutId: good.rolloutId,
  at: past(5),
};
const dependsOn = (...services: string[]) => ({
  ...target,
  dependencies: { services, alarms: [] },
});
const rollback = {
  attempt: 1,
  executionArn: null,
  reason: 'x',
  cause: 'alarm',
  requestedAt: past(1),
  outcome: null,
};
const next = { ...rollout, rolloutId: 'next', releaseId: 'next', phase: 'preparing' as const };

describe('guard: decision', () => {
  test.each<[string, Partial<GuardSight>, string, RegExp]>([
    ['20 min after', {}, 'rollBack', /green-errors in ALARM, 20 min after the rollout/],
    [
      'at the last moment, told a minute later',
      { alarm: alarmAt(60), now: ENDED + 61 * MINUTE },
      'rollBack',
      /60 min/,
    ],
    ['half of the capacity', { healthy: { value: { live: 4, lastGood: 2 } } }, 'rollBack', /./],
    ['live is dead', { healthy: { value: { live: 0, lastGood: 1 } } }, 'rollBack', /./],
    [
      'a newest rollout that was refused',
      { newest: { ...next, endedAt: past(10) } },
      'rollBack',
      /./,
    ],
    ['two services', { fired: fired(['catalog', 19]) }, 'rollBack', /./],
    [
      'three services, one long ago',
      { fired: fired(['catalog', 19], ['search', 10]) },
      'rollBack',
      /./,
    ],
    [
      'three services spread over more than five minutes',
      { fired: fired(['catalog', 16], ['search', 22]) },
      'rollBack',
      /./,
    ],
    [
      'an alarm of its own',
      { alarm: alarmAt(20, 'orders'), states: states({ orders: 'ALARM' }) },
      'rollBack',
      /./,
    ],
    ['the composite, by live', { alarm: alarmAt(20, HURTING) }, 'rollBack', /./],
    ['paged more than an hour ago', { calledAt: past(-41) }, 'rollBack', /./],

    [
      'after the hour',
      { alarm: alarmAt(61), now: ENDED + 62 * MINUTE },
      'page',
      /61 min after the rollout/,
    ],
    ['told hours later', { now: ENDED + 200 * MINUTE }, 'page', /too late/],
    [
      'three services',
      { fired: fired(['catalog', 18], ['search', 21]) },
      'page',
      /3 services .*catalog, checkout, search/,
    ],
    [
      'a dependency in alarm',
      { dependencies: { value: new Map([['catalog', 'c']]) }, states: states({ c: 'ALARM' }) },
      'page',
      /catalog, on which it depends, is in alarm/,
    ],
    [
      'a dependency that had one',
      { target: dependsOn('catalog'), fired: fired(['catalog', 19]) },
      'page',
      /catalog, on which it depends, had an alarm/,
    ],
    [
      'a dependency whose alarm is gone',
      { dependencies: { value: new Map([['pay', 'p']]) } },
      'page',
      /p of pay does not exist/,
    ],
    [
      'a dependency whose alarm has no data',
      {
        dependencies: { value: new Map([['pay', 'p']]) },
        states: states({ p: 'INSUFFICIENT_DATA' }),
      },
      'page',
      /how pay is, on which it depends, is not known: p has no data/,
    ],
    ['a first release', { guard: { ...guard, lastGood: null } }, 'page', /first release/],
    [
      'last good in quarantine',
      { lastGoodQuarantine: { value: quarantine } },
      'page',
      /quarantine: bad/,
    ],
    [
      'last good older than the schema',
      { schemaRefusal: { value: 'schema 7' } },
      'page',
      /schema 7/,
    ],
    [
      'last good in alarm itself',
      { states: states({ [name('blue-errors')]: 'ALARM' }) },
      'page',
      /last good is in alarm itself/,
    ],
    [
      'last good dead',
      { healthy: { value: { live: 4, lastGood: 0 } } },
      'page',
      /no healthy target/,
    ],
    [
      'last good too small',
      { healthy: { value: { live: 4, lastGood: 1 } } },
      'page',
      /can't carry 50 %/,
    ],
    [
      'a next rollout that waits',
      { newest: { ...next, color: null, endedAt: null } },
      'page',
      /has the target and waits/,
    ],
    [
      'the alarm has no data',
      { states: states({ [ERRORS]: 'INSUFFICIENT_DATA' }) },
      'page',
      /no data/,
    ],
    ['the alarm is gone', { states: states({ [ERRORS]: null }) }, 'page', /does not exist/],
    ['a person is at it', { calledAt: past(5) }, 'page', /a person was called/],
    ['no rollout in the ledger', { newest: null }, 'page', /no rollout/],

    ['no guard', { guard: null }, 'record', /no guard/],
    ['the guard is over', { now: ENDED + 24 * 60 * MINUTE }, 'record', /the guard ended/],
    ['something else is live', { live: { ...live, rolloutId: 'other' } }, 'record', /not live/],
    ['over again', { states: states({ [ERRORS]: 'OK' }) }, 'record', /OK again/],
    [
      'the idle slot',
      {
        alarm: alarmAt(20, name('blue-errors')),
        states: states({ [name('blue-errors')]: 'ALARM' }),
      },
      'record',
      /idle slot/,
    ],
    [
      'the composite, by the idle slot',
      {
        alarm: alarmAt(20, HURTING),
        states: states({ [ERRORS]: 'OK', [name('blue-errors')]: 'ALARM' }),
      },
      'record',
      /idle slot alone/,
    ],
    ['being rolled back', { newest: { ...rollout, rollback } }, 'record', /already/],
    ['stuck', { newest: { ...rollout, phase: 'stuck', rollback } }, 'record', /stuck/],
    [
      'its way back given up, which left nothing to go back to',
      {
        newest: { ...rollout, lastGood: null, rollback: { ...rollback, outcome: 'abandoned' } },
        live: { ...live, lastGood: null },
      },
      'page',
      /nothing to go back to/,
    ],
    [
      'a next rollout that has begun',
      { newest: { ...next, endedAt: null } },
      'record',
      /has begun since/,
    ],
  ])('%s', (_name, over, act, reason) => {
    const decision = decideGuard({ ...sight, ...over });
    expect(decision.act).toBe(act);
    expect(decision.reason).toMatch(reason);
  });

  test.each(['states', 'dependencies', 'fired', 'lastGoodQuarantine', 'schemaRefusal', 'healthy'])(
    'what cannot be read moves nothing: %s',
    (what) => {
      const decision = decideGuard({ ...sight, [what]: { unread: 'AccessDenied: no' } });
      expect(decision).toMatchObject({
        act: 'page',
        reason: expect.stringContaining('AccessDenied'),
      });
    },
  );

  test('a composite is paged for as the alarm that sets it off', () => {
    expect(subjectOf({ ...sight, alarm: alarmAt(20, HURTING) })).toBe(ERRORS);
    expect(subjectOf(sight)).toBe(ERRORS);
    const alone = { ...sight, alarm: alarmAt(20, HURTING), states: states({ [ERRORS]: 'OK' }) };
    expect(subjectOf(alone)).toBe(HURTING);
  });
});

describe('guard: alarms together', () => {
  test('never more services than fired near the instant, and all of those within the stretch', () => {
    const alarms = fc.array(
      fc.record({
        service: fc.constantFrom('a', 'b', 'c', 'd'),
        at: fc.integer({ min: -900, max: 900 }).map((second) => isoOf(ENDED + second * 1000)),
      }),
    );
    fc.assert(
      fc.property(alarms, (given) => {
        const own = { service: 'own', at: isoOf(ENDED) };
        const together = firedTogether([...given, own], ENDED, 300);
        expect(together).toContain('own');
        for (const service of together) {
          const near = [...given, own].some(
            (one) =>
              one.service === service && Math.abs(new Date(one.at).getTime() - ENDED) <= 300_000,
          );
          expect(near).toBe(true);
        }
      }),
    );
  });

  test.each([
    [past(0), 300, ['2026-01-01T11', '2026-01-01T12']],
    [past(30), 300, ['2026-01-01T12']],
    [past(0), 3600, ['2026-01-01T11', '2026-01-01T12', '2026-01-01T13']],
  ])('the hours around %s within %i s', (at, within, hours) => {
    expect(hoursAround(new Date(at).getTime(), within)).toEqual(hours);
  });
});

describe('guard: pages', () => {
  const paged = (alarmName: string, at: string) => ({
    releaseId: 'r',
    n: 1,
    at,
    kind: 'AlarmPaged',
    facts: { alarmName, eventId: 'e' },
    prevHash: '0'.repeat(64),
    hash: '0'.repeat(64),
  });

  test('the last call for an alarm, and for any', () => {
    const events = [paged('a', past(1)), paged('b', past(5))];
    expect(lastPaged(events, 'a')).toEqual({ at: past(1), eventId: 'e' });
    expect(lastPaged(events, null)).toEqual({ at: past(5), eventId: 'e' });
    expect(lastPaged(events, 'c')).toBeNull();
    expect(pagedRecently({ at: past(0) }, ENDED + 59 * MINUTE)).toBe(true);
    expect(pagedRecently({ at: past(0) }, ENDED + 60 * MINUTE)).toBe(false);
    expect(pagedRecently(null, ENDED)).toBe(false);
  });

  test('the command names every Region in which the release runs', () => {
    expect(rollbackCommand(['shop/production/eu-west-1'])).toBe(
      "npx slipway rollback shop production --region eu-west-1 --reason 'an alarm after the rollout'",
    );
    expect(rollbackCommand(['s/p/b', 's/p/a']).split(' && ')).toHaveLength(2);
  });
});

test('guard: what a target is guarded by without saying so', () => {
  expect(DEFAULT_GUARD).toEqual({
    seconds: 86_400,
    rollsBackSeconds: 3_600,
    correlated: { services: 3, withinSeconds: 300 },
  });
});
