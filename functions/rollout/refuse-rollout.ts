import { z } from 'zod';
import { busOf } from '../adapters/bus.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { isoOf } from '../domain/instant.ts';
import { Lock } from '../domain/lock.ts';
import { RolloutInput } from '../domain/rollout-input.ts';
import { rolloutTold } from '../events/rollout-told.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({
  rollout: RolloutInput,
  lock: Lock,
  reason: z.string(),
  evidence: z.record(z.string(), z.unknown()),
});
const Output = z.object({ refused: z.literal(true) });

type Env = z.output<(typeof environments)['rollout/refuse-rollout']>;

/** Nothing was touched: says why, and frees the target. */
export const refuseRollout =
  (world: World<Env>) =>
  async ({
    rollout,
    lock,
    reason,
    evidence,
  }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const ledger = ledgerOf(world);
    const now = isoOf(world.runtime.now());
    const record = await changeRollout(ledger, { ...rollout, token: lock.token }, (newest) => ({
      ...newest,
      phase: 'planned',
      endedAt: newest.endedAt ?? now,
    }));
    await ledger.append(rollout.releaseId, {
      at: now,
      kind: 'RolloutRefused',
      facts: { rolloutId: rollout.rolloutId, targetId: rollout.targetId, reason, evidence },
      once: `${rollout.rolloutId}#refused`,
    });
    await busOf(world).tell(rolloutTold('slipway.rollout', 'Rollout Refused', record, { reason }));
    await locksOf(world).release(lock.key, lock.token);
    return { refused: true };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollout/refuse-rollout'],
  run: refuseRollout,
});
