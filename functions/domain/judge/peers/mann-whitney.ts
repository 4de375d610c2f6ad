import { brentRoot } from './brent.ts';
import { normalQuantile } from './normal-quantile.ts';

/** The Hodges-Lehmann shift of the experiment over the control, with its confidence interval. */
export interface Shift {
  readonly lower: number;
  readonly upper: number;
  readonly estimate: number;
}

/** What can't be tested: every observation is tied with every other. */
export class AllTied extends Error {
  override readonly name = 'AllTied';
}

/** The rank sum of the experiment moved by −shift, standardized: ties averaged, variance corrected for them, and for continuity. */
export const standardizedRankSum = (
  shift: number,
  experiment: readonly number[],
  control: readonly number[],
): number => {
  const n = experiment.length;
  const m = control.length;
  const pooled = [
    ...experiment.map((value) => ({ value: value - shift, ours: true })),
    ...control.map((value) => ({ value, ours: false })),
  ].sort((a, b) => a.value - b.value);
  let ranks = 0;
  let ties = 0;
  for (let start = 0; start < pooled.length; ) {
    let end = start;
    let ours = 0;
    while (end < pooled.length && pooled[end]?.value === pooled[start]?.value) {
      if (pooled[end]?.ours === true) ours += 1;
      end += 1;
    }
    const tied = end - start;
    ranks += ours * ((start + 1 + end) / 2);
    ties += tied ** 3 - tied;
    start = end;
  }
  const excess = ranks - (n * (n + 1)) / 2 - (n * m) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))));
  if (deviation === 0) {
    throw new AllTied('no confidence interval exists when all observations are tied');
  }
  return (excess - Math.sign(excess) * 0.5) / deviation;
};

/** The Mann-Whitney U test's confidence interval, as R's wilcox.test(conf.int = TRUE, exact = FALSE) and Kayenta compute it. */
export const shiftOf = (
  experiment: readonly number[],
  control: readonly number[],
  confLevel: number,
): Shift => {
  const from = least(experiment) - most(control);
  const to = most(experiment) - least(control);
  const lowest = standardizedRankSum(from, experiment, control);
  const highest = standardizedRankSum(to, experiment, control);
  const root = (quantile: number): number =>
    brentRoot((shift) => standardizedRankSum(shift, experiment, control) - quantile, {
      from,
      to,
      atFrom: lowest - quantile,
      atTo: highest - quantile,
    });
  const bounded = (quantile: number): number => {
    if (lowest - quantile <= 0) return from;
    return highest - quantile >= 0 ? to : root(quantile);
  };
  const quantile = normalQuantile((1 - confLevel) / 2);
  return { lower: bounded(-quantile), upper: bounded(quantile), estimate: root(0) };
};

const least = (values: readonly number[]): number =>
  values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);

const most = (values: readonly number[]): number =>
  values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
