import { z } from 'zod';
import { isoOf } from './instant.ts';
import { freshEvidence, StepEvidence } from './step-evidence.ts';

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
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
  reason: z.string().max(600),
});
export type Observation = z.infer<typeof Observation>;

/** Before the first weight. */
export const firstObservation = (at: number): Observation => ({
  weightPercent: 0,
  stepStartedAt: isoOf(at),
  evidence: freshEvidence(at),
  firstShiftAt: null,
  bakeRecorded: false,
  hookAnswered: null,
  stableHealthyAtStart: null,
  verdict: 'inconclusive',
  reason: 'no traffic has been shifted yet',
});

/** A new weight begins a new step, with evidence of its own. */
export const afterWrite = (
  observation: Observation,
  weightPercent: number,
  readBackAt: number,
): Observation => ({
  ...observation,
  weightPercent,
  stepStartedAt: isoOf(readBackAt),
  evidence: freshEvidence(readBackAt),
  firstShiftAt: observation.firstShiftAt ?? isoOf(readBackAt),
  verdict: 'inconclusive',
  reason: `the candidate has ${weightPercent} % since ${isoOf(readBackAt)}`,
});
