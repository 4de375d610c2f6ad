import { z } from 'zod';
import { invariant } from '../invariant.ts';
import { afterTick, type ColorCounts } from './allocation.ts';
import { afterRequests } from './ceiling.ts';
import { fromLog, logMean } from './log-space.ts';
import { Bets, freshBets, logEOf } from './multiples.ts';
import { alphaOf, Metric, Source } from './sources.ts';
import { share } from './words.ts';

const Counts = z.object({ requests: z.number().nonnegative(), bad: z.number().nonnegative() });
const BothColors = z.object({ stable: Counts, candidate: Counts });

/** Why the candidate was condemned, and when. Final: what was seen later changes nothing. */
export const Condemnation = z.object({
  by: z.union([Source, z.enum(['ceiling', 'slowCeiling'])]),
  atSeconds: z.number().nonnegative(),
  eValue: z.number().nonnegative(),
});
export type Condemnation = z.infer<typeof Condemnation>;

/** What is remembered of answers slower than a limit, where one was set. */
const SlowAnswers = z.object({
  limitMs: z.number().positive(),
  /** Highest share of the candidate's answers that may be slower. */
  ratioMax: z.number().gt(0).lt(1),
  ceiling: Bets,
  rollout: BothColors,
  step: BothColors,
});

/** All that the judge remembers of a rollout. Small and plain, so that an execution carries it from tick to tick. */
export const JudgeState = z.object({
  alpha: z.number().gt(0).lt(1),
  errorRatioMax: z.number().min(0).max(1).nullable(),
  /** Seconds of known ticks. */
  seconds: z.number().nonnegative(),
  ticks: z.object({ known: z.int().nonnegative(), unknown: z.int().nonnegative() }),
  /** The bets of each source's metrics. Which ones there are is fixed when the rollout begins. */
  bets: z.partialRecord(Source, z.partialRecord(Metric, Bets)),
  ceiling: Bets,
  /** Since the rollout began, and since the step began. */
  rollout: BothColors,
  step: BothColors,
  slow: SlowAnswers.nullable().default(null),
  condemned: Condemnation.nullable(),
});
export type JudgeState = z.infer<typeof JudgeState>;

/** How a rollout is judged. */
export interface JudgeTerms {
  /** The highest chance of ever condemning a candidate that is no worse. */
  readonly alpha: number;
  /** Highest share of the candidate's requests that may fail, however bad stable is; null: no ceiling. */
  readonly errorRatioMax: number | null;
  /** Highest share of the candidate's answers that may be slower than a limit; absent: slow answers have no ceiling. */
  readonly slow?: { readonly limitMs: number; readonly ratioMax: number } | null;
  /** Which metrics are read from where. */
  readonly metrics: Readonly<Partial<Record<Source, readonly Metric[]>>>;
}

/** The judge before the first tick. */
export const freshJudge = ({
  alpha,
  errorRatioMax,
  metrics,
  slow = null,
}: JudgeTerms): JudgeState => {
  invariant(alpha > 0 && alpha < 1, `α is a probability between 0 and 1, not ${alpha}`);
  invariant(
    Object.values(metrics).some((list) => list.length > 0),
    'a judge reads some metric',
  );
  const bets: JudgeState['bets'] = {};
  for (const [source, list] of Object.entries(metrics)) {
    bets[Source.parse(source)] = Object.fromEntries(list.map((metric) => [metric, freshBets()]));
  }
  return {
    alpha,
    errorRatioMax,
    seconds: 0,
    ticks: { known: 0, unknown: 0 },
    bets,
    ceiling: freshBets(),
    rollout: noCounts(),
    step: noCounts(),
    slow:
      slow === null
        ? null
        : { ...slow, ceiling: freshBets(), rollout: noCounts(), step: noCounts() },
    condemned: null,
  };
};

/** Both colors' counts of one metric. */
export interface Reading {
  readonly stable: ColorCounts;
  readonly candidate: ColorCounts;
}

/** What one closed stretch of time showed. A metric that is missing was not known: never taken for none. */
export interface Observation {
  readonly seconds: number;
  readonly readings: Readonly<Partial<Record<Source, Readonly<Partial<Record<Metric, Reading>>>>>>;
}

