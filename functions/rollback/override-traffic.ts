import { z } from 'zod';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { traffic } from '../adapters/traffic.ts';
import { DriftFound, isNamed, RollbackImpossible } from '../domain/errors.ts';
import { millisecondsOf } from '../domain/instant.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import { overrideIsOn, overrideWeights, planOverride, REVIVE_SECONDS } from '../domain/override.ts';
import { Claimed } from '../domain/rollback.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { candidatePercentIn, sameWeights } from '../domain/weights.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed });
const Output = z.object({
  decision: z.enum(['all', 'wait', 'error']),
  reason: z.string(),
  lastGoodHealthy: z.int(),
  candidateHealthy: z.int(),
});

type Env = z.output<(typeof environments)['rollback/override-traffic']>;

/** Traffic first: the higher-priority rule sends to last good all that it can carry now. It wins over any late write to the weighted rule. */
export const overrideTraffic =
  (world: World<Env>) =>
  async ({ claim }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const { target, lastGood, lock } = claim;
    if (lastGood === null) throw new RollbackImpossible('the target had nothing before');
    const { route } = shiftableOf(target);
    const balancer = traffic(runtime, placeOf(target));
    await locksOf(world).renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    const groups = {
      lastGood: route.targetGroupArns[lastGood.color],
      candidate: route.targetGroupArns[claim.candidate.color],
    };
    const [weighted, override, good, bad] = await Promise.all([
      balancer.rule(route.weightedRuleArn),
      balancer.rule(route.overrideRuleArn),
      balancer.health(groups.lastGood),
      balancer.health(groups.candidate),
    ]);
    const roles = { stable: groups.lastGood, candidate: groups.candidate };
    const waitedSeconds = (runtime.now() - millisecondsOf(claim.startedAt)) / 1000;
    let plan = planOverride({
      lastGoodHealthy: good.healthy,
      candidateHealthy: bad.healthy,
      candidatePercent: candidatePercentIn(weighted.weights, roles) ?? 100,
      overrideOn: overrideIsOn(override.conditions),
      waitedSeconds,
    });
    if (plan.lastGoodPercent !== null) {
      const weights = overrideWeights(groups, plan.lastGoodPercent);
      try {
        await balancer.forward(route.overrideRuleArn, weights, weighted.conditions);
        const seen = await balancer.rule(route.overrideRuleArn);
        if (!overrideIsOn(seen.conditions) || !sameWeights(seen.weights, weights)) {
          throw new DriftFound(
            `the override ${route.overrideRuleArn} was not read back as written`,
          );
        }
      } catch (error) {
        // The load balancer may be throttled for minutes: last good gets as long as if it were being put back.
        if (!isNamed(error, 'TransientFailure') || waitedSeconds >= REVIVE_SECONDS) throw error;
        world.log.warn('the override could not be written yet', error as Error);
        plan = {
          ...plan,
          decision: 'wait',
          reason: `not written yet: ${(error as Error).message}`,
        };
      }
    }
    return {
      decision: plan.decision,
      reason: plan.reason,
      lastGoodHealthy: good.healthy,
      candidateHealthy: bad.healthy,
    };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/override-traffic'],
  run: overrideTraffic,
});
