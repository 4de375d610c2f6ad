import { describe, expect, test } from 'vitest';
import {
  guardWords,
  mayWait,
  openGuard,
  waitingIn,
  waitingWords,
} from '../../cli/view/attention.ts';
import type { ChainedEvent } from '../../functions/domain/chain.ts';
import type { GuardRecord } from '../../functions/domain/guard.ts';
import type { RolloutRecord } from '../../functions/domain/rollout.ts';

const at = (time: string): string => `2026-01-01T${time}:00.000Z`;
const digest = `sha256:${'a'.repeat(64)}`;
const lastGood = {
  releaseId: 'release-a',
  rolloutId: 'rollout-a',
  digest,
  configDigest: digest,
  version: '1.0.0',
  color: 'blue' as const,
  pointerVersion: '2',
};
const guard: GuardRecord = {
  targetId: 'checkout/production/eu-west-1',
  service: 'checkout',
  environment: 'production',
  releaseId: 'release-b',
  rolloutId: 'rollout-b',
  color: 'green',
  lastGood,
  startedAt: at('12:00'),
  rollsBackUntil: at('13:00'),
  fullyWarmUntil: at('13:00'),
  endsAt: at('23:00'),
};
const waits = (time: string, reason: string, rolloutId = 'rollout-b') =>
  ({
    at: at(time),
    kind: 'RolloutWaiting',
    facts: { rolloutId, reason },
  }) as unknown as ChainedEvent;

describe('status: an open guard', () => {
  test.each([
    [
      'goes back by itself, then calls',
      {},
      /until 2026-01-01 13:00 UTC rolls back to 1\.0\.0, a later one calls/,
    ],
    ['only calls where nothing is before it', { lastGood: null }, /: an alarm calls a person$/],
    [
      'only calls where it may not go back',
      { rollsBackUntil: at('12:00') },
      /: an alarm calls a person$/,
    ],
    [
      'names what has no version by its digest',
      { lastGood: { ...lastGood, version: null } },
      /to sha256:aaaaaaaaaaaa,/,
    ],
  ] as [string, Partial<GuardRecord>, RegExp][])('%s', (_name, over, words) => {
    const open = openGuard({ ...guard, ...over }) ?? expect.fail('it is open');
    expect(guardWords(open)).toMatch(/^guarded until 2026-01-01 23:00 UTC: /);
    expect(guardWords(open)).toMatch(words);
  });

  test('none is none', () => expect(openGuard(null)).toBeNull());
});

describe('status: a rollout that waits', () => {
  const rollout = { rolloutId: 'rollout-b', phase: 'planned', endedAt: null } as RolloutRecord;

  test('says since when, and its newest reason; another rollout’s is not its own', () => {
    const events = [
      waits('11:00', 'other', 'rollout-x'),
      waits('12:00', 'alarm'),
      waits('12:05', 'slos'),
    ];
    const waiting = waitingIn(events, rollout) ?? expect.fail('it waits');
    expect(waiting).toEqual({ since: at('12:00'), reason: 'slos' });
    expect(waitingWords(waiting)).toBe(
      'rollout waits since 2026-01-01 12:00 UTC, traffic untouched: slos',
    );
    expect(waitingIn(events.slice(0, 1), rollout)).toBeNull();
  });

  test.each([
    ['planned', rollout, true],
    ['begun', { ...rollout, phase: 'preparing' }, false],
    ['refused', { ...rollout, endedAt: at('12:30') }, false],
    ['none', null, false],
  ] as [string, RolloutRecord | null, boolean][])('%s', (_name, of, may) => {
    expect(mayWait(of)).toBe(may);
  });
});
