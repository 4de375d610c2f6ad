import { z } from 'zod';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { pointer } from '../adapters/pointer.ts';
import { restorePointer } from '../adapters/restore-pointer.ts';
import { traffic } from '../adapters/traffic.ts';
import { DriftFound } from '../domain/errors.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import { overrideIsOn, overrideOff } from '../domain/override.ts';
import { Restored } from '../domain/restored.ts';
import { Claimed } from '../domain/rollback.ts';
import { sameWeights } from '../domain/weights.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed, restored: Restored.nullable() });
const Output = z.object({ lifted: z.boolean(), reason: z.string() });

type Env = z.output<(typeof environments)['rollback/lift-override']>;

/** Gives the weighted rule its traffic back, when two reads of it on either side of the wait agree. */
export const liftOverride =
  (world: World<Env>) =>
  async ({ claim, restored }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const { target, lastGood, lock } = claim;
    const locks = locksOf(world);
    await locks.renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    if (target.shiftable === null) return { lifted: false, reason: 'one color has no override' };
    const { route } = target.shiftable;
    const place = placeOf(target);
    const balancer = traffic(runtime, place);
    const [weighted, override] = await Promise.all([
      balancer.rule(route.weightedRuleArn),
      balancer.rule(route.overrideRuleArn),
    ]);
    if (restored?.weights && !sameWeights(weighted.weights, restored.weights)) {
      throw new DriftFound(
        `the weighted rule changed between ${restored.readAt} and now, although nobody may write it: the override stays on`,
      );
    }
    if (restored?.pointerVersion) {
      // CodeDeploy was given its time; if it came later all the same, the alias is put back once more.
      const lambda = pointer(runtime, place, target.shiftable.pointer);
      await restorePointer({ runtime, locks, pointer: lambda }, lock, restored.pointerVersion);
    }
    if (!overrideIsOn(override.conditions)) return { lifted: false, reason: 'it was not on' };
    const color = lastGood?.color ?? claim.candidate.color;
    const other = color === 'blue' ? 'green' : 'blue';
    await balancer.forward(
      route.overrideRuleArn,
      [
        { targetGroupArn: route.targetGroupArns[color], weight: 100 },
        { targetGroupArn: route.targetGroupArns[other], weight: 0 },
      ],
      overrideOff(runtime.uuid()),
    );
    const seen = await balancer.rule(route.overrideRuleArn);
    if (overrideIsOn(seen.conditions)) {
      throw new DriftFound(`the override ${route.overrideRuleArn} was lifted and is on again`);
    }
    return { lifted: true, reason: 'the weighted rule routes again' };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/lift-override'],
  run: liftOverride,
});
