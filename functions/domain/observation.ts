import { z } from 'zod';
import { BudgetReport } from './budget.ts';
import { isoOf } from './instant.ts';
import { freshEvidence, nextEvidence, StepEvidence } from './step-evidence.ts';
import type { Analysis } from './target.ts';

/** What one tick hands to the next through the execution: small and of bounded size. */
export const Observation = z.object({
  /** The candidate's weight on the load balancer, as last read back. */
  weightPercent: z.int().min(0).max(100),
  /** When that weight was read back. */
  stepStartedAt: z.iso.datetime(),
  evidence: StepEvidence,
  firstShiftAt: z.iso.datetime().nullable(),
  /** The ledger and the fast path know that the bake has begun. */
  bakeRecorded: z.boolean(),
  /** Id of the hook that was answered. */
  hookAnswered: z.string().nullable(),
  /** Last good's healthy targets when the shift began: what carries all traffic. */
  stableHealthyAtStart: z.int().nonnegative().nullable(),
  /** The service's requests a second over the last days, both colors together; null: not known. */
  requestsPerSecond: z.number().nonnegative().nullable().default(null),
  /** When a person was called because this step does not pass. */
  pagedAt: z.iso.datetime().nullable().default(null),
  /** Since when the rule could not be written as alias and evidence allow; null: it stands where it should. */
  mirrorFailingSince: z.iso.datetime().nullable().default(null),
  /** The weight that was tried last meanwhile: nobody knows whether it was taken. */
  mirrorTriedPercent: z.int().min(0).max(100).nullable().default(null),
  /** Until when the last probe sends its synthetic requests. */
  probedUntil: z.iso.datetime().nullable().default(null),
  /** The last report of the error budgets. */
  budgets: BudgetReport.nullable().default(null),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
  reason: z.string().max(600),
});
export type Observation = z.infer<typeof Observation>;

/** Before the first weight. */
export const firstObservation = (at: number, analysis: Analysis): Observation => ({
  weightPercent: 0,
  stepStartedAt: isoOf(at),
  evidence: freshEvidence(at, analysis),
  firstShiftAt: null,
  bakeRecorded: false,
  hookAnswered: null,
  stableHealthyAtStart: null,
  requestsPerSecond: null,
  pagedAt: null,
  mirrorFailingSince: null,
  mirrorTriedPercent: null,
  probedUntil: null,
  budgets: null,
  verdict: 'inconclusive',
  reason: 'no traffic has been shifted yet',
});

/** A new weight begins a new step: it needs requests of its own, and what speaks against the candidate stays. */
export const afterWrite = (
  observation: Observation,
  weightPercent: number,
  readBackAt: number,
): Observation => ({
  ...observation,
  weightPercent,
  stepStartedAt: isoOf(readBackAt),
  evidence: nextEvidence(observation.evidence, readBackAt),
  pagedAt: null,
  mirrorFailingSince: null,
  mirrorTriedPercent: null,
  firstShiftAt: observation.firstShiftAt ?? isoOf(readBackAt),
  verdict: 'inconclusive',
  reason: `the candidate has ${weightPercent} % since ${isoOf(readBackAt)}`,
});
