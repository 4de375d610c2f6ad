import { countIn, rangeIn } from './value-range.ts';

/** What CloudWatch keeps of the values of one period. */
export interface Aggregate {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Value to how often it was seen; `undefined` once a statistic set came in, whose values nobody knows. */
  histogram: Map<number, number> | undefined;
}

/** Above so many different values in one bucket, values are kept to three digits (CloudWatch's own histograms are coarser). */
const EXACT_VALUES = 2_000;

/** An aggregate that holds nothing yet. */
export const emptyAggregate = (): Aggregate => ({
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  histogram: new Map(),
});

const coarse = (value: number): number => Number(value.toPrecision(3));

const countValue = (aggregate: Aggregate, value: number, count: number): void => {
  const histogram = aggregate.histogram;
  if (!histogram) return;
  const key = histogram.size >= EXACT_VALUES && !histogram.has(value) ? coarse(value) : value;
  histogram.set(key, (histogram.get(key) ?? 0) + count);
};

/** Adds `count` sightings of `value`. */
export const addValue = (aggregate: Aggregate, value: number, count: number): void => {
  aggregate.count += count;
  aggregate.sum += value * count;
  aggregate.min = Math.min(aggregate.min, value);
  aggregate.max = Math.max(aggregate.max, value);
  countValue(aggregate, value, count);
};

/** Adds what a statistic set says. Its single values are only known if they're all the same. */
export const addStatistics = (
  aggregate: Aggregate,
  set: { count: number; sum: number; min: number; max: number },
): void => {
  aggregate.count += set.count;
  aggregate.sum += set.sum;
  aggregate.min = Math.min(aggregate.min, set.min);
  aggregate.max = Math.max(aggregate.max, set.max);
  if (set.min === set.max) countValue(aggregate, set.min, set.count);
  else aggregate.histogram = undefined;
};

/** Adds all of `other` to `aggregate`. */
export const mergeAggregate = (aggregate: Aggregate, other: Aggregate): void => {
  aggregate.count += other.count;
  aggregate.sum += other.sum;
  aggregate.min = Math.min(aggregate.min, other.min);
  aggregate.max = Math.max(aggregate.max, other.max);
  if (!other.histogram) aggregate.histogram = undefined;
  else for (const [value, count] of other.histogram) countValue(aggregate, value, count);
};

const percentile = (aggregate: Aggregate, percent: number): number | undefined => {
  if (!aggregate.histogram) return undefined;
  const rank = Math.max((percent / 100) * aggregate.count, Number.MIN_VALUE);
  let seen = 0;
  for (const [value, count] of [...aggregate.histogram].sort(([a], [b]) => a - b)) {
    seen += count;
    // A hair of slack: 0.1 * 30 is a little more than 3.
    if (seen >= rank - 1e-9) return value;
  }
  return aggregate.max;
};

const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/;

/** A statistic by CloudWatch's name (`Sum`, `p99.9`, `TC(0.8:)`), or `undefined` if the local CloudWatch doesn't know it. */
export const statisticNamed = (
  name: string,
): ((aggregate: Aggregate) => number | undefined) | undefined => {
  switch (name) {
    case 'SampleCount':
      return (aggregate) => aggregate.count;
    case 'Sum':
      return (aggregate) => aggregate.sum;
    case 'Average':
      return (aggregate) => aggregate.sum / aggregate.count;
    case 'Minimum':
      return (aggregate) => aggregate.min;
    case 'Maximum':
      return (aggregate) => aggregate.max;
    default: {
      const trimmed = rangeIn(name);
      if (trimmed !== undefined) {
        const { kind, range } = trimmed;
        return (aggregate) => {
          const found = countIn(aggregate, range);
          if (found === undefined || kind === 'TC') return found;
          return (100 * found) / aggregate.count;
        };
      }
      const percent = PERCENTILE.exec(name)?.[1];
      return percent === undefined
        ? undefined
        : (aggregate) => percentile(aggregate, Number(percent));
    }
  }
};
