import { z } from 'zod';
import { Digest } from './release.ts';
import { Color, Workload } from './target.ts';

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

/** The deadline for a slot to become ready, from its last apply. */
export const READY_DEADLINE_SECONDS = 600;

export const ApplyInput = z.object({
  cluster: ClusterAccess,
  slot: Slot,
  /** The color whose size the slot takes on when that is more than its own least; null: there is none. */
  sizeOf: Color.nullable(),
});
export type ApplyInput = z.infer<typeof ApplyInput>;

export const CheckInput = z.object({
  cluster: ClusterAccess,
  slot: Slot.pick({ service: true, color: true, digest: true, rolloutId: true }),
  readyDeadlineSeconds: z.int().positive(),
});
export type CheckInput = z.infer<typeof CheckInput>;

export const ScaleInput = z.object({
  cluster: ClusterAccess,
  service: z.string(),
  color: Color,
  replicas: z.int().nonnegative(),
});
export type ScaleInput = z.infer<typeof ScaleInput>;

/** Requests that reach only the candidate. */
export const SmokeInput = z.object({
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  requests: z.int().min(1).max(20),
});
export type SmokeInput = z.infer<typeof SmokeInput>;
