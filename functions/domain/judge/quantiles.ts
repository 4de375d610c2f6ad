import { z } from 'zod';
import { invariant } from '../invariant.ts';
import { afterTick } from './allocation.ts';
import { logMean } from './log-space.ts';
import { Bets, freshBets, logEOf } from './multiples.ts';

/** The quantiles that are compared. Fixed beforehand, as their e-values are averaged. */
export const LEVELS = [0.5, 0.9, 0.99] as const;

/** Answers of stable that must lie above a quantile before it is known well enough to bet on. */
const ABOVE_MIN = 5;

/** Stable's histogram so far, and the bets per level. */
export const QuantileState = z.object({
  stable: z.array(z.number().nonnegative()),
  bets: z.array(Bets).length(LEVELS.length),
});
export type QuantileState = z.infer<typeof QuantileState>;

/** Nothing seen yet, for histograms of so many buckets. */
export const freshQuantiles = (buckets: number): QuantileState => ({
  stable: Array.from({ length: buckets }, () => 0),
  bets: LEVELS.map(freshBets),
});

/** Both colors' response times of a tick, counted into the same buckets, fastest first. */
export interface TickHistograms {
  readonly seconds: number;
  readonly stable: readonly number[];
  readonly candidate: readonly number[];
}

/**
 * An anytime-valid comparison of quantiles. Stable's quantile is taken from the ticks before this one, so that it is a
 * fixed number when the tick comes; answers above it are then allocated between the colors exactly as errors are, and
 * the same e-process says whether too many of them are the candidate's. Null hypothesis: given the past, the candidate's
 * answers are not slower than stable's (at every level, its share above stable's quantile is no larger).
 */
export const afterHistograms = (state: QuantileState, tick: TickHistograms): QuantileState => {
  const { stable, candidate, seconds } = tick;
  invariant(
    stable.length === state.stable.length && candidate.length === state.stable.length,
    `a histogram has ${state.stable.length} buckets from the first tick to the last`,
  );
  const known = sum(state.stable);
  return {
    stable: state.stable.map((count, bucket) => count + (stable[bucket] ?? 0)),
    bets: state.bets.map((bets, index) => {
      const level = LEVELS[index] ?? 1;
      if (known * (1 - level) < ABOVE_MIN) return bets;
      const quantile = bucketOf(state.stable, level * known);
      return afterTick(bets, {
        seconds,
        stable: { requests: sum(stable), bad: sum(stable.slice(quantile + 1)) },
        candidate: { requests: sum(candidate), bad: sum(candidate.slice(quantile + 1)) },
      });
    }),
  };
};

/** ln E over all levels. */
export const logEOfQuantiles = ({ bets }: QuantileState): number => logMean(bets.map(logEOf));

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

const bucketOf = (histogram: readonly number[], rank: number): number => {
  let below = 0;
  const found = histogram.findIndex((count) => {
    below += count;
    return below >= rank;
  });
  return found === -1 ? histogram.length - 1 : found;
};
