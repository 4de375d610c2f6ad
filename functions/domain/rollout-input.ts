import { z } from 'zod';
import { executionName } from './execution-name.ts';
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

/** What a successor must know to take over from the execution that it follows; the rest of what it carries is for later steps. */
export const Carried = z.object({
  /** The successor's own: the first execution of a rollout is 1. */
  number: z.int().min(2),
  executionArn: z.string().startsWith('arn:'),
  lock: Lock,
});
export type Carried = z.infer<typeof Carried>;

/** The execution in which a rollout goes on when this one's history has grown long. */
export const Successor = z.object({ number: z.int().min(2), name: z.string() });
export type Successor = z.infer<typeof Successor>;

/** The same rollout gives the same name: who starts it twice finds the first. */
export const successorOf = (rolloutId: string, number: number): Successor => ({
  number: number + 1,
  name: executionName(rolloutId, `-${number + 1}`),
});
