import { z } from 'zod';
import { Lock } from './lock.ts';
import { Digest } from './release.ts';

/** One release onto one target: the input of the machine `rollout`. */
export const RolloutInput = z.object({
  rolloutId: z.string(),
  releaseId: z.string(),
  service: z.string(),
  environment: z.string(),
  region: z.string(),
  targetId: z.string(),
  digest: Digest,
  configDigest: Digest,
  version: z.string().nullable(),
  /** The release's lock on the environment, renewed together with the target's. */
  environmentLock: Lock,
});
export type RolloutInput = z.infer<typeof RolloutInput>;
