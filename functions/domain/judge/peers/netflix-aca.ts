import type { Direction } from '../two-samples.ts';
import { AllTied, shiftOf } from './mann-whitney.ts';
import { normalQuantile } from './normal-quantile.ts';

/** How Kayenta's NetflixACAJudge is set for a metric. */
export interface AcaTerms {
  readonly direction: Direction;
  /** Part of the estimated shift that the confidence interval must clear. */
  readonly tolerance: number;
  readonly confLevel: number;
  /** Allowed decrease and increase of the effect. */
  readonly effectSizeThresholds: readonly [number, number];
  readonly criticalThresholds: readonly [number, number];
  readonly effectSizeMeasure: 'meanRatio' | 'cles';
  /** What becomes of missing values: left out, or taken for 0. */
  readonly nanStrategy: 'remove' | 'replace';
  readonly critical: boolean;
  readonly mustHaveData: boolean;
}

/** Kayenta's own settings where a metric says nothing. */
export const acaDefaults = (measure: AcaTerms['effectSizeMeasure'] = 'meanRatio'): AcaTerms => {
  const even = measure === 'cles' ? 0.5 : 1;
  return {
    direction: 'either',
    tolerance: 0.25,
    confLevel: 0.98,
    effectSizeThresholds: [even, even],
    criticalThresholds: [even, even],
    effectSizeMeasure: measure,
    nanStrategy: 'remove',
    critical: false,
    mustHaveData: false,
  };
};

/** Kayenta's labels. */
export type AcaLabel = 'Pass' | 'High' | 'Low' | 'Nodata' | 'NodataFailMetric' | 'Error';

/** A metric's classification. `deviation` is the ratio of means, `null` where it can't be computed. */
export interface Classification {
  readonly classification: AcaLabel;
  readonly reason: string | null;
  readonly deviation: number | null;
  readonly effectSize: number | null;
  readonly critical: boolean;
  readonly lowerConfidence: number | null;
  readonly upperConfidence: number | null;
  readonly estimate: number | null;
}

/** A value that may be missing. */
export type Sampled = number | null;

/**
 * Classifies a metric as Kayenta's NetflixACAJudge does (MannWhitneyClassifier behind its treatment of missing values;
 * github.com/spinnaker/spinnaker, kayenta/kayenta-judge). One thing differs: where both samples are constant Kayenta adds
 * random noise of 1e-5 of the value to make them rankable; here the noise is normal scores, the same in every run.
 */
export const classify = (
  control: readonly Sampled[],
  experiment: readonly Sampled[],
  terms: AcaTerms,
): Classification => {
  const controls = withoutGaps(control, terms.nanStrategy);
  const experiments = withoutGaps(experiment, terms.nanStrategy);
  if (controls.length === 0 || experiments.length === 0) {
    if (terms.nanStrategy === 'replace') return plain('Pass', null);
    const reason = 'Missing data';
    return terms.mustHaveData && !terms.critical
      ? plain('NodataFailMetric', reason)
      : { ...plain('Nodata', reason), critical: terms.critical };
  }
  if (sameValues(controls, experiments)) return plain('Pass', 'The data are identical');
  if (new Set([...controls, ...experiments]).size === 1) return plain('Pass', null);
  try {
    return compared(controls, experiments, terms);
  } catch (error) {
    if (error instanceof AllTied) return plain('Error', error.message);
    throw error;
  }
};

const compared = (
  controls: readonly number[],
  experiments: readonly number[],
  terms: AcaTerms,
): Classification => {
  const degenerate = new Set(controls).size === 1 && new Set(experiments).size === 1;
  const x = degenerate ? withNoise(experiments) : experiments;
  const y = degenerate ? withNoise(controls) : controls;
  const { lower, upper, estimate } = shiftOf(x, y, terms.confLevel);
  const deviation = meanRatio(x, y);
  const effectSize = terms.effectSizeMeasure === 'cles' ? cles(x, y) : deviation;
  const bound = terms.tolerance * Math.abs(estimate);
  const grown = (limit: number) => effectSize === null || effectSize >= limit;
  const shrunk = (limit: number) => effectSize === null || effectSize <= limit;
  const [decrease, increase] = terms.effectSizeThresholds;
  const [criticalDecrease, criticalIncrease] = terms.criticalThresholds;
  const figures = {
    deviation,
    effectSize,
    lowerConfidence: lower,
    upperConfidence: upper,
    estimate,
  };
  if (terms.direction !== 'decrease' && lower > bound && grown(increase)) {
    const critical = terms.critical && grown(criticalIncrease);
    return { classification: 'High', reason: classified('High', critical), critical, ...figures };
  }
  if (terms.direction !== 'increase' && upper < -bound && shrunk(decrease)) {
    const critical = terms.critical && shrunk(criticalDecrease);
    return { classification: 'Low', reason: classified('Low', critical), critical, ...figures };
  }
  return { classification: 'Pass', reason: null, critical: false, ...figures };
};

const classified = (label: AcaLabel, critical: boolean): string =>
  `The metric was classified as ${label}${critical ? ' (Critical)' : ''}`;

const plain = (classification: AcaLabel, reason: string | null): Classification => ({
  classification,
  reason,
  deviation: 1,
  effectSize: null,
  critical: false,
  lowerConfidence: null,
  upperConfidence: null,
  estimate: null,
});

const withoutGaps = (values: readonly Sampled[], strategy: AcaTerms['nanStrategy']): number[] =>
  strategy === 'replace'
    ? values.map((value) => value ?? 0)
    : values.filter((value) => value !== null);

const sameValues = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false;
  const rising = (values: readonly number[]) => [...values].sort((x, y) => x - y);
  const sorted = rising(b);
  return rising(a).every((value, index) => value === sorted[index]);
};

const NOISE = 1e-5;

const withNoise = (values: readonly number[]): number[] =>
  values.map(
    (value, index) =>
      value + Math.abs(value) * NOISE * normalQuantile((index + 1) / (values.length + 1)),
  );

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const meanRatio = (experiment: readonly number[], control: readonly number[]): number | null => {
  const over = mean(experiment);
  const under = mean(control);
  return over === 0 || under === 0 ? null : over / under;
};

/** The share of pairs in which the experiment's value is the larger (Vargha and Delaney 2000); ties count half. */
const cles = (experiment: readonly number[], control: readonly number[]): number => {
  const sorted = [...control].sort((a, b) => a - b);
  const below = (value: number, orEqual: boolean): number => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = sorted[middle] ?? 0;
      if (at < value || (orEqual && at === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const wins = experiment.reduce(
    (sum, value) => sum + (below(value, false) + below(value, true)) / 2,
    0,
  );
  return wins / (experiment.length * control.length);
};
