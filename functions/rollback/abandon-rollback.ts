import { z } from 'zod';
import { busOf } from '../adapters/bus.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { traffic } from '../adapters/traffic.ts';
import { DriftFound } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import { overrideIsOn } from '../domain/override.ts';
import { Claimed, plainReason } from '../domain/rollback.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { rolloutTold } from '../events/rollout-told.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed, reason: z.string() });
const Output = z.object({ reason: z.string() });

type Env = z.output<(typeof environments)['rollback/abandon-rollback']>;

/**
 * The release that a person named does not get ready. No traffic was moved for it, so live goes on serving: the record says so and
 * the lock is freed. What the other slot held before is gone from it.
 */
export const abandonRollback =
  (world: World<Env>) =>
  async ({ claim, reason: given }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { target, lock, lastGood } = claim;
    const { targetId, rolloutId, releaseId } = claim.rollout;
    const ledger = ledgerOf(world);
    const locks = locksOf(world);
    await locks.renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    const { overrideRuleArn } = shiftableOf(target).route;
    const override = await traffic(world.runtime, placeOf(target)).rule(overrideRuleArn);
    if (overrideIsOn(override.conditions)) {
      throw new DriftFound(`the override ${overrideRuleArn} is on: live does not serve alone`);
    }
    const now = isoOf(world.runtime.now());
    const reason = `${lastGood?.releaseId ?? 'the release'} does not get ready: ${plainReason(given)}`;
    const live = await ledger.live(targetId);
    if (live !== null) {
      await ledger.writeLive(targetId, { ...live, lastGood: null, token: lock.token });
    }
    const record = await changeRollout(
      ledger,
      { targetId, rolloutId, token: lock.token },
      (newest) => ({
        ...newest,
        phase: 'completed',
        lastGood: null,
        endedAt: newest.endedAt ?? now,
        rollback: newest.rollback && { ...newest.rollback, outcome: 'abandoned' },
      }),
    );
    const attempt = record.rollback?.attempt ?? 1;
    await ledger.append(releaseId, {
      at: now,
      kind: 'RollbackAbandoned',
      facts: { rolloutId, targetId, reason, to: lastGood },
      once: `${rolloutId}#abandoned#${attempt}`,
    });
    const told = rolloutTold('slipway.rollback', 'Rollback Abandoned', record, {
      id: `${rolloutId}/rollback-abandoned/${attempt}`,
      reason,
      to: lastGood,
    });
    await busOf(world).tell(told);
    await locks.release(lock.key, lock.token);
    return { reason };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/abandon-rollback'],
  run: abandonRollback,
});
