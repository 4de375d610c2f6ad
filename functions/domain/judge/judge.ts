import { z } from 'zod';
import { invariant } from '../invariant.ts';
import type { Judgement, Verdict } from '../verdict.ts';
import { afterTick, type ColorCounts } from './allocation.ts';
import { afterRequests } from './ceiling.ts';
import { fromLog, logMean } from './log-space.ts';
import { Bets, freshBets, logEOf } from './multiples.ts';
import { alphaOf, Metric, Source } from './sources.ts';
import { leaning, listed, percent, share } from './words.ts';

const Counts = z.object({ requests: z.number().nonnegative(), bad: z.number().nonnegative() });
const BothColors = z.object({ stable: Counts, candidate: Counts });

/** Why the candidate was condemned, and when. Final: what was seen later changes nothing. */
export const Condemnation = z.object({
  by: z.union([Source, z.literal('ceiling')]),
  atSeconds: z.number().nonnegative(),
  eValue: z.number().nonnegative(),
});
export type Condemnation = z.infer<typeof Condemnation>;

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
  condemned: Condemnation.nullable(),
});
export type JudgeState = z.infer<typeof JudgeState>;

/** How a rollout is judged. */
export interface JudgeTerms {
  /** The highest chance of ever condemning a candidate that is no worse. */
  readonly alpha: number;
  /** Highest share of the candidate's requests that may fail, however bad stable is; null: no ceiling. */
  readonly errorRatioMax: number | null;
  /** Which metrics are read from where. */
  readonly metrics: Readonly<Partial<Record<Source, readonly Metric[]>>>;
}

/** The judge before the first tick. */
export const freshJudge = ({ alpha, errorRatioMax, metrics }: JudgeTerms): JudgeState => {
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
  };
  return { ...after, condemned: condemnationOf(after) };
};

/** The evidence against the candidate is kept when a step ends; what a step needs in order to pass is counted anew. */
export const nextStep = (state: JudgeState): JudgeState => ({ ...state, step: noCounts() });

const condemnationOf = (state: JudgeState): Condemnation | null => {
  const sources = sourcesOf(state);
  for (const source of sources) {
    const log = logEOfSource(state, source);
    if (log >= -Math.log(alphaOf(source, sources, state.alpha))) {
      return { by: source, atSeconds: state.seconds, eValue: fromLog(log) };
    }
  }
  const log = logEOf(state.ceiling);
  return state.errorRatioMax !== null && log >= -Math.log(state.alpha)
    ? { by: 'ceiling', atSeconds: state.seconds, eValue: fromLog(log) }
    : null;
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

/**
 * The verdict on the step. A step passes when the candidate got at least `requestsMin` requests in it, E stayed below
 * 1/α and the ceiling is kept; whoever asks adds the alarms, any of which may condemn.
 */
export const judgementOf = (
  state: JudgeState,
  { requestsMin }: { readonly requestsMin: number },
): Judgement => {
  const { alpha, errorRatioMax, step, rollout, condemned, ticks } = state;
  const judged = (verdict: Verdict, reason: string): Judgement => ({
    verdict,
    reason,
    evidence: {
      eValue: eValueOf(state),
      condemnAt: 1 / alpha,
      atSeconds: condemned?.atSeconds ?? null,
      seconds: state.seconds,
      ticks,
      requestsMin,
      errorRatioMax,
      step,
      rollout,
    },
  });
  if (condemned !== null) return judged('fail', whyCondemned(state, condemned));
  if (ticks.known === 0 && ticks.unknown > 0) {
    return judged('error', `the metrics of all ${ticks.unknown} ticks are unknown`);
  }
  const { requests } = step.candidate;
  if (requests < requestsMin) {
    return judged(
      'inconclusive',
      `the candidate had ${requests} of the ${requestsMin} requests that a step needs`,
    );
  }
  if (errorRatioMax !== null && share(step.candidate) > errorRatioMax) {
    return judged(
      'inconclusive',
      `${percent(share(step.candidate))} of the candidate's requests in this step were bad, more than the ${percent(errorRatioMax)} allowed, but too few to be sure`,
    );
  }
  return judged('pass', `${listed(rollout)}; ${leaning(eValueOf(state), alpha)}`);
};

const whyCondemned = (
  { alpha, errorRatioMax, rollout, seconds }: JudgeState,
  { by, eValue }: Condemnation,
): string =>
  by === 'ceiling'
    ? `${percent(share(rollout.candidate))} of the candidate's ${rollout.candidate.requests} requests were bad in ${seconds} s: evidence of ${eValue.toPrecision(3)} against a rate of ${percent(errorRatioMax ?? 0)} or less, ${Math.round(1 / alpha)} condemns`
    : `${listed(rollout)} in ${seconds} s; ${leaning(eValue, alpha)}`;

const sourcesOf = (state: JudgeState): Source[] =>
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
