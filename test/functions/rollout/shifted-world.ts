import type { Shiftable, Strategy } from '../../../functions/domain/target.ts';
import { type RolloutWorld, rolloutWorld } from './rollout-world.ts';
import { shopTarget } from './shop-target.ts';

/** Who moves the alias. */
export type Adapter = 'codeDeploy' | 'schedule';

const MINUTE = 60_000;

/** CodeDeploy's routing of a strategy, as the base stack would configure it. */
const routingOf = (strategy: Strategy): object | null => {
  if (strategy.kind === 'canary') {
    return {
      type: 'TimeBasedCanary',
      timeBasedCanary: {
        canaryPercentage: strategy.percent,
        canaryInterval: strategy.everySeconds / 60,
      },
    };
  }
  if (strategy.kind === 'linear') {
    return {
      type: 'TimeBasedLinear',
      timeBasedLinear: {
        linearPercentage: strategy.stepPercent,
        linearInterval: strategy.everySeconds / 60,
      },
    };
  }
  return null;
};

/** A world in which 1.1.0 serves a target that shifts by this strategy and adapter. */
export const shiftedWorld = async (adapter: Adapter, strategy: Strategy): Promise<RolloutWorld> => {
  const shiftable = shopTarget().shiftable as Shiftable;
  const routing = routingOf(strategy);
  const configuration =
    routing === null ? 'CodeDeployDefault.LambdaAllAtOnce' : 'slipway-of-this-test';
  const codeDeploy = shiftable.codeDeploy && { ...shiftable.codeDeploy, configuration };
  const world = await rolloutWorld({
    strategy,
    bakeSeconds: 120,
    shiftable: { ...shiftable, codeDeploy: adapter === 'schedule' ? null : codeDeploy },
  });
  if (adapter === 'codeDeploy' && routing !== null) {
    await world.call('codedeploy', 'CreateDeploymentConfig', {
      deploymentConfigName: configuration,
      computePlatform: 'Lambda',
      trafficRoutingConfig: routing,
    });
  }
  const { outcome } = await world.ended(await world.launch('1.1.0'));
  if (outcome !== 'completed') throw new Error(`1.1.0 ended ${outcome}`);
  await world.clock.advance(5 * MINUTE);
  return world;
};
