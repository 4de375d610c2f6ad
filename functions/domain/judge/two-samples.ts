import type { Verdict } from '../verdict.ts';
import { fromLog, logChoose, logMean, logSum } from './log-space.ts';
import { MULTIPLES } from './multiples.ts';

/** Which way is bad. */
export type Direction = 'increase' | 'decrease' | 'either';

/** Where the pooled sample is cut, from its middle to its tails. */
const CUTS = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;

/** An experiment's point so many of the control's ranges beyond the control was never seen there. */
const REACH = 2;

/** Evidence from which a look is said to lean. */
const LEANS = 3;

/** A spread so many times the other's is a difference, however few points show it. */
const SPREAD = 2;

/** Says what two plain samples of an unknown distribution mean for the experiment. */
export interface SampleVerdict {
  readonly verdict: Verdict;
  readonly eValue: number;
  readonly atSeconds: null;
  readonly explanation: string;
}

/**
 * A two-sample test that is valid for every distribution: under "the labels control and experiment could be exchanged"
 * the number of the experiment's points among the X largest of the pooled N is hypergeometric, whatever the values are.
 * For a fixed cut and λ, λ^x over its exact mean under that law is therefore an e-value, and so is the mean over cuts
 * (quantiles of the pooled sample, which the labels don't touch), over λ, and over what is looked at:
 * - upper: too many large points are the experiment's (location, upper tail);
 * - lower: too many small ones;
 * - wide and narrow: too many, or too few, points far from the pooled median are (scale).
 * P(E ≥ 1/α) ≤ α (Markov). It is one look at one finished sample: who looks again at a grown one uses ticks.
 *
 * Not condemned is not acquitted. A sample passes when it was large enough to have condemned, leans to neither side, and
 * shows nothing that the control could not have shown: a control that never moved acquits no experiment that did.
 */
export const judgeSamples = (
  control: readonly number[],
  experiment: readonly number[],
  { direction, alpha }: { readonly direction: Direction; readonly alpha: number },
): SampleVerdict => {
  const logE = logEOfSamples(control, experiment, direction);
  const judged = (verdict: Verdict, explanation: string): SampleVerdict => ({
    verdict,
    eValue: fromLog(logE),
    atSeconds: null,
    explanation,
  });
  const sizes = `${experiment.length} points of the experiment against ${control.length} of the control`;
  const evidence = `evidence of ${Number(fromLog(logE).toPrecision(3))} that they differ for the worse, ${Number((1 / alpha).toPrecision(4))} condemns`;
  if (control.length === 0 || experiment.length === 0) {
    return judged('inconclusive', `${sizes}: nothing to compare`);
  }
  const bar = -Math.log(alpha);
  if (logE >= bar) return judged('fail', `${sizes}: ${evidence}`);
  if (largestLogE(control.length, experiment.length, direction) < bar) {
    return judged(
      'inconclusive',
      `${sizes} are too few: not even complete separation could condemn at α = ${alpha}`,
    );
  }
  const stray = strayPoint(control, experiment, direction);
  if (stray !== null) {
    return judged('inconclusive', `${sizes}: ${stray}; ${evidence}`);
  }
  if (leans(control, experiment, direction)) {
    return judged('inconclusive', `${sizes}: they don't look alike; ${evidence}`);
  }
  return judged('pass', `${sizes} look alike; ${evidence}`);
};

/** What can be looked at, each with its ln e-value. */
interface Looks {
  readonly upper: number;
  readonly lower: number;
  readonly wide: number;
  readonly narrow: number;
}

/** What is a change for the worse, by the direction that is bad. Chosen before the data: these are averaged. */
const WORSE = {
  increase: ['upper', 'wide'],
  decrease: ['lower', 'wide'],
  either: ['upper', 'lower', 'wide', 'narrow'],
} as const satisfies Record<Direction, readonly (keyof Looks)[]>;

/** ln of the e-value against exchangeable labels, in the bad direction. */
export const logEOfSamples = (
  control: readonly number[],
  experiment: readonly number[],
  direction: Direction,
): number => {
  const looks = looksOf(control, experiment);
  return logMean(WORSE[direction].map((look) => looks[look]));
};

const looksOf = (control: readonly number[], experiment: readonly number[]): Looks => {
  const points = [
    ...control.map((value) => ({ value, ours: false })),
    ...experiment.map((value) => ({ value, ours: true })),
  ];
  const middle = median(points.map(({ value }) => value));
  const look = (score: (value: number) => number): number =>
    logEOfLook(points.map(({ value, ours }) => ({ value: score(value), ours })));
  return {
    upper: look((value) => value),
    lower: look((value) => -value),
    wide: look((value) => Math.abs(value - middle)),
    narrow: look((value) => -Math.abs(value - middle)),
  };
};

