import { z } from 'zod';
import { Deployed } from './rollout.ts';
import { Color } from './target.ts';

/** An open guard: `GUARD / TARGET#<targetId>`. There is at most one per target, and none without two colors. */
export const GuardRecord = z.object({
  targetId: z.string(),
  service: z.string(),
  environment: z.string(),
  releaseId: z.string(),
  rolloutId: z.string(),
  /** The slot that serves. */
  color: Color,
  /** What is kept warm in the other slot; null on a target's first release. */
  lastGood: Deployed.nullable(),
  startedAt: z.iso.datetime(),
  rollsBackUntil: z.iso.datetime(),
  /** Until here last good has as many replicas as live; then half of them, at least 2. */
  fullyWarmUntil: z.iso.datetime(),
  endsAt: z.iso.datetime(),
});
export type GuardRecord = z.infer<typeof GuardRecord>;
