import { z } from 'zod';
import { Deployed } from './rollout.ts';
import { Color } from './target.ts';

/** How long a finished rollout is watched, and what an alarm may do in that time. */
export const GuardTerms = z.object({
  /** 0: not guarded. */
  seconds: z.int().nonnegative(),
  /** From the end of the rollout: so long an alarm rolls back by itself; after it, it pages. */
  rollsBackSeconds: z.int().nonnegative(),
  /** Alarms of so many services within so many seconds have another cause than one release. */
  correlated: z.object({
    services: z.int().min(2),
    withinSeconds: z.int().positive(),
  }),
});
export type GuardTerms = z.infer<typeof GuardTerms>;

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
