import { z } from 'zod';
import { fastPath } from '../adapters/fast-path.ts';
import { writeWeights } from '../adapters/fenced-rule.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { pointer } from '../adapters/pointer.ts';
import { restorePointer } from '../adapters/restore-pointer.ts';
import { traffic } from '../adapters/traffic.ts';
import { isoOf } from '../domain/instant.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import { Restored } from '../domain/restored.ts';
import { Claimed } from '../domain/rollback.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { sameWeights, split } from '../domain/weights.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed });

type Env = z.output<(typeof environments)['rollback/restore-stable']>;

/** Alias and weighted rule to last good, each read back; where they already stand there, nothing is written. */
export const restoreStable =
  (world: World<Env>) =>
  async ({ claim }: z.output<typeof Input>): Promise<Restored> => {
    const { runtime } = world;
    const { target, lastGood, lock } = claim;
    const shiftable = shiftableOf(target);
    const place = placeOf(target);
    const locks = locksOf(world);
    await locks.renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    const row = fastPath(runtime, place, shiftable.fastPathTable);
    if (lastGood === null || lastGood.pointerVersion === null) {
      await disarm(row, lock.token);
      return { pointerVersion: null, weights: null, readAt: isoOf(runtime.now()) };
    }
    const lambda = pointer(runtime, place, shiftable.pointer);
    const balancer = traffic(runtime, place);
    await restorePointer({ runtime, locks, pointer: lambda }, lock, lastGood.pointerVersion, {
      fenced: shiftable.codeDeploy === null,
    });

    const { route } = shiftable;
    const weights = split(
      {
        stable: route.targetGroupArns[lastGood.color],
        candidate: route.targetGroupArns[claim.candidate.color],
      },
      0,
    );
    const before = await balancer.rule(route.weightedRuleArn);
    const seen = sameWeights(before.weights, weights)
      ? before
      : await writeWeights({ runtime, locks, traffic: balancer }, lock, {
          ruleArn: route.weightedRuleArn,
          weights,
        });
    await disarm(row, lock.token);
    return {
      pointerVersion: lastGood.pointerVersion,
      weights: [...seen.weights],
      readAt: isoOf(runtime.now()),
    };
  };

/** Long before the override is lifted: an alarm that is being handled has ended by then, and can't turn it on again. */
const disarm = async (row: ReturnType<typeof fastPath>, token: number): Promise<void> => {
  if ((await row.read()) === null) return;
  await row.change(token, { phase: 'idle', pendingHook: null });
};

export const handler = handle({
  input: Input,
  output: Restored,
  env: environments['rollback/restore-stable'],
  run: restoreStable,
});
