import { z } from 'zod';

/** Only pass moves forward; inconclusive waits up to its deadline; fail and error stop. */
export const Verdict = z.enum(['pass', 'fail', 'inconclusive', 'error']);
export type Verdict = z.infer<typeof Verdict>;

/** A verdict with what it rests on, in words for people and figures for the ledger. */
export const Judgement = z.object({
  verdict: Verdict,
  reason: z.string(),
  evidence: z.record(z.string(), z.unknown()),
});
export type Judgement = z.infer<typeof Judgement>;
