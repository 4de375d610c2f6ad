import { isNamed } from '../domain/errors.ts';
import { ENVIRONMENT_LEASE_SECONDS, type Lock, TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import type { Locks } from '../ports/locks.ts';
import type { Log } from '../runtime/logger.ts';

/** Renews a rollout's hold on its target, and its release's on the environment. Throws LockLost when the target was taken over. */
export const hold = async (
  world: { readonly locks: Locks; readonly log: Log },
  lock: Lock,
  environmentLock: Lock,
): Promise<void> => {
  await world.locks.renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
  try {
    await world.locks.renew(environmentLock.key, environmentLock.token, ENVIRONMENT_LEASE_SECONDS);
  } catch (error) {
    // The target's own lock is what writes are made under; a shift under way is not undone for the environment's.
    if (!isNamed(error, 'LockLost')) throw error;
    world.log.warn('the lock on the environment is lost', { key: environmentLock.key });
  }
};
