import { describe, expect, test } from 'vitest';
import { firstObservation, type Observation } from '../../functions/domain/observation.ts';
import { impatience, patienceOf, rateOf } from '../../functions/domain/patience.ts';
import { Analysis } from '../../functions/domain/target.ts';

const START = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600;
const analysis = Analysis.parse({
  errorRatioMax: 0.01,
  latencyP99MsMax: null,
  requestsMin: 200,
  patienceSeconds: null,
  settleSeconds: 120,
});

describe('patience: how long', () => {
  test.each([
    ['a busy service: the least', 50, 10, 2 * HOUR],
    ['three times what the requests take', 0.5, 10, 12_000],
    ['at a smaller share it is longer', 0.5, 5, 24_000],
    ['hardly any requests: a day', 0.001, 1, 24 * HOUR],
    ['none at all: a day', 0, 10, 24 * HOUR],
    ['not known: the least', null, 10, 2 * HOUR],
  ] as const)('%s', (_name, requestsPerSecond, percent, seconds) => {
    expect(patienceOf(analysis, { requestsPerSecond, percent })).toBe(seconds);
  });

  test('what is configured wins, within no bounds', () => {
    const at = { requestsPerSecond: 0.001, percent: 1 };
    expect(patienceOf({ ...analysis, patienceSeconds: 60 }, at)).toBe(60);
  });

  test.each([
    ['over all hours from the first that is known', [1, 2, 3, 5], 4 * 100],
    ['of the present hour too', [9], 100],
  ])('the rate is counted %s', (_name, ago, sum) => {
    const hours = ago.map((hour) => ({ startAt: START - hour * HOUR * 1000, requests: 100 }));
    expect(rateOf(hours, START)).toBeCloseTo(sum / (Math.max(...ago) * HOUR), 9);
    expect(rateOf([], START)).toBeNull();
  });
});

describe('patience: what is due when it ends', () => {
  const step = (over: Partial<Observation> = {}): Observation => ({
    ...firstObservation(START, analysis),
    weightPercent: 10,
    requestsPerSecond: 50,
    ...over,
  });
  const due = (
    seconds: number,
    over: Partial<Observation> = {},
    policy: Partial<Analysis> = {},
    verdict: 'pass' | 'inconclusive' | 'error' = 'inconclusive',
  ) =>
    impatience(
      { analysis: { ...analysis, ...policy }, bakeSeconds: 600 },
      step(over),
      START + seconds * 1000,
      { verdict },
    ).due;
  const page = { onInconclusive: 'page' as const };
  const paged = { pagedAt: new Date(START).toISOString() };

  test.each([
    ['before it ends', 2 * HOUR, {}, {}, 'nothing'],
    ['after it', 2 * HOUR + 1, {}, {}, 'rollBack'],
    ['in a bake the bake comes first', 2 * HOUR + 600, { weightPercent: 100 }, {}, 'nothing'],
    ['in a bake, after both', 2 * HOUR + 601, { weightPercent: 100 }, {}, 'rollBack'],
    ['without traffic there is nothing to wait for', 9 * HOUR, { weightPercent: 0 }, {}, 'nothing'],
    ['a person first', 2 * HOUR + 1, {}, page, 'page'],
    ['a person once', 2 * HOUR + 1, paged, page, 'nothing'],
    ['after as long again', 4 * HOUR, paged, page, 'nothing'],
    ['after as long again, back', 4 * HOUR + 1, paged, page, 'rollBack'],
    ['a day in all', 24 * HOUR + 1, paged, { ...page, patienceSeconds: 20 * HOUR }, 'rollBack'],
    ['half-way through a day', 12 * HOUR + 1, {}, { ...page, patienceSeconds: 24 * HOUR }, 'page'],
    [
      'no longer than configured',
      48 * HOUR,
      paged,
      { ...page, patienceSeconds: 48 * HOUR },
      'nothing',
    ],
  ] as const)('%s', (_name, seconds, over, policy, expected) => {
    expect(due(seconds, over, policy)).toBe(expected);
  });

  test('a pass has no deadline; an error has', () => {
    expect(due(9 * HOUR, {}, {}, 'pass')).toBe('nothing');
    expect(due(9 * HOUR, {}, {}, 'error')).toBe('rollBack');
  });
});
