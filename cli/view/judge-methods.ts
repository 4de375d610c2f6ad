import { chanceOfRun } from '../../functions/domain/judge/peers/failures-in-a-row.ts';
import {
  fixedThreshold,
  pointsInARow,
  type RuleVerdict,
} from '../../functions/domain/judge/peers/in-a-row.ts';
import {
  type AcaTerms,
  acaDefaults,
  type Classification,
  classify,
} from '../../functions/domain/judge/peers/netflix-aca.ts';
import { type Replayed, replay } from '../../functions/domain/judge/replay.ts';
import { judgeSamples } from '../../functions/domain/judge/two-samples.ts';
import type { Recording, Settings } from './judge-input.ts';

/** The ways to judge a recording: ours, and those it is compared with. */
export const METHODS = [
  'slipway',
  'mann-whitney',
  'fixed-threshold',
  'consecutive-failures',
] as const;
export type Method = (typeof METHODS)[number];

/** What a method says. */
export type Answer = Replayed | Classification | RuleVerdict;

const DEFAULTS = { alpha: 0.001, minRequests: 200, errorRatio: 0.01, inARow: 3, failures: 5 };

const present = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);

/** Ours: the e-process on ticks, the exchangeability test on samples. */
const slipway = (recording: Recording, settings: Settings): Replayed => {
  const alpha = settings.alpha ?? DEFAULTS.alpha;
  if (recording.kind === 'ticks') {
    return replay(recording.ticks, {
      alpha,
      requestsMin: settings.minRequests ?? DEFAULTS.minRequests,
      errorRatioMax: settings.errorRateMax ?? null,
    });
  }
  return judgeSamples(present(recording.control), present(recording.experiment), {
    alpha,
    direction: settings.direction ?? 'either',
  });
};

/** Kayenta's: on ticks the samples are the colors' error rates. */
const mannWhitney = (recording: Recording, settings: Settings): Classification => {
  const rates = (color: 'stable' | 'candidate'): (number | null)[] =>
    recording.kind === 'samples'
      ? []
      : recording.ticks.map((tick) => {
          const counts = tick[color];
          return counts === null || counts.requests === 0 ? null : counts.bad / counts.requests;
        });
  const [control, experiment] =
    recording.kind === 'samples'
      ? [recording.control, recording.experiment]
      : [rates('stable'), rates('candidate')];
  const direction = recording.kind === 'ticks' ? 'increase' : 'either';
  return classify(control, experiment, acaTerms({ direction, ...settings }));
};

const acaTerms = (settings: Settings): AcaTerms => {
  const base = acaDefaults(settings.effectSizeMeasure);
  return {
    direction: settings.direction ?? base.direction,
    tolerance: settings.tolerance ?? base.tolerance,
    confLevel: settings.confLevel ?? base.confLevel,
    effectSizeThresholds: settings.effectSizeThresholds ?? base.effectSizeThresholds,
    criticalThresholds: settings.criticalThresholds ?? base.criticalThresholds,
    effectSizeMeasure: base.effectSizeMeasure,
    nanStrategy: settings.nanStrategy ?? base.nanStrategy,
    critical: settings.critical ?? base.critical,
    mustHaveData: settings.mustHaveData ?? base.mustHaveData,
  };
};

/** Three intervals in a row beyond a fixed limit; for samples without one, beyond all that the control showed. */
const threshold = (recording: Recording, settings: Settings): RuleVerdict => {
  const { inARow } = DEFAULTS;
  if (recording.kind === 'ticks') {
    return fixedThreshold(recording.ticks, {
      errorRatioMax: settings.threshold ?? DEFAULTS.errorRatio,
      inARow,
    });
  }
  const control = present(recording.control);
  const high =
    settings.threshold ?? control.reduce((most, value) => Math.max(most, value), -Infinity);
  const low =
    settings.threshold ?? control.reduce((least, value) => Math.min(least, value), Infinity);
  const beyond = {
    increase: (value: number) => value > high,
    decrease: (value: number) => value < low,
    either: (value: number) =>
      settings.threshold === undefined ? value > high || value < low : value > high,
  }[settings.direction ?? 'either'];
  return pointsInARow(present(recording.experiment), { beyond, inARow });
};

/** So many failed requests in a row. Sums don't show the order, so the answer is how likely that was. */
const consecutive = (recording: Recording): RuleVerdict => {
  if (recording.kind === 'samples') {
    return {
      verdict: 'inconclusive',
      atSeconds: null,
      explanation: 'it counts requests; these are points',
    };
  }
  let elapsed = 0;
  let none = 1;
  for (const { seconds, candidate } of recording.ticks) {
    elapsed += seconds;
    none *= candidate === null ? 1 : 1 - chanceOfRun(candidate, DEFAULTS.failures);
    if (none <= 0.5) {
      return {
        verdict: 'fail',
        atSeconds: elapsed,
        explanation: `${DEFAULTS.failures} failed requests in a row were as likely as not by then, in random order`,
      };
    }
  }
  return {
    verdict: 'pass',
    atSeconds: null,
    explanation: `${DEFAULTS.failures} failed requests in a row had a chance of ${((1 - none) * 100).toPrecision(2)} %, in random order`,
  };
};

/** What one method says of a recording. */
export const answerOf = (method: Method, recording: Recording, settings: Settings): Answer => {
  switch (method) {
    case 'slipway':
      return slipway(recording, settings);
    case 'mann-whitney':
      return mannWhitney(recording, settings);
    case 'fixed-threshold':
      return threshold(recording, settings);
    case 'consecutive-failures':
      return consecutive(recording);
  }
};
