import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chanceOf, poissonOf } from '../../../bench/judge/draw.ts';
import { afterTick, type TickCounts } from '../../../functions/domain/judge/allocation.ts';
import { logChoose, logSum } from '../../../functions/domain/judge/log-space.ts';
import { freshBets, logEOf, MULTIPLES } from '../../../functions/domain/judge/multiples.ts';

const tick = (
  seconds: number,
  stable: [number, number],
  candidate: [number, number],
): TickCounts => ({
  seconds,
  stable: { requests: stable[0], bad: stable[1] },
  candidate: { requests: candidate[0], bad: candidate[1] },
});

interface Draw {
  readonly seconds: number;
  readonly stable: number;
  readonly candidate: number;
  readonly bad: number;
  readonly clump?: number;
  readonly odds?: number;
}

/** ln of the exact mean of each bet's factor: over every way in which the bad requests can fall on the colors. */
const logMeans = ({ seconds, stable, candidate, bad, clump = 1, odds = 1 }: Draw): number[] => {
  const laws: number[] = [];
  const bets: number[][] = [];
  for (let ours = Math.max(0, bad - stable); ours <= Math.min(bad, candidate); ours += 1) {
    laws.push(logChoose(candidate, ours) + logChoose(stable, bad - ours) + ours * Math.log(odds));
    bets.push(
      afterTick(
        freshBets(),
        tick(seconds, [stable * clump, (bad - ours) * clump], [candidate * clump, ours * clump]),
      ),
    );
  }
  const total = logSum(laws);
  return MULTIPLES.map((_, index) =>
    logSum(laws.map((law, at) => law - total + (bets[at]?.[index] ?? 0))),
  );
};

