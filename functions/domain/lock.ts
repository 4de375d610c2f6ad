import { z } from 'zod';

/** A held lock as it travels through machines: the key, and the fencing token under which every write is made. */
export const Lock = z.object({ key: z.string(), token: z.int().min(1) });
export type Lock = z.infer<typeof Lock>;

/** A lock's item. It outlives its holders, because the token only grows. */
export const LockState = z.object({
  key: z.string(),
  token: z.int(),
  /** The execution that holds it; null when free. */
  owner: z.string().nullable(),
  /** Milliseconds since the epoch. */
  leaseUntil: z.number(),
  /** When this owner got it, in milliseconds since the epoch. */
  since: z.number(),
  rolloutId: z.string().nullable(),
});
export type LockState = z.infer<typeof LockState>;

/** Lease of a target's lock, renewed by every step of its rollout. */
export const TARGET_LEASE_SECONDS = 300;
/** Lease of an environment's lock, renewed with the target's. */
export const ENVIRONMENT_LEASE_SECONDS = 900;

/** Key of the lock under which one release at a time is in an environment. */
export const environmentLockKey = (service: string, environment: string): string =>
  `ENVIRONMENT#${service}#${environment}`;

/** Key of the lock under which one rollout or rollback at a time writes to a target. */
export const targetLockKey = (targetId: string): string => `TARGET#${targetId}`;

/** Says whether the lease lasts for an effect that may take so long. */
export const lastsFor = (state: LockState, at: { now: number; milliseconds: number }): boolean =>
  state.owner !== null && state.leaseUntil - at.now >= at.milliseconds;
