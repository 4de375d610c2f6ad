import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fold,
  freshEvidence,
  type Period,
  readableAt,
  readableWindow,
} from '../../functions/domain/step-evidence.ts';

const START = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const period = (minute: number, over: Partial<Period> = {}): Period => ({
  startAt: START + minute * MINUTE,
  requests: 100,
  success: 100,
  redirect: null,
  clientError: null,
  p99Ms: 20,
  ...over,
});
const reading = (candidate: Period[], stable: Period[] = candidate, complete = true) => ({
  candidate: { complete, periods: candidate },
  stable: { complete: true, periods: stable },
});
const window = { from: START, until: START + 10 * MINUTE };
const empty = { ...freshEvidence(START - 2 * MINUTE), readUntil: new Date(START).toISOString() };

describe('step evidence: the cursor', () => {
  test('the period of a weight change and the first one after it are left out', () => {
    expect(freshEvidence(START + 20_000).readUntil).toBe('2026-01-01T12:02:00.000Z');
    expect(freshEvidence(START).readUntil).toBe('2026-01-01T12:01:00.000Z');
  });

  test('only closed periods that have settled are read', () => {
    const at = (seconds: number) =>
      readableWindow(empty, { now: START + seconds * 1000, settleSeconds: 120 });
    expect(at(179)).toBeNull();
    expect(at(180)).toEqual({ from: START, until: START + MINUTE });
    expect(readableAt(empty, 120)).toBe(START + 180_000);
  });

  test('each period counts once, however the reads fall', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 8 }),
        (ends) => {
          const all = Array.from({ length: 10 }, (_, minute) => period(minute));
          const evidence = ends.reduce((before, end) => {
            const seen = readableWindow(before, { now: START + end * MINUTE, settleSeconds: 0 });
            return seen === null ? before : fold(before, reading(all), seen, null);
          }, empty);
          expect(evidence.candidate.requests).toBe(100 * Math.max(...ends));
          expect(evidence.periods).toBe(Math.max(...ends));
        },
      ),
    );
  });

  test('a period that arrives late is counted when it is there, one passed over never', () => {
    const first = fold(empty, reading([period(0)]), window, null);
    expect(first.readUntil).toBe('2026-01-01T12:01:00.000Z');
    const second = fold(first, reading([period(1), period(3)]), window, null);
    expect(second.candidate.requests).toBe(300);
    expect(second.readUntil).toBe('2026-01-01T12:04:00.000Z');
    expect(second.unknownPeriods).toBeGreaterThan(0);
  });
});

describe('step evidence: counting', () => {
  test('bad is what has no 2xx, 3xx or 4xx; a code that is missing did not occur', () => {
    const seen = period(0, { requests: 100, success: 80, redirect: 5, clientError: 5 });
    const evidence = fold(empty, reading([seen, period(1, { success: null })]), window, null);
    expect(evidence.candidate).toEqual({ requests: 200, bad: 110 });
  });

  test('a period without a request count is unknown, never zero', () => {
    const evidence = fold(empty, reading([period(0, { requests: null })]), window, null);
    expect(evidence).toEqual(empty);
  });

  test('an incomplete answer counts for nothing', () => {
    expect(fold(empty, reading([period(0)], [period(0)], false), window, null)).toEqual(empty);
  });

  test('a request under way at the edge of a period is no bad answer', () => {
    const started = period(0, { requests: 101, success: 100 });
    const ended = period(1, { requests: 99, success: 100 });
    const evidence = fold(empty, reading([started, ended]), window, null);
    expect(evidence.candidate.bad).toBe(0);
  });

  test('slow periods count only in a row', () => {
    const slow = (minute: number) => period(minute, { p99Ms: 900 });
    const broken = fold(empty, reading([slow(0), period(1), slow(2)]), window, 800);
    expect(broken.slow).toEqual({ periods: 1, requests: 100 });
    const unbroken = fold(empty, reading([slow(0), slow(1)]), window, 800);
    expect(unbroken.slow).toEqual({ periods: 2, requests: 200 });
    expect(fold(empty, reading([slow(0)]), window, null).slow.periods).toBe(0);
  });
});