const ROUNDING = 1e-9;
const draws = fc
  .record({
    seconds: fc.integer({ min: 1, max: 120 }),
    stable: fc.integer({ min: 1, max: 400 }),
    candidate: fc.integer({ min: 1, max: 400 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ seconds, stable, candidate, part }) => ({
    seconds,
    stable,
    candidate,
    bad: Math.round(part * (stable + candidate)),
  }));

describe('judge: allocation: a tick is an e-value', () => {
  test('drawn without replacement no bet has a mean above 1, thinned or not', () => {
    fc.assert(
      fc.property(draws, (draw) => {
        for (const log of logMeans(draw)) expect(log).toBeLessThanOrEqual(ROUNDING);
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  test('nor has it for a candidate that is better', () => {
    fc.assert(
      fc.property(draws, fc.double({ min: 0.01, max: 1, noNaN: true }), (draw, odds) => {
        for (const log of logMeans({ ...draw, odds })) expect(log).toBeLessThanOrEqual(ROUNDING);
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  test('but for one that is worse it has', () => {
    const logs = logMeans({ seconds: 60, stable: 200, candidate: 200, bad: 40, odds: 3 });
    expect(Math.max(...logs)).toBeGreaterThan(1);
  });

  test('errors that come in clumps keep the promise while no clump is larger than an average second', () => {
    for (const clump of [2, 5, 20]) {
      for (const bad of [60, 90, 200]) {
        const logs = logMeans({ seconds: 60, stable: 300, candidate: 100, bad, clump });
        for (const log of logs) expect(log).toBeLessThanOrEqual(ROUNDING);
      }
    }
  });

  test('nor need the clumps be alike', () => {
    // Clumps of 1 to 3 errors over 60 s; an average second has 3 of them. Each falls by itself, on 30 % of the traffic.
    const sizes = Array.from({ length: 90 }, (_, index) => (index % 3) + 1);
    const all = sizes.reduce((sum, size) => sum + size, 0);
    const power = Math.min(1, 60 / all);
    expect(Math.max(...sizes) * power).toBeLessThanOrEqual(1);
    for (const multiple of MULTIPLES) {
      const log = sizes.reduce(
        (sum, size) =>
          sum +
          Math.log(0.7 + 0.3 * multiple ** (size * power)) -
          size * power * Math.log1p((multiple - 1) * 0.3),
        0,
      );
      expect(log).toBeLessThanOrEqual(ROUNDING);
    }
  });

  test('with larger clumps it does not hold, and does not claim to', () => {
    const logs = logMeans({ seconds: 60, stable: 300, candidate: 100, bad: 4, clump: 10 });
    expect(Math.max(...logs)).toBeGreaterThan(0);
  });
});

describe('judge: allocation: what moves it', () => {
  test.each([
    ['no errors', tick(60, [900, 0], [100, 0])],
    ['no requests of stable', tick(60, [0, 0], [100, 40])],
    ['no requests of the candidate', tick(60, [100, 40], [0, 0])],
    ['no requests at all', tick(60, [0, 0], [0, 0])],
  ])('%s: nothing', (_name, counts) => {
    expect(logEOf(afterTick(freshBets(), counts))).toBeCloseTo(0, 12);
  });

  test('an outage of a shared dependency in proportion to the traffic lowers it', () => {
    const bets = afterTick(freshBets(), tick(60, [27_000, 13_500], [3000, 1500]));
    expect(logEOf(bets)).toBeLessThan(0);
  });

  test.each([
    ['more bad than requests', tick(60, [10, 11], [10, 0])],
    ['less than none', tick(60, [10, -1], [10, 0])],
    ['no time', tick(0, [10, 1], [10, 0])],
  ])('%s is a bug of the caller', (_name, counts) => {
    expect(() => afterTick(freshBets(), counts)).toThrow(/can't be bad|longer than/);
  });
});

describe('judge: allocation: looking at every tick', () => {
  const BAR = Math.log(1 / 0.05);
  const reaches = (seed: number, worse: number, ticks: number): number | null => {
    const chance = chanceOf(2026, seed);
    let bets = freshBets();
    for (let index = 0; index < ticks; index += 1) {
      // The weight grows on the way, traffic swings, and in the middle a dependency of both fails.
      const share = [0.01, 0.1, 0.3, 0.5][Math.floor((4 * index) / ticks)] ?? 0.5;
      const requests = 600 * (1 + Math.sin(index));
      const ratio = index >= 8 && index < 11 ? 0.4 : 0.01;
      const counts = (part: number, bad: number) => {
        const failed = poissonOf(requests * part * bad)(chance);
        return { requests: failed + poissonOf(requests * part * (1 - bad))(chance), bad: failed };
      };
      bets = afterTick(bets, {
        seconds: 60,
        stable: counts(1 - share, ratio),
        candidate: counts(share, Math.min(1, ratio * worse)),
      });
      if (logEOf(bets) >= BAR) return index;
    }
    return null;
  };

  test('an equal candidate is ever condemned in at most α of the rollouts', () => {
    const runs = 3000;
    let condemned = 0;
    for (let seed = 0; seed < runs; seed += 1) condemned += reaches(seed, 1, 20) === null ? 0 : 1;
    // One-sided 99.9 % bound of a binomial of 3000 draws at 0.05.
    expect(condemned).toBeLessThanOrEqual(190);
    expect(condemned).toBeGreaterThan(0);
  });

  test('a candidate five times worse is condemned nearly always', () => {
    let condemned = 0;
    for (let seed = 0; seed < 200; seed += 1) condemned += reaches(seed, 5, 20) === null ? 0 : 1;
    expect(condemned).toBeGreaterThan(190);
  });

  test.each([
    ['20 %', 0.2, 20],
    ['2.5 %', 0.025, 200],
  ])(
    '50 rps, 10 %% on the candidate, stable at 0.5 %%: one at %s is found in seconds',
    (_name, ratio, within) => {
      const found: number[] = [];
      for (let seed = 0; seed < 101; seed += 1) {
        const chance = chanceOf(7, seed);
        let bets = freshBets();
        let second = 0;
        while (logEOf(bets) < Math.log(1000) && second < 1000) {
          second += 1;
          const [ours, theirs] = [poissonOf(5 * ratio)(chance), poissonOf(45 * 0.005)(chance)];
          bets = afterTick(bets, tick(1, [45, theirs], [5, Math.min(5, ours)]));
        }
        found.push(second);
      }
      expect(found.sort((a, b) => a - b)[50]).toBeLessThan(within);
    },
  );

  test.each([
    [0, 3],
    [20, 8],
    [120, 15],
  ])(
    'five times as bad after %d clean minutes: condemned within %d, half of the time',
    (clean, within) => {
      const found: number[] = [];
      for (let seed = 0; seed < 61; seed += 1) {
        const chance = chanceOf(3, seed);
        const counts = (requests: number, ratio: number) => {
          const bad = poissonOf(requests * ratio)(chance);
          return { bad, requests: bad + poissonOf(requests * (1 - ratio))(chance) };
        };
        let bets = freshBets();
        let minute = 0;
        while (minute < clean || logEOf(bets) < Math.log(1000)) {
          minute += 1;
          const ratio = minute <= clean ? 0.005 : 0.025;
          bets = afterTick(bets, {
            seconds: 60,
            stable: counts(2700, 0.005),
            candidate: counts(300, ratio),
          });
        }
        found.push(minute - clean);
      }
      expect(found.sort((a, b) => a - b)[30]).toBeLessThanOrEqual(within);
    },
  );
});
