import { DriftFound, isNamed, LockLost } from '../domain/errors.ts';
import { type Lock, lastsFor } from '../domain/lock.ts';
import { type GroupWeight, sameWeights } from '../domain/weights.ts';
import type { Locks } from '../ports/locks.ts';
import type { RuleSight, Traffic } from '../ports/traffic.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** ModifyRule has no condition, so the lease must outlast the call and its one attempt. */
const CALL_MS = 10_000;

interface World {
  readonly runtime: Runtime;
  readonly locks: Locks;
  readonly traffic: Traffic;
}

interface Write {
  readonly ruleArn: string;
  readonly weights: readonly GroupWeight[];
}

/** Throws LockLost unless the lock is still held under this token for as long as one call may take. */
export const assertHeld = async (runtime: Runtime, locks: Locks, lock: Lock): Promise<void> => {
  const state = await locks.read(lock.key);
  const held =
    state !== null &&
    state.token === lock.token &&
    lastsFor(state, { now: runtime.now(), milliseconds: CALL_MS });
  if (held) return;
  throw new LockLost(
    `lock ${lock.key} is not held under token ${lock.token} for another ${CALL_MS / 1000} s: ${
      state?.owner ? `${state.owner} has it under ${state.token}` : 'it is free'
    }`,
    { facts: { ...lock } },
  );
};

/** The one way to write a rule's weights: the lock is read just before, the rule just after. Answers what was read back. */
export const writeWeights = async (world: World, lock: Lock, write: Write): Promise<RuleSight> => {
  await assertHeld(world.runtime, world.locks, lock);
  return writtenAndRead(world.traffic, write);
};

/** The same for who may wait: what passes by itself at the load balancer is answered, not thrown. */
export const tryWeights = async (
  world: World,
  lock: Lock,
  write: Write,
): Promise<{ readonly seen: RuleSight } | { readonly failed: Error }> => {
  await assertHeld(world.runtime, world.locks, lock);
  try {
    return { seen: await writtenAndRead(world.traffic, write) };
  } catch (error) {
    if (!isNamed(error, 'TransientFailure')) throw error;
    return { failed: error as Error };
  }
};

const writtenAndRead = async (traffic: Traffic, write: Write): Promise<RuleSight> => {
  await traffic.forward(write.ruleArn, write.weights);
  const seen = await traffic.rule(write.ruleArn);
  if (sameWeights(seen.weights, write.weights)) return seen;
  const words = (weights: readonly GroupWeight[]) =>
    weights.map(({ targetGroupArn, weight }) => `${targetGroupArn} ${weight}`).join(', ');
  throw new DriftFound(
    `${write.ruleArn} was written as ${words(write.weights)} and read back as ${words(seen.weights)}`,
  );
};
