import type { Aggregate } from './aggregate.ts';

/** The part of a period's values that a statistic such as `TC(0.8:)` or `tc90` is about. */
export interface ValueRange {
  /** Exclusive; `undefined`: from the lowest. */
  readonly from: number | undefined;
  /** Inclusive; `undefined`: up to the highest. */
  readonly to: number | undefined;
  /** Bounds are shares of the values, in percent, instead of values. */
  readonly percent: boolean;
}

const SHORT = /^tc(\d{1,2}(?:\.\d{1,10})?|100)$/i;
const BOUND = String.raw`(-?\d+(?:\.\d{1,10})?)?(%)?`;
const LONG = new RegExp(`^(TC|PR)\\(${BOUND}:${BOUND}\\)$`);

/** Reads `tc90`, `TC(0.8:)`, `TC(10%:90%)`, `PR(:300)`; `undefined` for anything else, mixed and missing bounds too. */
export const rangeIn = (
  name: string,
): { readonly kind: 'TC' | 'PR'; readonly range: ValueRange } | undefined => {
  const short = SHORT.exec(name)?.[1];
  if (short !== undefined) {
    return { kind: 'TC', range: { from: undefined, to: Number(short), percent: true } };
  }
  const [, kind, from, fromPercent, to, toPercent] = LONG.exec(name) ?? [];
  if (kind !== 'TC' && kind !== 'PR') return undefined;
  const percents = [
    from === undefined ? undefined : fromPercent,
    to === undefined ? undefined : toPercent,
  ];
  const given = [from, to].filter((bound) => bound !== undefined).length;
  const inPercent = percents.filter((mark) => mark === '%').length;
  const stray = (from === undefined && fromPercent) || (to === undefined && toPercent);
  if (given === 0 || stray || (inPercent !== 0 && inPercent !== given)) return undefined;
  if (kind === 'PR' && inPercent > 0) return undefined;
  return {
    kind,
    range: {
      from: from === undefined ? undefined : Number(from),
      to: to === undefined ? undefined : Number(to),
      percent: inPercent > 0,
    },
  };
};

/** How many values are in a range; `undefined` where single values are not known. */
export const countIn = (aggregate: Aggregate, range: ValueRange): number | undefined => {
  const { histogram, count } = aggregate;
  if (histogram === undefined) return undefined;
  // CloudWatch interpolates, so a share of the values need not be a whole number of them.
  if (range.percent) return (count * ((range.to ?? 100) - (range.from ?? 0))) / 100;
  let found = 0;
  for (const [value, times] of histogram) {
    if (range.from !== undefined && value <= range.from) continue;
    if (range.to !== undefined && value > range.to) continue;
    found += times;
  }
  return found;
};
