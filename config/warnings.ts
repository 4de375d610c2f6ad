import type { Problem } from './problem.ts';
import type { Configuration } from './schema.ts';

/** Of the load balancer's metrics. */
const PERIOD_SECONDS = 60;
/** The tick looks at least once a minute. */
const TICK_SECONDS = 60;

/** What is allowed, and yet hardly what was meant. */
export const warningsOf = (configuration: Configuration): Problem[] =>
  schedulesBeforeEvidence(configuration);

/**
 * The period in which a weight changes and the one after it are left out, the next one must close and settle, and a tick must
 * come by. A shorter schedule does no harm, as the load balancer waits for the evidence; but it is not what happens.
 */
const schedulesBeforeEvidence = ({ services, environments }: Configuration): Problem[] =>
  Object.entries(environments).flatMap(([environment, { strategy, traffic }]) => {
    const settled = Object.entries(services).map(
      ([service, { analysis }]) => [service, analysis.settle] as const,
    );
    const [service, settle] = settled.reduce((slowest, one) =>
      one[1] > slowest[1] ? one : slowest,
    );
    const least = 2 * PERIOD_SECONDS + settle;
    const most = least + PERIOD_SECONDS + TICK_SECONDS;
    return (traffic === 'none' ? [] : schedulesOf(strategy))
      .filter(({ seconds }) => seconds < least)
      .map(({ path, seconds }) => ({
        path: `environments.${environment}.strategy.${path}`,
        found: minutes(seconds),
        expected: `at least "${minutes(most)}": the evidence of a step of ${service} takes ${minutes(least)} to ${minutes(most)}, and the load balancer waits for it at every step`,
      }));
  });

/** The times between the steps of a strategy, each with its key. */
const schedulesOf = (
  strategy: Configuration['environments'][string]['strategy'],
): { path: string; seconds: number }[] => {
  if (typeof strategy === 'string') return [];
  if ('canary' in strategy) return [{ path: 'canary.every', seconds: strategy.canary.every }];
  if ('linear' in strategy) return [{ path: 'linear.every', seconds: strategy.linear.every }];
  return strategy.steps.map(({ hold }, step) => ({ path: `steps[${step}].hold`, seconds: hold }));
};

const minutes = (seconds: number): string => `${Math.ceil(seconds / 60)}m`;
