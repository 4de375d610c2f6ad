import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GuardRecord } from '../../functions/domain/guard.ts';
import type { Deployed, LiveRecord, RolloutRecord } from '../../functions/domain/rollout.ts';
import {
  guardOpened,
  planWarm,
  type WarmSight,
  warmReplicas,
  warmSharePercent,
} from '../../functions/domain/warm.ts';
import { shopTarget } from '../functions/rollout/shop-target.ts';

// Goal: last good is kept in step with live for as long as its guard lasts, and only while the idle slot is nobody else's.

const START = Date.parse('2026-03-02T10:00:00.000Z');
const HOUR = 3_600_000;
const digest = `sha256:${'1'.repeat(64)}`;
const before: Deployed = {
  releaseId: 'checkout-1',
  rolloutId: 'checkout-1-production-euw1-1',
  digest,
  configDigest: digest,
  version: '1.0.0',
  color: 'blue',
  pointerVersion: '1',
};
const own = { rolloutId: 'checkout-2-production-euw1-1', releaseId: 'checkout-2' };
const opened = (over: { seconds?: number; lastGood?: Deployed | null } = {}): GuardRecord => {
  const { guard, ...target } = shopTarget();
  return guardOpened(
    { ...target, guard: { ...guard, seconds: over.seconds ?? guard.seconds } },
    { ...own, color: 'green' },
    {
      lastGood: over.lastGood === undefined ? before : over.lastGood,
      endedAt: new Date(START).toISOString(),
    },
  );
};
const live: LiveRecord = {
  ...before,
  ...own,
  color: 'green',
  since: '2026-03-02T10:00:00.000Z',
  lastGood: before,
  token: 7,
};
const rollout = (over: Partial<RolloutRecord>): RolloutRecord =>
  ({ ...own, phase: 'completed', endedAt: '2026-03-02T10:00:00.000Z', ...over }) as RolloutRecord;
const sight = (hours: number, over: Partial<WarmSight> = {}): WarmSight => ({
  now: START + hours * HOUR,
  live,
  rollout: rollout({}),
  lockedBy: null,
  ...over,
});

describe('warm: the guard of a finished rollout', () => {
  test('an hour of everything, the rest of a day of half, and an hour in which alarms roll back', () => {
    expect(opened()).toEqual({
      targetId: 'checkout/production/eu-west-1',
      service: 'checkout',
      environment: 'production',
      ...own,
      color: 'green',
      lastGood: before,
      startedAt: '2026-03-02T10:00:00.000Z',
      rollsBackUntil: '2026-03-02T11:00:00.000Z',
      fullyWarmUntil: '2026-03-02T11:00:00.000Z',
      endsAt: '2026-03-03T10:00:00.000Z',
    });
  });

  test.each([0, 600])('one of %d s keeps nothing for longer', (seconds) => {
    const { rollsBackUntil, fullyWarmUntil, endsAt } = opened({ seconds });
    const end = new Date(START + seconds * 1000).toISOString();
    expect({ rollsBackUntil, fullyWarmUntil, endsAt }).toEqual({
      rollsBackUntil: end,
      fullyWarmUntil: end,
      endsAt: end,
    });
  });
});

describe('warm: what is done', () => {
  test.each([
    [0, { act: 'keep', part: 'all' }],
    [0.99, { act: 'keep', part: 'all' }],
    [1, { act: 'keep', part: 'half' }],
    [23.99, { act: 'keep', part: 'half' }],
    [24, { act: 'drain' }],
  ] as const)('after %d h', (hours, plan) => {
    expect(planWarm(opened(), sight(hours))).toEqual({ ...plan, lastGood: before });
  });

  const next = { rolloutId: 'checkout-3-production-euw1-1' };
  test.each<[string, Partial<WarmSight>]>([
    ['another release is live', { live: { ...live, ...next } }],
    ['nothing is live', { live: null }],
    ['somebody has the target', { lockedBy: 'arn:aws:states:x' }],
    ['it is being rolled back', { rollout: rollout({ phase: 'rollingBack', endedAt: null }) }],
    ['its rollback is stuck', { rollout: rollout({ phase: 'stuck' }) }],
    [
      'the next rollout fills the slot',
      { rollout: rollout({ ...next, phase: 'preparing', endedAt: null }) },
    ],
  ])('left alone: %s', (_, over) => {
    for (const hours of [0.5, 2]) {
      expect(planWarm(opened(), sight(hours, over)).act).toBe('leave');
    }
    expect(planWarm(opened(), sight(30, over)).act).not.toBe('drain');
  });

  test('a next rollout that was refused changes nothing', () => {
    const refused = rollout({ ...next, phase: 'preparing' });
    expect(planWarm(opened(), sight(0.5, { rollout: refused })).act).toBe('keep');
  });

  test('what is over and keeps nothing loses only its row', () => {
    expect(planWarm(opened(), sight(25, { live: { ...live, ...next } })).act).toBe('close');
    expect(planWarm(opened({ lastGood: null }), sight(25)).act).toBe('close');
    expect(planWarm(opened({ lastGood: null }), sight(1)).act).toBe('leave');
  });
});

describe('warm: sizes', () => {
  test.each([
    [1, 'half', 1],
    [2, 'half', 2],
    [3, 'half', 2],
    [4, 'half', 2],
    [5, 'half', 3],
    [30, 'half', 15],
    [30, 'all', 30],
  ] as const)('beside %d, %s: %d', (needed, part, replicas) => {
    expect(warmReplicas(needed, part)).toBe(replicas);
  });

  test('never more than live has, never fewer than half, never none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom('all', 'half'), (n, part) => {
        const kept = warmReplicas(n, part as 'all' | 'half');
        expect(kept).toBeLessThanOrEqual(n);
        expect(kept).toBeGreaterThanOrEqual(n / 2);
      }),
    );
  });

  test.each([
    [0, 0, 0],
    [0, 4, 0],
    [2, 0, 100],
    [2, 4, 50],
    [1, 3, 33],
    [4, 4, 100],
    [9, 4, 100],
  ])('%d ready beside %d carry %d %%', (lastGood, needed, percent) => {
    expect(warmSharePercent({ lastGood, live: needed })).toBe(percent);
  });
});
