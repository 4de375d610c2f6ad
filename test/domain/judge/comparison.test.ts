import { describe, expect, test } from 'vitest';
import { ALPHA, cells, TICK_SECONDS } from '../../../bench/judge/cells.ts';
import { chanceOf, logFactorial, poissonOf } from '../../../bench/judge/draw.ts';
import { Fisher, FixedThreshold, MannWhitney, Slipway } from '../../../bench/judge/methods.ts';
import { RankTest } from '../../../bench/judge/rank-test.ts';
import { type CellResult, simulate } from '../../../bench/judge/simulate.ts';
import {
  brokenPromises,
  keepsAlpha,
  type Measured,
  mostByChance,
  slowerThan,
} from '../../../bench/judge/verdicts.ts';
import { acaDefaults, classify } from '../../../functions/domain/judge/peers/netflix-aca.ts';
import { replay } from '../../../functions/domain/judge/replay.ts';

const RUNS = 150;
const measured = (): Measured[] =>
  cells().map((cell) => ({ cell, result: simulate(cell, { runs: RUNS, seed: 1 }) }));

describe('judge: comparison: a small sample of the bench', () => {
  const all = measured();
  const of = (which: Partial<Measured['cell']>): CellResult['outcomes'] => {
    const found = all.find(({ cell }) =>
      Object.entries(which).every(([key, value]) => cell[key as keyof typeof cell] === value),
    );
    if (found === undefined) throw new Error(`no cell ${JSON.stringify(which)}`);
    return found.result.outcomes;
  };

  test('it holds every setting that the comparison is about', () => {
    expect(all.length).toBe(183);
    expect(all.filter(({ cell }) => cell.kind === 'steady' && cell.equal).length).toBe(36);
    for (const { cell } of all) {
      const seconds = cell.ticks.map((phases) =>
        phases.reduce((sum, each) => sum + each.seconds, 0),
      );
      expect(new Set(seconds)).toEqual(new Set([TICK_SECONDS]));
    }
  });

  test('ours keeps α in every cell that it promises; nobody who keeps it is sooner', () => {
    expect(brokenPromises(all).map(({ cell }) => cell)).toEqual([]);
    expect(slowerThan(all, keepsAlpha(all))).toEqual([]);
  });

  test('the others do not keep it', () => {
    const outage = of({ kind: 'outage', rate: 50, share: 0.5 });
    expect(outage.fixed.condemned).toBe(RUNS);
    expect(outage.consecutive.condemned).toBe(RUNS);
    expect(of({ kind: 'shift', rate: 500 }).fisher.condemned).toBe(RUNS);
    expect(keepsAlpha(all)).toEqual([]);
  });

  test.each([
    [{ rate: 50, share: 0.1, stable: 0.005, candidate: '40×' }, 60],
    [{ rate: 50, share: 0.1, stable: 0.005, candidate: '5×' }, 120],
    [{ rate: 500, share: 0.5, stable: 0, candidate: '0.5 %' }, 60],
    [{ rate: 5, share: 0.01, stable: 0, candidate: '20 %' }, 360],
  ])('%o is found within %d s, half of the time', (which, seconds) => {
    expect(of(which).slipway.median).toBeLessThanOrEqual(seconds);
  });

  test('the same seed is the same rollouts', () => {
    const [cell] = cells();
    if (cell === undefined) throw new Error('no cells');
    expect(simulate(cell, { runs: 50, seed: 9 })).toEqual(simulate(cell, { runs: 50, seed: 9 }));
  });
});

describe('judge: comparison: what it is made of', () => {
  test.each([0.3, 8, 11.9, 12, 15, 40, 63, 300])(
    'Poisson numbers of mean %d have its mean, variance and law',
    (mean) => {
      const chance = chanceOf(5, Math.round(mean * 10));
      const draw = poissonOf(mean);
      const count = 40_000;
      const drawn = Array.from({ length: count }, () => draw(chance));
      const average = drawn.reduce((sum, value) => sum + value, 0) / count;
      const variance = drawn.reduce((sum, value) => sum + (value - average) ** 2, 0) / count;
      expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(mean / count));
      expect(Math.abs(variance / mean - 1)).toBeLessThan(5 * Math.sqrt((2 + 1 / mean) / count));
      const mode = Math.floor(mean);
      const law = Math.exp(mode * Math.log(mean) - mean - logFactorial(mode));
      const seen = drawn.filter((value) => value === mode).length / count;
      expect(Math.abs(seen - law)).toBeLessThan(5 * Math.sqrt(law / count));
    },
  );

  test('the fast rank test says High where Kayenta’s classifier does', () => {
    let [alike, high] = [0, 0];
    const tries = 400;
    for (let seed = 0; seed < tries; seed += 1) {
      const chance = chanceOf(8, seed);
      const fast = new RankTest(12);
      const [experiment, control]: [number[], number[]] = [[], []];
      for (let index = 0; index < 12; index += 1) {
        const ours = poissonOf(2 + (seed % 7))(chance) / 3;
        const theirs = poissonOf(3)(chance) / 3;
        fast.add(ours, theirs);
        experiment.push(ours);
        control.push(theirs);
      }
      const slow = classify(control, experiment, { ...acaDefaults(), direction: 'increase' });
      high += fast.isHigh() ? 1 : 0;
      alike += fast.isHigh() === (slow.classification === 'High') ? 1 : 0;
    }
    expect(high).toBeGreaterThan(50);
    // Brent's root finder stops up to 1e-4 from a step, so the two may part at a border.
    expect(alike).toBeGreaterThan(0.97 * tries);
  });

  test('ours judges as the judge of a rollout does', () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const chance = chanceOf(4, seed);
      const bench = new Slipway();
      let at: number | null = null;
      const ticks = Array.from({ length: 10 }, (_, index) => {
        const counts = (requests: number, ratio: number) => {
          const bad = poissonOf(requests * ratio)(chance);
          return { bad, requests: bad + poissonOf(requests)(chance) };
        };
        const tick = {
          seconds: TICK_SECONDS,
          stable: counts(900, 0.02),
          candidate: counts(100, 0.02 * (1 + (seed % 6))),
        };
        if (at === null && bench.condemns(tick)) at = (index + 1) * TICK_SECONDS;
        return tick;
      });
      expect(replay(ticks, { alpha: ALPHA, requestsMin: 1, errorRatioMax: null }).atSeconds).toBe(
        at,
      );
    }
  });

  test('Fisher’s test is exact: it condemns at the tail it is given', () => {
    const seen = (ours: number) => ({
      stable: { requests: 100, bad: 0 },
      candidate: { requests: 100, bad: ours },
    });
    // C(100,x)/C(200,x) of the chance that all x errors are the candidate's: 15 lie just below α/30 = 3.3e-5, 14 above.
    expect(new Fisher().condemns(seen(15))).toBe(true);
    expect(new Fisher().condemns(seen(13))).toBe(false);
  });

  test('a fixed threshold needs three in a row, a rank test five intervals', () => {
    const bad = { stable: { requests: 900, bad: 0 }, candidate: { requests: 100, bad: 20 } };
    const good = { stable: { requests: 900, bad: 0 }, candidate: { requests: 100, bad: 0 } };
    const fixed = new FixedThreshold();
    expect([bad, bad, good, bad, bad, bad].map((tick) => fixed.condemns(tick))).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    const ranks = new MannWhitney();
    expect([bad, bad, bad, bad, bad].map((tick) => ranks.condemns(tick))).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('the bound of chance', () => {
    expect(mostByChance(20_000, 0.001)).toBe(35);
    expect(mostByChance(10, 0.5)).toBe(9);
  });
});
