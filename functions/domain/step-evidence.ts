import { z } from 'zod';
import { isoOf, MINUTE, millisecondsOf, nextMinute } from './instant.ts';
import type { ColorCounts } from './judge/allocation.ts';
import {
  freshJudge,
  type Observation as JudgedMinute,
  JudgeState,
  type JudgeTerms,
  nextStep,
  observed,
} from './judge/judge.ts';
import type { Analysis } from './target.ts';

/** One color's 60 s of metrics; null where CloudWatch has no value. */
export interface Period {
  /** Milliseconds since the epoch. */
  readonly startAt: number;
  readonly requests: number | null;
  readonly success: number | null;
  readonly redirect: number | null;
  readonly clientError: number | null;
  readonly serverError: number | null;
  /** Answers within the latency limit, and beyond it; null too where there is no limit. */
  readonly fast: number | null;
  readonly slow: number | null;
  /** What the service's own error metric counted; null too where it has none. */
  readonly failed: number | null;
}

/** What a read of the metrics gave. Not complete: nothing of it is believed. */
export interface ColorReading {
  readonly complete: boolean;
  readonly periods: readonly Period[];
}

/** One color's 60 s of traces. */
export interface TracedPeriod {
  readonly startAt: number;
  readonly requests: number;
  readonly faults: number;
}

/** The metrics of both roles; `traces` only where X-Ray judges and could be read. */
export interface Reading {
  readonly stable: ColorReading;
  readonly candidate: ColorReading;
  readonly traces?: {
    readonly stable: readonly TracedPeriod[];
    readonly candidate: readonly TracedPeriod[];
  };
}

/** A stretch of closed periods, in milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly until: number;
}

/** At most 1 % of the answers may be slower than a limit on the 99th percentile. */
const SLOW_RATIO_MAX = 0.01;

/** Age at which a period that only the candidate's metrics know is given up. */
const LATE_MAX = 10 * MINUTE;

const DEFAULT_TERMS: JudgeTerms = {
  alpha: 0.001,
  errorRatioMax: null,
  metrics: { alb: ['errors'] },
};

const Surplus = z.number().nonnegative().default(0);

/** All that was read of a rollout, and up to where in the present step: each closed period once. */
export const StepEvidence = z.object({
  /** End of the last period counted: the cursor. */
  readUntil: z.iso.datetime(),
  /** Answers of the step so far beyond its requests: those of requests that had begun before. They hide as many that have none. */
  surplus: z.object({ stable: Surplus, candidate: Surplus }).default({ stable: 0, candidate: 0 }),
  judge: JudgeState.default(() => freshJudge(DEFAULT_TERMS)),
});
export type StepEvidence = z.infer<typeof StepEvidence>;

/** How the judge is to judge a service. */
export const judgeTermsOf = (analysis: Analysis): JudgeTerms => ({
  alpha: analysis.alpha,
  errorRatioMax: analysis.errorRatioMax,
  slow:
    analysis.latencyP99MsMax === null
      ? null
      : { limitMs: analysis.latencyP99MsMax, ratioMax: SLOW_RATIO_MAX },
  metrics: {
    alb: analysis.latencyP99MsMax === null ? ['errors'] : ['errors', 'slow'],
    ...(analysis.xrayJudges ? { xray: ['errors'] as const } : {}),
  },
});

/** Nothing read yet. A step begins with its read-back: the period in which the weight changed and the first one after it are left out. */
export const freshEvidence = (readBackAt: number, analysis: Analysis): StepEvidence => ({
  readUntil: isoOf(nextMinute(readBackAt + MINUTE)),
  surplus: { stable: 0, candidate: 0 },
  judge: freshJudge(judgeTermsOf(analysis)),
});

/** A new step: what speaks against the candidate stays, what the step needs in order to pass is counted anew. */
export const nextEvidence = ({ judge }: StepEvidence, readBackAt: number): StepEvidence => ({
  readUntil: isoOf(nextMinute(readBackAt + MINUTE)),
  surplus: { stable: 0, candidate: 0 },
  judge: nextStep(judge),
});

/** The closed periods that are old enough to be believed and not yet counted; null when there is none. */
export const readableWindow = (
  evidence: StepEvidence,
  at: { readonly now: number; readonly settleSeconds: number },
): Window | null => {
  const from = millisecondsOf(evidence.readUntil);
  const until = Math.floor((at.now - at.settleSeconds * 1000) / MINUTE) * MINUTE;
  return until > from ? { from, until } : null;
};

/** When the next period can be read. */
export const readableAt = (evidence: StepEvidence, settleSeconds: number): number =>
  millisecondsOf(evidence.readUntil) + MINUTE + settleSeconds * 1000;

/** What decides how a reading is counted. */
export interface Counting {
  readonly analysis: Pick<Analysis, 'unanswered' | 'errors'>;
  /** Whether stable gets requests at the present weight: at 100 % it has no metrics, and needs none. */
  readonly stableServes: boolean;
}

/**
 * Counts a reading in, period by period. A period is known where both colors' metrics are; the cursor stops behind the last
 * that is, so that a late one is still counted, once. Unknown ones before it are passed over, and so is one that only the
 * candidate's metrics know when it has become too old to wait for.
 */
