import { z } from 'zod';
import { readAlias } from '../adapters/alias.ts';
import { busOf } from '../adapters/bus.ts';
import { fastPath } from '../adapters/fast-path.ts';
import { hold } from '../adapters/hold.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { readRules } from '../adapters/rule-reads.ts';
import { DriftFound, LockLost } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { overrideIsOn } from '../domain/override.ts';
import { type Prepared, Published, StepInput } from '../domain/prepared.ts';
import { rolesOf } from '../domain/roles.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { guardOpened } from '../domain/warm.ts';
import { candidatePercentIn } from '../domain/weights.ts';
import { rolloutTold } from '../events/rollout-told.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';
import type { Runtime } from '../runtime/runtime.ts';

const Input = StepInput.extend({ published: Published.nullable() });
const Output = z.object({ completed: z.literal(true) });

type Env = z.output<(typeof environments)['rollout/conclude-rollout']>;

/** Verifies that the candidate has everything, makes it live, frees the target, tells. */
export const concludeRollout =
  (world: World<Env>) =>
  async ({
    rollout,
    lock,
    prepared,
    published,
  }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const { target, color, lastGood } = prepared;
    const { targetId, rolloutId } = rollout;
    const ledger = ledgerOf(world);
    const locks = locksOf(world);
    const before = await ledger.rollout(targetId);
    const again = before?.rolloutId === rolloutId && before.phase === 'completed';
    if (!again) {
      await hold({ locks, log: world.log }, lock, rollout.environmentLock);
      if (prepared.mode === 'twoColors') await verify(runtime, prepared, published);
    }
    if (target.shiftable !== null) {
      // Before the record says completed: whoever finds it completed finds the fast path idle, and the guard open.
      const row = fastPath(runtime, placeOf(target), target.shiftable.fastPathTable);
      await row.change(lock.token, { phase: 'idle', pendingHook: null });
      const { releaseId } = rollout;
      const endedAt = before?.endedAt ?? isoOf(runtime.now());
      await ledger.openGuard(
        guardOpened(target, { releaseId, rolloutId, color }, { lastGood, endedAt }),
      );
    }
    const at = { targetId, rolloutId, token: lock.token };
    const now = isoOf(runtime.now());
    const record = await changeRollout(ledger, at, (newest) => completed(newest, lastGood, now), {
      releaseId: rollout.releaseId,
      rolloutId,
      digest: rollout.digest,
      configDigest: rollout.configDigest,
      version: rollout.version,
      color,
      pointerVersion: published?.pointerVersion ?? null,
      since: now,
      lastGood,
      token: lock.token,
    });
    const { digest, configDigest } = rollout;
    await ledger.append(rollout.releaseId, {
      at: isoOf(runtime.now()),
      kind: 'RolloutCompleted',
      facts: { rolloutId, targetId, color, digest, configDigest, lastGood },
      once: `${rolloutId}#completed`,
    });
    await busOf(world).tell(
      rolloutTold('slipway.rollout', 'Rollout Completed', record, { reason: null }),
    );
    await locks.release(lock.key, lock.token);
    return { completed: true };
  };

/** A rollback that was asked for, because the execution was lost while this function ran on, has the last word. */
const completed = (
  record: RolloutRecord,
  lastGood: Prepared['lastGood'],
  now: string,
): RolloutRecord => {
  if (record.rollback?.outcome === null && record.phase !== 'completed') {
    throw new LockLost(`the rollback of ${record.rolloutId} was asked for before it was concluded`);
  }
  return {
    ...record,
    phase: 'completed',
    lastGood,
    endedAt: record.endedAt ?? now,
    completedAt: record.completedAt ?? now,
  };
};

/** What is claimed is what is read: alias, rule and override, each at its own source. */
const verify = async (
  runtime: Runtime,
  prepared: Prepared,
  published: Published | null,
): Promise<void> => {
  const { route, pointer: at } = shiftableOf(prepared.target);
  const place = placeOf(prepared.target);
  const [alias, rules] = await Promise.all([
    readAlias(runtime, place, at),
    readRules(runtime, place, [route.weightedRuleArn, route.overrideRuleArn]),
  ]);
  const [weighted, override] = rules;
  const wrong: string[] = [];
  if (alias.version !== published?.pointerVersion || alias.additional !== null) {
    wrong.push(
      `the alias is at ${alias.version}${alias.additional === null ? '' : ` and ${alias.additional.version}`}, not at ${published?.pointerVersion ?? 'none'} alone`,
    );
  }
  const percent = candidatePercentIn(weighted?.weights ?? [], rolesOf(prepared));
  if (percent !== 100)
    wrong.push(`the weighted rule gives the candidate ${percent ?? 'no clear'} %`);
  if (overrideIsOn(override?.conditions ?? [])) wrong.push('the override is on');
  if (wrong.length > 0) throw new DriftFound(`the rollout can't be concluded: ${wrong.join('; ')}`);
};

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollout/conclude-rollout'],
  run: concludeRollout,
});
