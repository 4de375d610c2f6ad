import { z } from 'zod';
import { isoOf, MINUTE, millisecondsOf, nextMinute } from './instant.ts';

/** One color's 60 s of load balancer metrics; null where CloudWatch has no value. */
export interface Period {
  /** Milliseconds since the epoch. */
  readonly startAt: number;
  readonly requests: number | null;
  readonly success: number | null;
  readonly redirect: number | null;
  readonly clientError: number | null;
  readonly p99Ms: number | null;
}

/** What a read of the metrics gave. Not complete: nothing of it is believed. */
export interface ColorReading {
  readonly complete: boolean;
  readonly periods: readonly Period[];
}

/** The metrics of both roles. */
export interface Reading {
  readonly stable: ColorReading;
  readonly candidate: ColorReading;
}

/** A stretch of closed periods, in milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly until: number;
}

/** Requests of one role in one step. */
export const Counts = z.object({
  requests: z.int().nonnegative(),
  /** Requests without a 2xx, 3xx or 4xx. One period alone may be off by what was under way at its edges, so the sum may dip below 0. */
  bad: z.int(),
});
export type Counts = z.infer<typeof Counts>;

/** All that was read since the present weight was read back: each closed period once. */
export const StepEvidence = z.object({
  /** End of the last period counted: the cursor. */
  readUntil: z.iso.datetime(),
  stable: Counts,
  candidate: Counts,
  periods: z.int().nonnegative(),
  /** Periods passed over because later ones were known: no request count. Never taken for zero requests. */
  unknownPeriods: z.int().nonnegative(),
  /** The unbroken run of slow periods up to now. */
  slow: z.object({ periods: z.int().nonnegative(), requests: z.int().nonnegative() }),
  p99Ms: z.number().nullable(),
});
export type StepEvidence = z.infer<typeof StepEvidence>;

/** A step begins with its read-back: the period in which the weight changed and the first one after it are left out. */
export const freshEvidence = (readBackAt: number): StepEvidence => ({
  readUntil: isoOf(nextMinute(readBackAt + MINUTE)),
  stable: { requests: 0, bad: 0 },
  candidate: { requests: 0, bad: 0 },
  periods: 0,
  unknownPeriods: 0,
  slow: { periods: 0, requests: 0 },
  p99Ms: null,
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

/** Counts a reading in. The cursor stops behind the last period that the candidate's metrics know, so a late one is still counted, once. */
export const fold = (
  evidence: StepEvidence,
  reading: Reading,
  window: Window,
  p99MsMax: number | null,
): StepEvidence => {
  if (!reading.candidate.complete || !reading.stable.complete) return evidence;
  const inside = (period: Period) => period.startAt >= window.from && period.startAt < window.until;
  const known = reading.candidate.periods
    .filter((period) => inside(period) && period.requests !== null)
    .sort((a, b) => a.startAt - b.startAt);
  const last = known.at(-1);
  if (last === undefined) return evidence;
  const until = last.startAt + MINUTE;
  const stable = reading.stable.periods.filter(
    (period) => inside(period) && period.startAt < until && period.requests !== null,
  );
  return {
    readUntil: isoOf(until),
    stable: add(evidence.stable, stable),
    candidate: add(evidence.candidate, known),
    periods: evidence.periods + known.length,
    unknownPeriods: evidence.unknownPeriods + (until - window.from) / MINUTE - known.length,
    slow: known.reduce((run, period) => extendSlow(run, period, p99MsMax), evidence.slow),
    p99Ms: last.p99Ms,
  };
};

const add = (counts: Counts, periods: readonly Period[]): Counts =>
  periods.reduce(
    (sum, period) => ({
      requests: sum.requests + (period.requests ?? 0),
      bad: sum.bad + badOf(period),
    }),
    counts,
  );

/** A code that a known period does not mention did not occur: the load balancer reports a code only when it did. */
const badOf = (period: Period): number =>
  (period.requests ?? 0) -
  (period.success ?? 0) -
  (period.redirect ?? 0) -
  (period.clientError ?? 0);

const extendSlow = (
  run: StepEvidence['slow'],
  period: Period,
  p99MsMax: number | null,
): StepEvidence['slow'] => {
  if (p99MsMax === null || period.p99Ms === null || period.p99Ms <= p99MsMax) {
    return { periods: 0, requests: 0 };
  }
  return { periods: run.periods + 1, requests: run.requests + (period.requests ?? 0) };
};
