import { z } from 'zod';
import { busOf } from '../adapters/bus.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { LockLost } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import { Claimed, quarantines } from '../domain/rollback.ts';
import { rolloutTold } from '../events/rollout-told.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed, drained: z.boolean() });
const Output = z.object({ quarantined: z.boolean(), reason: z.string() });

type Env = z.output<(typeof environments)['rollback/conclude-rollback']>;

/** Last good serves: says so in the ledger, quarantines the pair if evidence names it, frees the lock, tells. */
export const concludeRollback =
  (world: World<Env>) =>
  async ({ claim, drained }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { target, lastGood, lock } = claim;
    const { targetId, rolloutId } = claim.rollout;
    const ledger = ledgerOf(world);
    const locks = locksOf(world);
    const now = isoOf(world.runtime.now());
    const record = await ledger.rollout(targetId);
    const concluded = record?.rolloutId === rolloutId && record.rollback?.outcome === 'rolledBack';
    if (!concluded) await locks.renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    if (record?.rolloutId !== rolloutId || record.rollback === null) {
      throw new LockLost(`${targetId} belongs to ${record?.rolloutId ?? 'nobody'} now`);
    }
    const { cause, reason } = record.rollback;
    const quarantined = quarantines(cause, record, lastGood);
    if (quarantined) {
      const { digest, configDigest } = record;
      await ledger.quarantine({
        service: target.service,
        digest,
        configDigest,
        version: record.version,
        releaseId: record.releaseId,
        reason,
        rolloutId,
        at: now,
      });
    }
    if (!concluded) {
      const live = await ledger.live(targetId);
      if (lastGood !== null && live?.rolloutId === rolloutId) {
        await ledger.writeLive(targetId, {
          ...lastGood,
          since: now,
          lastGood: null,
          token: lock.token,
        });
      }
      await changeRollout(ledger, { targetId, rolloutId, token: lock.token }, (newest) => ({
        ...newest,
        phase: 'rolledBack',
        endedAt: now,
        rollback: newest.rollback && { ...newest.rollback, outcome: 'rolledBack' },
      }));
    }
    // While the lock is held: what was rolled back is watched no more.
    await ledger.closeGuard(targetId, rolloutId);
    await ledger.append(record.releaseId, {
      at: now,
      kind: 'RolledBack',
      facts: {
        rolloutId,
        targetId,
        cause,
        reason,
        quarantined,
        judged: quarantined,
        drained,
        lastGood,
      },
      once: `${rolloutId}#rolledBack#${record.rollback.attempt}`,
    });
    const bus = busOf(world);
    const facts = { reason, cause, quarantined, drained, lastGood };
    await bus.tell(rolloutTold('slipway.rollback', 'Rolled Back', record, facts));
    if (quarantined) {
      await bus.tell(rolloutTold('slipway.rollback', 'Pair Quarantined', record, { reason }));
    }
    await locks.release(lock.key, lock.token);
    return { quarantined, reason };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/conclude-rollback'],
  run: concludeRollback,
});
