import { z } from 'zod';
import { writeWeights } from '../adapters/fenced-rule.ts';
import { hold } from '../adapters/hold.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { pointer } from '../adapters/pointer.ts';
import { restorePointer } from '../adapters/restore-pointer.ts';
import { traffic } from '../adapters/traffic.ts';
import { Published, StepInput } from '../domain/prepared.ts';
import { rolesOf } from '../domain/roles.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { sameWeights, split } from '../domain/weights.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = StepInput.extend({ published: Published });
const Output = z.object({ placed: z.literal(true) });

type Env = z.output<(typeof environments)['rollout/place-first']>;

/** A target's first release: alias and rule at once to it, since there is nothing to shift away from. */
export const placeFirst =
  (world: World<Env>) =>
  async ({
    rollout,
    lock,
    prepared,
    published,
  }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const shiftable = shiftableOf(prepared.target);
    const place = placeOf(prepared.target);
    const locks = locksOf(world);
    await hold({ locks, log: world.log }, lock, rollout.environmentLock);
    const lambda = pointer(runtime, place, shiftable.pointer);
    const balancer = traffic(runtime, place);

    await restorePointer({ runtime, locks, pointer: lambda }, lock, published.pointerVersion);
    const { weightedRuleArn } = shiftable.route;
    const weights = split(rolesOf(prepared), 100);
    const rule = await balancer.rule(weightedRuleArn);
    if (!sameWeights(rule.weights, weights)) {
      await writeWeights({ runtime, locks, traffic: balancer }, lock, {
        ruleArn: weightedRuleArn,
        weights,
      });
    }
    return { placed: true };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollout/place-first'],
  run: placeFirst,
});
