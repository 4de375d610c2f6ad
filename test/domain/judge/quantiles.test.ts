import { describe, expect, test } from 'vitest';
import { chanceOf, poissonOf } from '../../../bench/judge/draw.ts';
import {
  afterHistograms,
  freshQuantiles,
  logEOfQuantiles,
  QuantileState,
} from '../../../functions/domain/judge/quantiles.ts';

// Shares of a minute's answers per bucket of response time, fastest first.
const USUAL = [0.3, 0.3, 0.2, 0.1, 0.06, 0.03, 0.007, 0.003];
const SLOW_TAIL = [0.3, 0.3, 0.2, 0.1, 0.03, 0.02, 0.02, 0.03];
const SLOW_MIDDLE = [0.15, 0.2, 0.3, 0.2, 0.1, 0.04, 0.007, 0.003];
const FAST = [0.6, 0.3, 0.06, 0.03, 0.005, 0.003, 0.001, 0.001];

const minutesUntil = (candidate: readonly number[], seed: number, bar: number): number | null => {
  const chance = chanceOf(11, seed);
  let state = freshQuantiles(USUAL.length);
  for (let minute = 1; minute <= 30; minute += 1) {
    const counts = (shares: readonly number[], requests: number) =>
      shares.map((share) => poissonOf(share * requests)(chance));
    state = afterHistograms(state, {
      seconds: 60,
      stable: counts(USUAL, 2700),
      candidate: counts(candidate, 300),
    });
    if (logEOfQuantiles(state) >= bar) return minute;
  }
  return null;
};
const found = (candidate: readonly number[], runs: number, bar: number): number =>
  Array.from({ length: runs }, (_, seed) => minutesUntil(candidate, seed, bar)).filter(
    (minute) => minute !== null,
  ).length;

describe('judge: quantiles', () => {
  test('an equal candidate is ever condemned in at most α of the rollouts', () => {
    // One-sided 99.9 % bound of a binomial of 1000 draws at 0.05.
    expect(found(USUAL, 1000, Math.log(20))).toBeLessThanOrEqual(73);
  });

  test.each([
    ['a slow tail', SLOW_TAIL],
    ['a slow middle', SLOW_MIDDLE],
  ])('%s is found', (_name, candidate) => {
    expect(found(candidate, 50, Math.log(1000))).toBe(50);
  });

  test('a faster candidate never is', () => {
    expect(found(FAST, 50, Math.log(20))).toBe(0);
  });

  test('nothing is bet before stable is known', () => {
    const state = afterHistograms(freshQuantiles(2), {
      seconds: 60,
      stable: [100, 0],
      candidate: [0, 100],
    });
    expect(logEOfQuantiles(state)).toBe(0);
  });

  test('its state survives an execution', () => {
    const state = afterHistograms(freshQuantiles(3), {
      seconds: 60,
      stable: [100, 20, 3],
      candidate: [10, 2, 1],
    });
    expect(QuantileState.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  test('histograms keep their buckets', () => {
    expect(() =>
      afterHistograms(freshQuantiles(3), { seconds: 60, stable: [1, 2], candidate: [1, 2] }),
    ).toThrow(/3 buckets/);
  });
});