export const fold = (
  evidence: StepEvidence,
  reading: Reading,
  window: Window,
  how: Counting,
): StepEvidence => {
  if (!reading.candidate.complete || !reading.stable.complete) return evidence;
  const from = Math.max(window.from, millisecondsOf(evidence.readUntil));
  const minutes = minutesOf(reading, { ...window, from }, how);
  const last = minutes.findLastIndex(
    ({ startAt, seen, half }) => seen !== null || (half && startAt + LATE_MAX <= window.until),
  );
  return minutes
    .slice(0, last + 1)
    .reduce((before, minute) => counted(before, minute, how), evidence);
};

const counted = (
  before: StepEvidence,
  { startAt, seen, traced }: Minute,
  how: Counting,
): StepEvidence => {
  const readUntil = isoOf(startAt + MINUTE);
  if (seen === null) return { ...before, readUntil, judge: observed(before.judge, UNKNOWN) };
  const stable = badIn(seen.stable, before.surplus.stable, how);
  const candidate = badIn(seen.candidate, before.surplus.candidate, how);
  const errors = { stable: stable.counts, candidate: candidate.counts };
  const alb = { errors, ...slowIn(seen, how) };
  return {
    readUntil,
    surplus: { stable: stable.surplus, candidate: candidate.surplus },
    judge: observed(before.judge, { seconds: MINUTE / 1000, readings: { alb, ...traced } }),
  };
};

const UNKNOWN: JudgedMinute = { seconds: MINUTE / 1000, readings: {} };

interface BothPeriods {
  readonly stable: Period | null;
  readonly candidate: Period;
}

interface Minute {
  readonly startAt: number;
  /** null: not known of every color that serves. */
  readonly seen: BothPeriods | null;
  /** Known of the candidate alone. */
  readonly half: boolean;
  readonly traced: JudgedMinute['readings'];
}

const minutesOf = (reading: Reading, { from, until }: Window, how: Counting): Minute[] => {
  const known = ({ periods }: ColorReading) =>
    new Map(periods.filter((period) => isKnown(period, how)).map((each) => [each.startAt, each]));
  const [stables, candidates] = [known(reading.stable), known(reading.candidate)];
  const minutes: Minute[] = [];
  for (let startAt = from; startAt < until; startAt += MINUTE) {
    const candidate = candidates.get(startAt);
    const stable = stables.get(startAt) ?? null;
    const both = candidate !== undefined && (stable !== null || !how.stableServes);
    minutes.push({
      startAt,
      seen: both ? { stable, candidate } : null,
      half: candidate !== undefined && !both,
      traced: tracedIn(reading, startAt),
    });
  }
  return minutes;
};

/** A request count says that the load balancer reported; a service's own metric is known only where it has a value. */
const isKnown = ({ requests, failed }: Period, { analysis }: Counting): boolean =>
  requests !== null && (analysis.errors === null || failed !== null);

/**
 * Bad is a 5xx, a failure that the service counted itself, and a request without an answer. One under way at the edge of a
 * period has its answer in another: what was answered too much before is taken off, so no more than were ever under way at
 * once are taken for bad. A code that a known period does not mention did not occur: the load balancer reports it only then.
 */
const badIn = (
  period: Period | null,
  surplus: number,
  { analysis }: Counting,
): { counts: ColorCounts; surplus: number } => {
  if (period === null) return { counts: { requests: 0, bad: 0 }, surplus };
  const of = (count: number | null): number => Math.max(0, Math.round(count ?? 0));
  const requests = of(period.requests);
  const errors = of(period.serverError);
  const answered = of(period.success) + of(period.redirect) + of(period.clientError) + errors;
  const open = analysis.unanswered ? requests - answered - surplus : 0;
  return {
    counts: {
      requests,
      bad: Math.min(requests, errors + Math.max(0, open) + of(period.failed)),
    },
    surplus: Math.max(0, -open),
  };
};

/** Slow answers of both colors. Where response times are not known, neither is their share: nothing is said of them. */
const slowIn = ({ stable, candidate }: BothPeriods, how: Counting): { slow?: SlowReading } => {
  const own = slowOf(candidate);
  const other = how.stableServes || stable !== null ? slowOf(stable) : NO_REQUESTS;
  return own === null || other === null ? {} : { slow: { stable: other, candidate: own } };
};

interface SlowReading {
  readonly stable: ColorCounts;
  readonly candidate: ColorCounts;
}

const NO_REQUESTS: ColorCounts = { requests: 0, bad: 0 };

/** CloudWatch interpolates the two counts, so they may be broken; one that is missing beside the other is none. */
const slowOf = (period: Period | null): ColorCounts | null => {
  if (period === null || (period.fast === null && period.slow === null)) return null;
  const bad = Math.max(0, Math.round(period.slow ?? 0));
  return { requests: Math.max(0, Math.round(period.fast ?? 0)) + bad, bad };
};

const tracedIn = ({ traces }: Reading, at: number): JudgedMinute['readings'] => {
  const of = (periods: readonly TracedPeriod[] | undefined): ColorCounts | null => {
    const found = periods?.find(({ startAt }) => startAt === at);
    return found === undefined ? null : { requests: found.requests, bad: found.faults };
  };
  const [stable, candidate] = [of(traces?.stable), of(traces?.candidate)];
  return stable === null || candidate === null ? {} : { xray: { errors: { stable, candidate } } };
};
