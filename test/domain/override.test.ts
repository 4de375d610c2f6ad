import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  overrideIsOn,
  overrideOff,
  overrideWeights,
  planOverride,
  REVIVE_SECONDS,
} from '../../functions/domain/override.ts';

const sight = {
  lastGoodHealthy: 4,
  candidateHealthy: 4,
  candidatePercent: 50,
  overrideOn: false,
  waitedSeconds: 0,
};

describe('override: how much goes back', () => {
  test.each([
    ['as many as the candidate: all', {}, 'all', 100],
    [
      'fewer, but it carries most already: all',
      { lastGoodHealthy: 2, candidatePercent: 10 },
      'all',
      100,
    ],
    [
      'fewer with the candidate at 100: what it can carry',
      { lastGoodHealthy: 1, candidatePercent: 100 },
      'wait',
      25,
    ],
    ['never less than it has', { lastGoodHealthy: 1, candidatePercent: 60 }, 'wait', 40],
    [
      'the candidate is dead: all',
      { lastGoodHealthy: 1, candidateHealthy: 0, candidatePercent: 100 },
      'all',
      100,
    ],
    [
      'fewer for too long: all',
      { lastGoodHealthy: 1, candidatePercent: 100, waitedSeconds: REVIVE_SECONDS },
      'all',
      100,
    ],
    ['none: the weights stay', { lastGoodHealthy: 0 }, 'wait', null],
    [
      'none, with the override already on it: to what lives',
      { lastGoodHealthy: 0, overrideOn: true },
      'wait',
      0,
    ],
    [
      'none and nobody else: the weights stay',
      { lastGoodHealthy: 0, candidateHealthy: 0, overrideOn: true },
      'wait',
      null,
    ],
    [
      'none for too long: a person',
      { lastGoodHealthy: 0, waitedSeconds: REVIVE_SECONDS },
      'error',
      null,
    ],
  ] as const)('%s', (_name, over, decision, lastGoodPercent) => {
    expect(planOverride({ ...sight, ...over })).toMatchObject({ decision, lastGoodPercent });
  });

  test('a dead color never gets traffic, and all is only said with all', () => {
    fc.assert(
      fc.property(
        fc.record({
          lastGoodHealthy: fc.nat(10),
          candidateHealthy: fc.nat(10),
          candidatePercent: fc.integer({ min: 0, max: 100 }),
          overrideOn: fc.boolean(),
          waitedSeconds: fc.nat(700),
        }),
        (seen) => {
          const plan = planOverride(seen);
          const percent = plan.lastGoodPercent;
          const holds = {
            dead: seen.lastGoodHealthy > 0 || (percent ?? 0) === 0,
            away: percent !== 0 || seen.candidateHealthy > 0,
            all: plan.decision !== 'all' || percent === 100,
            kept:
              seen.lastGoodHealthy === 0 ||
              (percent ?? 0) >= Math.min(99, 100 - seen.candidatePercent),
          };
          expect(holds).toEqual({ dead: true, away: true, all: true, kept: true });
          const weights = overrideWeights({ lastGood: 'a', candidate: 'b' }, percent ?? 100);
          expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('override: on or off', () => {
  test.each([
    ['its resting host', overrideOff('a1b2'), false],
    [
      'the resting host as older descriptions give it',
      [{ Field: 'host-header', Values: ['x.slipway.invalid'] }],
      false,
    ],
    [
      'a real host',
      [{ Field: 'host-header', HostHeaderConfig: { Values: ['shop.example.com'] } }],
      true,
    ],
    [
      'a real host beside it',
      [
        {
          Field: 'host-header',
          HostHeaderConfig: { Values: ['x.slipway.invalid', 'shop.example.com'] },
        },
      ],
      true,
    ],
    ['only a path', [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }], true],
    ['nothing at all', [], true],
  ])('%s', (_name, conditions, on) => {
    expect(overrideIsOn(conditions)).toBe(on);
  });
});
