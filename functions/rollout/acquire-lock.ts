import { z } from 'zod';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { takeOverRollout } from '../adapters/rollout-succession.ts';
import { isoOf } from '../domain/instant.ts';
import { deployedIn } from '../domain/live.ts';
import { Lock, TARGET_LEASE_SECONDS, targetLockKey } from '../domain/lock.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { Carried, RolloutInput, Successor, successorOf } from '../domain/rollout-input.ts';
import { mayBegin } from '../domain/rollout-start.ts';
import type { Locks } from '../ports/locks.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({
  rollout: RolloutInput.extend({ carried: Carried.optional() }),
  executionArn: z.string(),
});
const Output = z.object({
  decision: z.enum(['acquired', 'wait', 'refused']),
  waitSeconds: z.int().nonnegative(),
  lock: Lock.nullable(),
  reason: z.string().nullable(),
  successor: Successor,
});

const WAIT_SECONDS = 30;

type Env = z.output<(typeof environments)['rollout/acquire-lock']>;

/** Takes the target's lock and makes this its newest rollout; or takes both over from the execution that this one follows. */
export const acquireLock =
  (world: World<Env>) =>
  async ({ rollout, executionArn }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { targetId, rolloutId } = rollout;
    const ledger = ledgerOf(world);
    const locks = locksOf(world);
    const successor = successorOf(rolloutId, rollout.carried?.number ?? 1);
    const acquired = (lock: Lock) => ({
      decision: 'acquired' as const,
      waitSeconds: 0,
      lock,
      reason: null,
      successor,
    });
    if (rollout.carried !== undefined) {
      const { runtime } = world;
      return acquired(
        await takeOverRollout({ runtime, ledger, locks }, rollout, rollout.carried, executionArn),
      );
    }
    const waiting = (reason: string) => ({
      decision: 'wait' as const,
      waitSeconds: WAIT_SECONDS,
      lock: null,
      reason,
      successor,
    });

    const key = targetLockKey(targetId);
    const held = await locks.acquire(key, executionArn, TARGET_LEASE_SECONDS, { rolloutId });
    if (!held.acquired) {
      return waiting(`${targetId} is held by ${held.holder.rolloutId ?? held.holder.owner}`);
    }
    const [newest, live] = await Promise.all([ledger.rollout(targetId), ledger.live(targetId)]);
    const token = await aboveRecord(locks, key, held.token, { newest, rolloutId });
    const lock = { key, token };
    const start = mayBegin(newest, rolloutId);
    if (start.decision !== 'begin') {
      await locks.release(lock.key, lock.token);
      if (start.decision === 'wait') return waiting(start.reason);
      return { decision: 'refused', waitSeconds: 0, lock: null, reason: start.reason, successor };
    }
    if (newest?.rolloutId !== rolloutId || newest.token !== lock.token) {
      const now = isoOf(world.runtime.now());
      const record: RolloutRecord = {
        rolloutId,
        releaseId: rollout.releaseId,
        targetId,
        digest: rollout.digest,
        configDigest: rollout.configDigest,
        version: rollout.version,
        phase: 'preparing',
        color: null,
        pointerVersion: null,
        deploymentId: null,
        executionArn,
        lastGood: live === null ? null : deployedIn(live),
        token: lock.token,
        startedAt: newest?.rolloutId === rolloutId ? newest.startedAt : now,
        endedAt: null,
        yieldedAt: null,
        rollback: null,
      };
      await ledger.writeRollout(record);
      await ledger.append(rollout.releaseId, {
        at: now,
        kind: 'RolloutStarted',
        facts: { rolloutId, targetId, token: lock.token },
        once: `${rolloutId}#started`,
      });
    }
    return acquired(lock);
  };

/** Records refuse what comes under an older token. A lock whose row was deleted counts from 1 again, so its token is lifted above theirs. */
const aboveRecord = async (
  locks: Locks,
  key: string,
  token: number,
  { newest, rolloutId }: { newest: RolloutRecord | null; rolloutId: string },
): Promise<number> => {
  const known = newest?.token ?? 0;
  const least = newest?.rolloutId === rolloutId ? known : known + 1;
  return token < least ? locks.raise(key, token, known) : token;
};

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollout/acquire-lock'],
  run: acquireLock,
});
