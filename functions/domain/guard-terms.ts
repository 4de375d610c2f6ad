import { z } from 'zod';

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

/** What a target that was registered without any is guarded by. */
export const DEFAULT_GUARD: GuardTerms = {
  seconds: 86_400,
  rollsBackSeconds: 3_600,
  correlated: { services: 3, withinSeconds: 300 },
};
