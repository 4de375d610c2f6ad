import { z } from 'zod';
import { Digest } from './release.ts';
import { Color } from './target.ts';
import { Workload } from './workload.ts';

/** All that a cluster function needs to reach the API server; the token it makes itself. */
export const ClusterAccess = z.object({
  name: z.string(),
  region: z.string(),
  endpoint: z.url(),
  /** PEM, base64, as EKS gives it. */
  certificateAuthority: z.string(),
  namespace: z.string(),
});
export type ClusterAccess = z.infer<typeof ClusterAccess>;

/** One release in one slot. */
export const Slot = z.object({
  service: z.string(),
  environment: z.string(),
  color: Color,
  releaseId: z.string(),
  rolloutId: z.string(),
  /** The image without tag or digest: `<registryId>.dkr.ecr.<region>.amazonaws.com/<repository>`. */
  repository: z.string(),
  digest: Digest,
  configDigest: Digest,
  workload: Workload,
  targetGroupArn: z.string(),
  /** Kubernetes' own way of replacing pods within the slot. */
  replacement: z.enum(['RollingUpdate', 'Recreate']),
});
export type Slot = z.infer<typeof Slot>;

/** The limits between which a slot's autoscaler decides, as its configuration has them. */
export const SlotLimits = z.object({
  color: Color,
  replicas: z.object({ min: z.int().min(1), max: z.int().min(1) }),
});
export type SlotLimits = z.infer<typeof SlotLimits>;

/** The deadline for a slot to become ready, from its last apply. */
export const READY_DEADLINE_SECONDS = 600;

export const ApplyInput = z.object({
  cluster: ClusterAccess,
  slot: Slot,
  /** The color whose size the slot takes on when that is more than its own least; null: there is none. */
  sizeOf: Color.nullable(),
  /** The slot that serves: its autoscaler takes nothing of what it has while traffic leaves it; null: nothing leaves. */
  floorOf: SlotLimits.nullable().default(null),
});
export type ApplyInput = z.infer<typeof ApplyInput>;

export const CheckInput = z.object({
  cluster: ClusterAccess,
  slot: Slot.pick({ service: true, color: true, digest: true, rolloutId: true }),
  readyDeadlineSeconds: z.int().positive(),
});
export type CheckInput = z.infer<typeof CheckInput>;

/** A slot's size, which no autoscaler changes until the slot is applied again. */
export const ScaleInput = z.object({
  cluster: ClusterAccess,
  service: z.string(),
  color: Color,
  /** A number, or as much of another slot's as is to be kept warm. */
  replicas: z.union([
    z.int().nonnegative(),
    z.object({ of: Color, part: z.enum(['all', 'half']) }),
  ]),
  /** The rollout that must have filled the slot: of anybody else's nothing is touched; null: whoever did. */
  filledBy: z.string().nullable().default(null),
  /** The slot that serves alone from now on: its autoscaler gets its limits back. */
  unfix: SlotLimits.nullable().default(null),
});
export type ScaleInput = z.infer<typeof ScaleInput>;

/** What a slot has after it was given a size. */
export const ScaleOutput = z.object({
  /** false: there is no such slot, it is another rollout's, or somebody changed it meanwhile. */
  scaled: z.boolean(),
  replicas: z.int().nullable(),
  /** Of these, those that are ready. */
  ready: z.int(),
  /** Ready ones of the slot whose size was the measure. */
  readyOfOther: z.int().nullable(),
});
export type ScaleOutput = z.infer<typeof ScaleOutput>;

/** Requests that reach only the candidate. */
export const SmokeInput = z.object({
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  requests: z.int().min(1).max(20),
});
export type SmokeInput = z.infer<typeof SmokeInput>;