/** Counts a tick in, once. After a condemnation nothing is counted any more: the rollout has stopped. */
export const observed = (state: JudgeState, { seconds, readings }: Observation): JudgeState => {
  if (state.condemned !== null) return state;
  const [primary] = sourcesOf(state);
  const first = primary === undefined ? undefined : readings[primary]?.errors;
  const anyKnown = Object.values(readings).some((metrics) => Object.keys(metrics).length > 0);
  if (!anyKnown) {
    return { ...state, ticks: { ...state.ticks, unknown: state.ticks.unknown + 1 } };
  }
  const bets: JudgeState['bets'] = {};
  for (const source of sourcesOf(state)) {
    const now = state.bets[source] ?? {};
    const next: Partial<Record<Metric, Bets>> = {};
    for (const metric of metricsOf(now)) {
      const reading = readings[source]?.[metric];
      const before = now[metric] ?? freshBets();
      next[metric] = reading === undefined ? before : afterTick(before, { seconds, ...reading });
    }
    bets[source] = next;
  }
  const { errorRatioMax } = state;
  const after: JudgeState = {
    ...state,
    seconds: state.seconds + seconds,
    ticks: { ...state.ticks, known: state.ticks.known + 1 },
    bets,
    ceiling:
      errorRatioMax === null || first === undefined
        ? state.ceiling
        : afterRequests(state.ceiling, first.candidate, errorRatioMax),
    rollout: first === undefined ? state.rollout : added(state.rollout, first),
    step: first === undefined ? state.step : added(state.step, first),
    slow: slowAfter(state.slow, primary === undefined ? undefined : readings[primary]?.slow),
  };
  return { ...after, condemned: condemnationOf(after) };
};

const slowAfter = (slow: JudgeState['slow'], reading: Reading | undefined): JudgeState['slow'] =>
  slow === null || reading === undefined
    ? slow
    : {
        ...slow,
        ceiling: afterRequests(slow.ceiling, reading.candidate, slow.ratioMax),
        rollout: added(slow.rollout, reading),
        step: added(slow.step, reading),
      };

/** The evidence against the candidate is kept when a step ends; what a step needs in order to pass is counted anew. */
export const nextStep = (state: JudgeState): JudgeState => ({
  ...state,
  step: noCounts(),
  slow: state.slow === null ? null : { ...state.slow, step: noCounts() },
});

const condemnationOf = (state: JudgeState): Condemnation | null => {
  const sources = sourcesOf(state);
  for (const source of sources) {
    const log = logEOfSource(state, source);
    if (log >= -Math.log(alphaOf(source, sources, state.alpha))) {
      return { by: source, atSeconds: state.seconds, eValue: fromLog(log) };
    }
  }
  const broken = (by: 'ceiling' | 'slowCeiling', bets: Bets | undefined): Condemnation | null => {
    const log = bets === undefined ? 0 : logEOf(bets);
    return log >= -Math.log(state.alpha)
      ? { by, atSeconds: state.seconds, eValue: fromLog(log) }
      : null;
  };
  return broken('ceiling', state.ceiling) ?? broken('slowCeiling', state.slow?.ceiling);
};

/** Whether the candidate was condemned for a ceiling that stable broke as well: then nothing says that the candidate is the cause. */
export const stableBrokeItToo = ({
  condemned,
  errorRatioMax,
  rollout,
  slow,
}: JudgeState): boolean => {
  if (condemned?.by === 'ceiling') return share(rollout.stable) > (errorRatioMax ?? 1);
  if (condemned?.by === 'slowCeiling') {
    return slow !== null && share(slow.rollout.stable) > slow.ratioMax;
  }
  return false;
};

/** ln E of a source: its metrics are read together, so their e-values may be averaged. */
export const logEOfSource = (state: JudgeState, source: Source): number => {
  const metrics = state.bets[source] ?? {};
  return logMean(metricsOf(metrics).map((metric) => logEOf(metrics[metric] ?? freshBets())));
};

/** The e-value to show: that of the condemnation, else the largest of the sources. */
export const eValueOf = (state: JudgeState): number =>
  state.condemned?.eValue ??
  fromLog(Math.max(...sourcesOf(state).map((source) => logEOfSource(state, source))));

/** The sources that this rollout is judged by. */
export const sourcesOf = (state: JudgeState): Source[] =>
  Source.options.filter((source) => state.bets[source] !== undefined);

const metricsOf = (metrics: Readonly<Partial<Record<Metric, Bets>>>): Metric[] =>
  Metric.options.filter((metric) => metrics[metric] !== undefined);

const noCounts = (): z.infer<typeof BothColors> => ({
  stable: { requests: 0, bad: 0 },
  candidate: { requests: 0, bad: 0 },
});

const added = (
  to: z.infer<typeof BothColors>,
  { stable, candidate }: Reading,
): z.infer<typeof BothColors> => ({
  stable: { requests: to.stable.requests + stable.requests, bad: to.stable.bad + stable.bad },
  candidate: {
    requests: to.candidate.requests + candidate.requests,
    bad: to.candidate.bad + candidate.bad,
  },
});
