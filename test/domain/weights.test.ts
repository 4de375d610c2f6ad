import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../functions/domain/target.ts';
import {
  candidatePercentIn,
  mirrorPercent,
  nextStep,
  sameWeights,
  split,
  wholePercent,
} from '../../functions/domain/weights.ts';

const groups = { stable: 'blue', candidate: 'green' };
const percent = fc.integer({ min: 0, max: 100 });
const strategy: fc.Arbitrary<Strategy> = fc.oneof(
  fc.constant<Strategy>({ kind: 'blueGreen' }),
  fc.constant<Strategy>({ kind: 'allAtOnce' }),
  fc.record({
    kind: fc.constant('canary' as const),
    percent: fc.integer({ min: 1, max: 99 }),
    everySeconds: fc.constant(300),
  }),
  fc.record({
    kind: fc.constant('linear' as const),
    stepPercent: fc.integer({ min: 1, max: 99 }),
    everySeconds: fc.constant(300),
  }),
);

describe('weights: split', () => {
  test('stable and candidate always sum to 100, and both stay named', () => {
    fc.assert(
      fc.property(percent, (candidate) => {
        const weights = split(groups, candidate);
        expect(weights.map(({ targetGroupArn }) => targetGroupArn)).toEqual(['blue', 'green']);
        expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
        expect(candidatePercentIn(weights, groups)).toBe(candidate);
      }),
    );
  });

  test.each([-1, 101, 12.5, Number.NaN])('%s is no percent', (candidate) => {
    expect(() => split(groups, candidate)).toThrow('whole number of percent');
  });

  test('one group twice is our bug', () => {
    expect(() => split({ stable: 'blue', candidate: 'blue' }, 10)).toThrow('two target groups');
  });
});

describe('weights: what a rule says', () => {
  test.each([
    [
      'another group beside',
      [
        ['blue', 90],
        ['green', 10],
        ['red', 0],
      ],
    ],
    ['one group alone', [['blue', 100]]],
    [
      'a sum that is not 100',
      [
        ['blue', 50],
        ['green', 10],
      ],
    ],
    [
      'foreign groups',
      [
        ['blue', 50],
        ['red', 50],
      ],
    ],
    ['nothing', []],
  ] as [string, [string, number][]][])('%s is not ours', (_name, listed) => {
    const weights = listed.map(([targetGroupArn, weight]) => ({ targetGroupArn, weight }));
    expect(candidatePercentIn(weights, groups)).toBeNull();
  });

  test('the order of groups does not matter', () => {
    const weights = split(groups, 30);
    expect(sameWeights(weights, [...weights].reverse())).toBe(true);
    expect(sameWeights(weights, split(groups, 31))).toBe(false);
  });

  test('a share of 0.29 is 29 percent', () => {
    for (let whole = 0; whole <= 100; whole += 1) expect(wholePercent(whole / 100)).toBe(whole);
  });
});

describe('weights: steps', () => {
  test.each([
    [{ kind: 'linear', stepPercent: 30, everySeconds: 60 }, [30, 60, 90, 100]],
    [{ kind: 'canary', percent: 5, everySeconds: 60 }, [5, 100]],
    [{ kind: 'blueGreen' }, [100]],
    [{ kind: 'allAtOnce' }, [100]],
  ] as [Strategy, number[]][])('%j', (of, expected) => {
    const steps: number[] = [];
    for (let at = 0; at < 100; ) {
      at = nextStep(of, at);
      steps.push(at);
    }
    expect(steps).toEqual(expected);
  });

  test('each step is higher than the one before, and none is beyond 100', () => {
    fc.assert(
      fc.property(strategy, fc.integer({ min: 0, max: 99 }), (of, at) => {
        const next = nextStep(of, at);
        expect(next).toBeGreaterThan(at);
        expect(next).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe('weights: mirror', () => {
  test('never above the alias, never above the evidence, never below what it was', () => {
    fc.assert(
      fc.property(percent, percent, percent, (presentPercent, more, allowedPercent) => {
        const aliasPercent = Math.min(100, presentPercent + more);
        const mirrored = mirrorPercent({ presentPercent, aliasPercent, allowedPercent });
        expect(mirrored).toBeLessThanOrEqual(aliasPercent);
        expect(mirrored).toBeLessThanOrEqual(Math.max(allowedPercent, presentPercent));
        expect(mirrored).toBeGreaterThanOrEqual(presentPercent);
      }),
    );
  });

  test('a rule above its alias is not this function to decide', () => {
    expect(() =>
      mirrorPercent({ presentPercent: 20, aliasPercent: 10, allowedPercent: 100 }),
    ).toThrow('more than the alias');
  });
});
