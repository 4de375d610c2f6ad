import { describe, expect, test } from 'vitest';
import { chanceOf } from '../../../bench/judge/draw.ts';
import { acaDefaults, classify } from '../../../functions/domain/judge/peers/netflix-aca.ts';
import {
  type Direction,
  judgeSamples,
  logEOfSamples,
} from '../../../functions/domain/judge/two-samples.ts';

const DIRECTIONS: readonly Direction[] = ['increase', 'decrease', 'either'];
const times = (count: number, value: number): number[] =>
  Array.from({ length: count }, () => value);
const normals = (seed: number, count: number, scale = 1, middle = 100): number[] => {
  const chance = chanceOf(3, seed);
  return Array.from(
    { length: count },
    () => middle + scale * Math.sqrt(-2 * Math.log1p(-chance())) * Math.cos(2 * Math.PI * chance()),
  );
};
const judged = (control: number[], experiment: number[], direction: Direction = 'increase') =>
  judgeSamples(control, experiment, { direction, alpha: 0.001 });

// Where Kayenta's judge answers Pass: github.com/spinnaker/spinnaker#6278, spinnaker/kayenta#780, #426, spinnaker/spinnaker#5622.
const BLIND_SPOTS: readonly [string, number[], number[]][] = [
  ['7 of 10 points 100 times the baseline', times(10, 1), [...times(7, 100), 1, 1, 1]],
  ['few errors against none', times(6, 0), [0, 1, 2, 1, 0, 0]],
  [
    'few errors against none, ten points',
    times(10, 0),
    [0, 0.048, 0, 0.18, 0.089, 0, 0.098, 0.035, 0, 0],
  ],
  ['one error in fifty against none', times(50, 0), [...times(49, 0), 1]],
  [
    'the variance changes',
    [1, 100, 4, 101, 5, 102, 6, 103, 7, 104, 8, 105, 9, 106, 17],
    [10, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7],
  ],
  ['only the variance changes', normals(1, 20), normals(2, 20, 6)],
  [
    'one point in ten a hundred times higher',
    normals(5, 30),
    normals(6, 30).map((x, i) => (i % 10 === 3 ? 100 * x : x)),
  ],
];

describe('judge: samples: the blind spots of a rank test', () => {
  test.each(BLIND_SPOTS)('%s: Kayenta passes it, ours never does', (_name, control, experiment) => {
    expect(
      classify(control, experiment, { ...acaDefaults(), direction: 'increase' }).classification,
    ).toBe('Pass');
    for (const direction of ['increase', 'either'] as const) {
      expect(judged(control, experiment, direction).verdict).not.toBe('pass');
    }
  });

  test('with enough points they are condemned', () => {
    expect(judged(times(30, 1), [...times(21, 100), ...times(9, 1)]).verdict).toBe('fail');
    expect(judged(normals(1, 60), normals(2, 60, 5)).verdict).toBe('fail');
    expect(judged(times(60, 0), [...times(40, 0), ...times(20, 1)]).verdict).toBe('fail');
  });
});

describe('judge: samples: verdict', () => {
  test('most equal samples pass, none is condemned', () => {
    const verdicts = Array.from(
      { length: 200 },
      (_, run) => judged(normals(100 + run, 30), normals(500 + run, 30), 'either').verdict,
    );
    expect(verdicts.filter((verdict) => verdict === 'pass').length).toBeGreaterThan(150);
    expect(verdicts).not.toContain('fail');
  });

  test.each<[string, number[], number[], Direction, string]>([
    ['a shift up is bad', normals(7, 30), normals(8, 30, 1, 103), 'increase', 'fail'],
    ['a shift up is good', normals(7, 30), normals(8, 30, 1, 103), 'decrease', 'pass'],
    ['a shift down is bad', normals(7, 30), normals(8, 30, 1, 97), 'decrease', 'fail'],
    ['any shift is bad', normals(7, 30), normals(8, 30, 1, 97), 'either', 'fail'],
    ['half the time, and steadier', normals(7, 40, 10), normals(8, 40, 3, 50), 'increase', 'pass'],
    ['two constants alike', times(10, 4), times(10, 4), 'either', 'pass'],
    ['too few to tell', times(3, 1), times(3, 9), 'either', 'inconclusive'],
    ['no points', [], [1, 2, 3], 'either', 'inconclusive'],
  ])('%s (%#)', (_name, control, experiment, direction, expected) => {
    expect(judged(control, experiment, direction).verdict).toBe(expected);
  });
});

describe('judge: samples: valid for every distribution', () => {
  // Every labelling of a pooled sample is as likely as any other: the mean over all of them is the mean under the null.
  const labellings = (count: number, size: number): number[][] => {
    if (size === 0) return [[]];
    if (count < size) return [];
    return [
      ...labellings(count - 1, size),
      ...labellings(count - 1, size - 1).map((chosen) => [...chosen, count - 1]),
    ];
  };

  test.each<[string, number[]]>([
    ['distinct points', [3, 1, 4, 1.5, 9, 2.6, 5, 35, 8, 97]],
    ['heavy ties', [0, 0, 0, 0, 0, 1, 1, 2, 0, 0]],
    ['one outlier', [1, 1, 1, 1, 1, 1, 1, 1, 1, 1000]],
  ])('%s: E has mean 1 exactly, whatever the direction', (_name, pooled) => {
    for (const direction of DIRECTIONS) {
      for (const size of [3, 5]) {
        const all = labellings(pooled.length, size);
        const mean =
          all.reduce((sum, chosen) => {
            const experiment = chosen.map((index) => pooled[index] ?? 0);
            const control = pooled.filter((_, index) => !chosen.includes(index));
            return sum + Math.exp(logEOfSamples(control, experiment, direction));
          }, 0) / all.length;
        expect(mean).toBeCloseTo(1, 9);
      }
    }
  });
});
