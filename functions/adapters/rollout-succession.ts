import { LockLost } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { type Lock, TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import type { Carried, RolloutInput } from '../domain/rollout-input.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Locks } from '../ports/locks.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { changeRollout } from './rollout-change.ts';

interface SuccessionWorld {
  readonly runtime: Runtime;
  readonly ledger: Ledger;
  readonly locks: Locks;
}

/**
 * Makes an execution the one that ticks: the target's lock under a higher token, so that nothing of the execution before can
 * write, then the record. Done again, it keeps what it took. Throws LockLost when a rollback was asked for meanwhile.
 */
export const takeOverRollout = async (
  { runtime, ledger, locks }: SuccessionWorld,
  rollout: RolloutInput,
  { lock: before, number }: Carried,
  executionArn: string,
): Promise<Lock> => {
  const { key } = before;
  const { rolloutId, targetId } = rollout;
  const state = await locks.read(key);
  const token =
    state?.owner === executionArn
      ? (await locks.renew(key, state.token, TARGET_LEASE_SECONDS)).token
      : await locks.takeOver(key, executionArn, TARGET_LEASE_SECONDS, {
          rolloutId,
          heldUnder: before.token,
        });
  await changeRollout(ledger, { targetId, rolloutId, token }, (record) => {
    if (record.yieldedAt !== null) {
      throw new LockLost(
        `${rolloutId} cannot go on in ${executionArn}: the execution before it has given it up`,
        { facts: { rolloutId, targetId, executionArn } },
      );
    }
    return { ...record, executionArn };
  });
  await ledger.append(rollout.releaseId, {
    at: isoOf(runtime.now()),
    kind: 'RolloutHandedOver',
    facts: { rolloutId, targetId, token, number },
    once: `${rolloutId}#execution#${number}`,
  });
  return { key, token };
};
