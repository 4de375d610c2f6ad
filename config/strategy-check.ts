import type { Problem } from './problem.ts';
import type { ParsedConfiguration as Configuration } from './schema.ts';
import { colorsOf, customConfigurationOf, scheduleSeconds, strategyOf } from './strategy.ts';

/** Fixed by AWS, for each account and Region. */
export const CODEDEPLOY_CONFIGURATIONS_MAX = 50;
/** Fixed by AWS, from the first shift to the last; a rollout's own machine has room for no more either. */
const SCHEDULE_MINUTES_MAX = 2_880;

/** What is wrong with how the environments shift. */
export const strategyCheck = (configuration: Configuration): Problem[] => [
  ...bakeWithoutShift(configuration),
  ...stepsWithCodeDeploy(configuration),
  ...shiftWithoutColors(configuration),
  ...scheduleTooLong(configuration),
  ...tooManyConfigurations(configuration),
];

const bakeWithoutShift = ({ environments }: Configuration): Problem[] =>
  Object.entries(environments)
    .filter(
      ([, { strategy, bake }]) =>
        bake > 0 && (strategy === 'rolling' || strategy === 'recreate' || strategy === 'allAtOnce'),
    )
    .map(([environment, { bake, strategy }]) => ({
      path: `environments.${environment}.bake`,
      found: `${bake}s`,
      expected: `no bake with ${JSON.stringify(strategy)}, which watches no traffic; choose blueGreen, canary, linear or steps to bake`,
    }));

/** CodeDeploy shifts Lambda aliases in one share or in equal ones (`TimeBasedCanary`, `TimeBasedLinear`), nothing between. */
const stepsWithCodeDeploy = ({ environments }: Configuration): Problem[] =>
  Object.entries(environments)
    .filter(
      ([, { strategy, shift }]) =>
        typeof strategy === 'object' && 'steps' in strategy && shift === 'codeDeploy',
    )
    .map(([environment]) => ({
      path: `environments.${environment}.shift`,
      found: '"codeDeploy"',
      expected:
        '"schedule" with { steps }: CodeDeploy knows only canary (one share) and linear (equal shares)',
    }));

const shiftWithoutColors = ({ environments }: Configuration): Problem[] =>
  Object.entries(environments)
    .filter(
      ([, { strategy, shift }]) =>
        shift === 'schedule' && colorsOf(strategyOf(strategy, 'primary')) === 1,
    )
    .map(([environment, { strategy }]) => ({
      path: `environments.${environment}.shift`,
      found: '"schedule"',
      expected: `no shift with ${JSON.stringify(strategy)}, which has one color and nothing to shift`,
    }));

const scheduleTooLong = ({ environments }: Configuration): Problem[] =>
  Object.entries(environments).flatMap(([environment, { strategy }]) => {
    const minutes = scheduleSeconds(strategyOf(strategy, 'primary')) / 60;
    if (minutes <= SCHEDULE_MINUTES_MAX) return [];
    return [
      {
        path: `environments.${environment}.strategy`,
        found: `${minutes} minutes from the first share to all of it`,
        expected: `at most ${SCHEDULE_MINUTES_MAX} (2 days)`,
      },
    ];
  });

/** Services share them, so what counts is how many different schedules the environments of one account and Region have. */
const tooManyConfigurations = ({ environments, regions }: Configuration): Problem[] => {
  const wanted = new Map<string, Set<string>>();
  for (const { account, shift, strategy, waves } of Object.values(environments)) {
    for (const wave of waves.flat()) {
      const name = customConfigurationOf(strategyOf(strategy, wave));
      if (name === null || shift !== 'codeDeploy') continue;
      const region = wave === 'primary' ? regions.primary : (regions.standby ?? regions.primary);
      const place = `account ${account}, Region ${region}`;
      wanted.set(place, (wanted.get(place) ?? new Set()).add(name));
    }
  }
  return [...wanted]
    .filter(([, { size }]) => size > CODEDEPLOY_CONFIGURATIONS_MAX)
    .map(([place, found]) => ({
      path: 'environments',
      found: `${found.size} different canary and linear schedules in ${place}`,
      expected: `at most ${CODEDEPLOY_CONFIGURATIONS_MAX}, one custom CodeDeploy configuration each: AWS does not raise this limit; let environments share { step, every }, or give some of them shift: "schedule"`,
    }));
};
