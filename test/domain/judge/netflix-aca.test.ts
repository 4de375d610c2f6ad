import { describe, expect, test } from 'vitest';
import { shiftOf } from '../../../functions/domain/judge/peers/mann-whitney.ts';
import {
  type AcaTerms,
  acaDefaults,
  classify,
} from '../../../functions/domain/judge/peers/netflix-aca.ts';
import { normalQuantile } from '../../../functions/domain/judge/peers/normal-quantile.ts';

const times = (count: number, value: number): number[] =>
  Array.from({ length: count }, () => value);
const BIG = [20, 22, 21, 25, 30];
const SMALL = [1, 2.2, 1.1, 2.5, 3];

// Expectations: kayenta-judge's ClassifierSuite and kayenta-mannwhitney's MannWhitneySuite (github.com/spinnaker/spinnaker).
const SUITE: readonly [string, number[], number[], Partial<AcaTerms>, object][] = [
  [
    'critical high',
    SMALL,
    BIG,
    { critical: true, criticalThresholds: [1, 1.2] },
    { classification: 'High', critical: true },
  ],
  [
    'critical low',
    [10, 20.2, 10.1, 20.5, 30],
    [2, 2, 2, 2, 3],
    { critical: true, criticalThresholds: [1.2, 1] },
    { classification: 'Low', critical: true },
  ],
  [
    'high, but not critically',
    SMALL,
    BIG,
    { critical: true, effectSizeThresholds: [1, 5], criticalThresholds: [1, 13] },
    { classification: 'High', critical: false },
  ],
  [
    'an effect that is allowed',
    SMALL,
    BIG,
    { critical: true, effectSizeThresholds: [1, 13], criticalThresholds: [1, 15] },
    { classification: 'Pass', critical: false },
  ],
  ['tied observations', [1, 1], [1, 1, 1], { direction: 'decrease' }, { classification: 'Pass' }],
  [
    'identical populations',
    [5, 4, 3, 2, 1],
    [1, 2, 3, 4, 5],
    { direction: 'decrease' },
    { classification: 'Pass' },
  ],
  [
    'leading zero',
    times(5, 1),
    [0, 1, 1, 1, 1],
    { direction: 'decrease' },
    { classification: 'Pass' },
  ],
  ['majority tied', times(5, 1), [1, 1, 1, 1, 10], {}, { classification: 'Pass' }],
  ['tied ranks', times(5, 1), times(5, 10), {}, { classification: 'High' }],
  ['tied ranks with zeros', times(5, 0), times(5, 10), {}, { classification: 'High' }],
  [
    'zero mean of the control',
    times(5, 0),
    [54.9, 54.5, 55.1, 55.6, 57.4],
    { effectSizeThresholds: [0.8, 1.2] },
    { classification: 'High', deviation: null },
  ],
  [
    'zero mean of the experiment',
    [54.9, 54.5, 55.1, 55.6, 57.4],
    times(5, 0),
    { effectSizeThresholds: [0.8, 1.2] },
    { classification: 'Low', deviation: null },
  ],
  [
    'all zeros',
    times(5, 0),
    times(5, 0),
    { effectSizeThresholds: [0.8, 1.2] },
    { classification: 'Pass', deviation: 1 },
  ],
  ['no data', [1, 2, 3, 4, 5], [], {}, { classification: 'Nodata', critical: false }],
  [
    'no data, critical',
    [1, 2, 3, 4, 5],
    [],
    { critical: true },
    { classification: 'Nodata', critical: true },
  ],
  [
    'no data, required',
    [1, 2, 3, 4, 5],
    [],
    { mustHaveData: true },
    { classification: 'NodataFailMetric' },
  ],
  [
    'no data, replaced',
    [1, 2, 3, 4, 5],
    [],
    { nanStrategy: 'replace' },
    { classification: 'Pass' },
  ],
];

describe('mann-whitney: Kayenta’s own cases', () => {
  test.each(SUITE)('%s', (_name, control, experiment, terms, expected) => {
    const answer = classify(control, experiment, {
      ...acaDefaults(),
      tolerance: 0.1,
      confLevel: 0.95,
      ...terms,
    });
    expect(answer).toMatchObject(expected);
  });

  test('the interval of MannWhitneySuite', () => {
    expect(shiftOf([10, 20, 30, 40], [1, 2, 3, 4], 0.95)).toEqual({
      lower: 6,
      upper: 39,
      estimate: 22.5,
    });
  });

  test('the interval that spinnaker/spinnaker#6278 prints, digit for digit', () => {
    const { lower, upper, estimate } = shiftOf([...times(7, 100), 1, 1, 1], times(10, 1), 0.98);
    expect(lower).toBeCloseTo(6.825022991538781e-5, 15);
    expect(upper).toBe(99);
    expect(estimate).toBeCloseTo(98.99992904170193, 12);
  });
});

describe('mann-whitney: settings', () => {
  const low = Array.from({ length: 20 }, (_, index) => index);
  const high = Array.from({ length: 20 }, (_, index) => index + 30);

  test.each<[string, Partial<AcaTerms>, string]>([
    ['either', { direction: 'either' }, 'High'],
    ['increase', { direction: 'increase' }, 'High'],
    ['decrease', { direction: 'decrease' }, 'Pass'],
    ['a tolerance that nothing clears', { tolerance: 1.2 }, 'Pass'],
    [
      'cles within what is allowed',
      { effectSizeMeasure: 'cles', effectSizeThresholds: [0.2, 1.01] },
      'Pass',
    ],
    ['cles beyond it', { effectSizeMeasure: 'cles', effectSizeThresholds: [0.2, 0.8] }, 'High'],
  ])('%s', (_name, terms, expected) => {
    expect(classify(low, high, { ...acaDefaults(), ...terms }).classification).toBe(expected);
  });

  test('missing values are left out, or taken for 0', () => {
    const gaps = [...times(15, 5), null, null, null, null, null];
    const steady = [...times(14, 5), 6];
    expect(classify(gaps, steady, acaDefaults()).deviation).toBeCloseTo(76 / 15 / 5, 9);
    expect(
      classify(gaps, steady, { ...acaDefaults(), nanStrategy: 'replace' }).deviation,
    ).toBeCloseTo(76 / 15 / 3.75, 9);
  });

  test.each([
    [0.975, 1.959963984540054],
    [0.01, -2.3263478740408408],
    [0.5, 0],
    [1e-12, -7.034483825301131],
  ])('the normal quantile of %d', (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 12);
  });
});