/**
 * Whether anything about the experiment keeps it from being called alike: a look that leans, for itself, or a spread of
 * its own. A spread that changed is forgiven where it comes with a move in the good direction, which changes it as well.
 */
const leans = (
  control: readonly number[],
  experiment: readonly number[],
  direction: Direction,
): boolean => {
  const looks = looksOf(control, experiment);
  const bar = Math.log(LEANS);
  if (WORSE[direction].some((look) => looks[look] >= bar)) return true;
  const improved =
    (direction === 'increase' && looks.lower >= bar) ||
    (direction === 'decrease' && looks.upper >= bar);
  const [ours, theirs] = [spread(experiment), spread(control)];
  const spreads = looks.narrow >= bar || ours > SPREAD * theirs || theirs > SPREAD * ours;
  return spreads && !improved;
};

/** Mean distance from the median: not ruled by one outlier, and not 0 for a metric that is mostly 0. */
const spread = (values: readonly number[]): number => {
  const middle = median(values);
  return values.reduce((sum, value) => sum + Math.abs(value - middle), 0) / values.length;
};

interface Point {
  readonly value: number;
  readonly ours: boolean;
}

/** Bets that too many of the largest points are the experiment's, at every cut. */
const logEOfLook = (points: readonly Point[]): number => {
  const sorted = [...points].sort((a, b) => b.value - a.value);
  const ours = sorted.reduce<number[]>(
    (counts, point, index) => {
      counts.push((counts[index] ?? 0) + (point.ours ? 1 : 0));
      return counts;
    },
    [0],
  );
  const all = sorted.length;
  const experiment = ours[all] ?? 0;
  const logs = cutsOf(sorted.map(({ value }) => value)).map((above) =>
    logEOfCut({ above, hits: ours[above] ?? 0, experiment, all }),
  );
  return logs.length === 0 ? 0 : logMean(logs);
};

/** How many points lie strictly above each cut, without repetition. `falling`: largest first. */
const cutsOf = (falling: readonly number[]): number[] => {
  const all = falling.length;
  const above = CUTS.map((cut) => {
    const at = falling[Math.min(all - 1, Math.floor((1 - cut) * all))] ?? 0;
    return falling.findIndex((value) => value <= at);
  });
  return [...new Set(above)].filter((count) => count > 0 && count < all);
};

interface Cut {
  readonly above: number;
  readonly hits: number;
  readonly experiment: number;
  readonly all: number;
}

/** The mean over λ of λ^hits over its exact hypergeometric mean. */
const logEOfCut = ({ above, hits, experiment, all }: Cut): number => {
  const least = Math.max(0, above - (all - experiment));
  const most = Math.min(above, experiment);
  const total = logChoose(all, experiment);
  // From one count to the next the law changes by a ratio, which is far cheaper than its binomials.
  let law = logChoose(above, least) + logChoose(all - above, experiment - least) - total;
  const laws = [law];
  for (let count = least; count < most; count += 1) {
    law += Math.log(
      ((above - count) * (experiment - count)) /
        ((count + 1) * (all - above - experiment + count + 1)),
    );
    laws.push(law);
  }
  return logMean(
    MULTIPLES.map((multiple) => {
      const log = Math.log(multiple);
      const mean = logSum(laws.map((chance, index) => chance + (least + index) * log));
      return hits * log - mean;
    }),
  );
};

/** The most that samples of these sizes could show: every point of the experiment on the bad side of the control. */
const largestLogE = (controls: number, experiments: number, direction: Direction): number => {
  const sign = direction === 'decrease' ? -1 : 1;
  return logEOfSamples(
    Array.from({ length: controls }, (_, index) => index),
    Array.from({ length: experiments }, (_, index) => sign * (controls + experiments + index)),
    direction,
  );
};

/** A point of the experiment on the bad side that nothing in the control resembles, in words. */
const strayPoint = (
  control: readonly number[],
  experiment: readonly number[],
  direction: Direction,
): string | null => {
  const [low, high] = extremes(control);
  const room = REACH * (high - low);
  const [least, most] = extremes(experiment);
  if (direction !== 'decrease' && most > high + room) return strayWords(most, low, high);
  if (direction !== 'increase' && least < low - room) return strayWords(least, low, high);
  return null;
};

const strayWords = (stray: number, low: number, high: number): string =>
  low === high
    ? `the control was ${low} throughout, the experiment reached ${stray}`
    : `the control stayed within ${low} and ${high}, the experiment reached ${stray}`;

const extremes = (values: readonly number[]): [number, number] =>
  values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
};
