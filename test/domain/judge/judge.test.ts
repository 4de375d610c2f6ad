import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import {
  freshJudge,
  type JudgeState,
  JudgeState as JudgeStateShape,
  nextStep,
  type Observation,
  observed,
} from '../../../functions/domain/judge/judge.ts';
import { judgementOf } from '../../../functions/domain/judge/judgement.ts';
import { replay } from '../../../functions/domain/judge/replay.ts';
import { alphaOf } from '../../../functions/domain/judge/sources.ts';

const reading = (stable: [number, number], candidate: [number, number]) => ({
  stable: { requests: stable[0], bad: stable[1] },
  candidate: { requests: candidate[0], bad: candidate[1] },
});
const minute = (stable: [number, number], candidate: [number, number]): Observation => ({
  seconds: 60,
  readings: { alb: { errors: reading(stable, candidate) } },
});
const fresh = (errorRatioMax: number | null = null): JudgeState =>
  freshJudge({ alpha: 0.001, errorRatioMax, metrics: { alb: ['errors'] } });
const watched = (state: JudgeState, ...ticks: Observation[]): JudgeState =>
  ticks.reduce(observed, state);
const verdict = (state: JudgeState) => judgementOf(state, { requestsMin: 200 }).verdict;

describe('judge: verdict', () => {
  test.each<[string, JudgeState, string]>([
    ['nothing seen yet', fresh(), 'inconclusive'],
    ['low traffic, however clean', watched(fresh(), minute([900, 0], [199, 0])), 'inconclusive'],
    ['enough requests, no errors', watched(fresh(), minute([900, 0], [200, 0])), 'pass'],
    ['as bad as stable', watched(fresh(), minute([9000, 90], [1000, 10])), 'pass'],
    ['much worse', watched(fresh(), minute([9000, 90], [1000, 200])), 'fail'],
    ['two errors on 1 %, none on 99 %', watched(fresh(), minute([29_700, 0], [300, 2])), 'fail'],
    ['only unknown ticks', watched(fresh(), { seconds: 60, readings: {} }), 'error'],
    [
      'an unknown tick among others',
      watched(fresh(), { seconds: 60, readings: {} }, minute([900, 0], [200, 0])),
      'pass',
    ],
    [
      'stable is as bad, but the ceiling is broken',
      watched(fresh(0.01), minute([9000, 450], [1000, 50])),
      'fail',
    ],
    [
      'above the ceiling, but it may be chance',
      watched(fresh(0.01), minute([9000, 90], [1000, 12])),
      'inconclusive',
    ],
    [
      'a shared outage without a ceiling',
      watched(fresh(), minute([9000, 4500], [1000, 500])),
      'pass',
    ],
  ])('%s: %#', (_name, state, expected) => {
    expect(verdict(state)).toBe(expected);
  });

  test('a condemnation is final', () => {
    const condemned = watched(fresh(), minute([9000, 9], [1000, 100]));
    const later = watched(
      condemned,
      ...Array.from({ length: 50 }, () => minute([9000, 900], [1000, 0])),
    );
    expect(verdict(later)).toBe('fail');
    expect(later.condemned?.atSeconds).toBe(60);
  });

  test('a step needs requests of its own; the evidence stays', () => {
    const first = watched(fresh(), minute([9000, 9], [1000, 6]));
    const second = nextStep(first);
    expect([verdict(first), verdict(second)]).toEqual(['pass', 'inconclusive']);
    expect(second.bets).toEqual(first.bets);
  });

  test('its state survives an execution: small, plain, and the same after the round trip', () => {
    const state = watched(fresh(0.01), minute([9000, 9], [1000, 3]));
    const text = JSON.stringify(state);
    expect(text.length).toBeLessThan(1200);
    expect(JudgeStateShape.parse(JSON.parse(text))).toEqual(state);
  });

  test('its reason has the numbers', () => {
    const { reason, evidence } = judgementOf(watched(fresh(), minute([9000, 9], [1000, 100])), {
      requestsMin: 200,
    });
    expect(reason).toMatch(/100 of the candidate's 1000 requests were bad \(10 %\)/);
    expect(evidence).toMatchObject({ atSeconds: 60, condemnAt: 1000 });
  });
});

describe('judge: what is recorded', () => {
  test.each([
    ['overwhelming', minute([900_000, 0], [10_000, 10_000]), 1e12],
    ['none at all', minute([10_000, 10_000], [900_000, 0]), 0],
  ])('evidence is a number that the ledger can keep, however it is: %s', (_name, tick, eValue) => {
    const long = watched(fresh(), ...Array.from({ length: 60 }, () => tick));
    const { evidence } = judgementOf(long, { requestsMin: 200 });
    expect(evidence['eValue']).toBe(eValue);
    expect(() => marshall(evidence, { removeUndefinedValues: true })).not.toThrow();
  });
});

describe('judge: sources', () => {
  test('α is split where there are two, whole where there is one', () => {
    expect(alphaOf('alb', ['alb'], 0.001)).toBeCloseTo(0.001, 12);
    expect(alphaOf('xray', ['xray'], 0.001)).toBeCloseTo(0.001, 12);
    expect(alphaOf('alb', ['alb', 'xray'], 0.001)).toBeCloseTo(0.0008, 12);
    expect(alphaOf('xray', ['alb', 'xray'], 0.001)).toBeCloseTo(0.0002, 12);
  });

  test('slow answers condemn as errors do, and an unknown metric bets nothing', () => {
    const terms = {
      alpha: 0.001,
      errorRatioMax: null,
      metrics: { alb: ['errors', 'slow'] },
    } as const;
    const clean = reading([9000, 0], [1000, 0]);
    const slow = observed(freshJudge(terms), {
      seconds: 60,
      readings: { alb: { errors: clean, slow: reading([9000, 9], [1000, 100]) } },
    });
    const unknown = observed(freshJudge(terms), {
      seconds: 60,
      readings: { alb: { errors: clean } },
    });
    expect(slow.condemned).toMatchObject({ by: 'alb', atSeconds: 60 });
    expect([unknown.condemned, verdict(unknown)]).toEqual([null, 'pass']);
  });

  test('X-Ray may condemn, but only requests that the load balancer saw acquit', () => {
    const both = freshJudge({
      alpha: 0.001,
      errorRatioMax: null,
      metrics: { alb: ['errors'], xray: ['errors'] },
    });
    const traced = (candidate: [number, number]): Observation => ({
      seconds: 60,
      readings: { xray: { errors: reading([9000, 9], candidate) } },
    });
    expect(verdict(observed(both, traced([1000, 1])))).toBe('inconclusive');
    expect(observed(both, traced([1000, 100])).condemned?.by).toBe('xray');
  });
});

describe('judge: replay', () => {
  const terms = { alpha: 0.001, requestsMin: 200, errorRatioMax: null };

  test('counts time over ticks that nobody knows, and says when', () => {
    const bad = minute([2700, 3], [300, 9]).readings.alb?.errors;
    const tick = { seconds: 60, stable: bad?.stable ?? null, candidate: bad?.candidate ?? null };
    const answer = replay(
      [{ seconds: 60, stable: null, candidate: null }, tick, tick, tick],
      terms,
    );
    expect(answer).toMatchObject({ verdict: 'fail', atSeconds: 120 });
    expect(answer.eValue).toBeGreaterThanOrEqual(1000);
    expect(answer.explanation).toMatch(/condemned after 120 s/);
  });

  test('a rollout without ticks is inconclusive', () => {
    expect(replay([], terms)).toMatchObject({
      verdict: 'inconclusive',
      eValue: 1,
      atSeconds: null,
    });
  });

  test('an overwhelming tick stays a number that JSON can say', () => {
    const { eValue } = replay(
      [
        {
          seconds: 86_400,
          stable: { requests: 1e6, bad: 0 },
          candidate: { requests: 1e4, bad: 1e4 },
        },
      ],
      terms,
    );
    expect(Number.isFinite(JSON.parse(JSON.stringify(eValue)))).toBe(true);
  });
});
