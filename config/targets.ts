import { names } from './names.ts';
import type { Configuration, EnvironmentConfiguration, ServiceConfiguration } from './schema.ts';
import { colorsOf, strategyOf, type TargetStrategy } from './strategy.ts';

/** One environment of one service in one account and Region, as the configuration says. */
export interface ConfiguredTarget {
  readonly targetId: string;
  readonly service: string;
  readonly environment: string;
  readonly region: string;
  readonly account: string;
  readonly colors: 1 | 2;
  /** Prefix of its resources' names. */
  readonly prefix: string;
  readonly servesUsers: boolean;
  readonly strategy: TargetStrategy;
  /** Who moves the alias; null with one color. */
  readonly shift: 'codeDeploy' | 'schedule' | null;
  readonly bakeSeconds: number;
  readonly guard: GuardSeconds;
  readonly settings: ServiceConfiguration;
  readonly environmentSettings: EnvironmentConfiguration;
}

/** The guard's terms, as the ledger knows them. */
export interface GuardSeconds {
  /** 0: not guarded. */
  readonly seconds: number;
  readonly rollsBackSeconds: number;
  readonly correlated: { readonly services: number; readonly withinSeconds: number };
}

/** The serving Region's bake is the evidence; without users, more time shows nothing but that the pods stay healthy. */
const STANDBY_BAKE_MAX_SECONDS = 15 * 60;

/** Every target, in the order of services, then of the promotion path, then of its waves. */
export const targetsOf = (configuration: Configuration): ConfiguredTarget[] =>
  Object.entries(configuration.services).flatMap(([service, settings]) =>
    Object.entries(configuration.environments).flatMap(([environment, environmentSettings]) =>
      environmentSettings.waves
        .flat()
        .map((wave) =>
          targetOf(configuration, { service, settings, environment, environmentSettings, wave }),
        ),
    ),
  );

const targetOf = (
  configuration: Configuration,
  at: {
    service: string;
    settings: ServiceConfiguration;
    environment: string;
    environmentSettings: EnvironmentConfiguration;
    wave: 'primary' | 'standby';
  },
): ConfiguredTarget => {
  const region = regionOf(configuration, at.wave);
  const servesUsers = at.wave === 'primary' && at.environmentSettings.traffic === 'users';
  const strategy = strategyOf(at.environmentSettings.strategy, at.wave);
  const colors = colorsOf(strategy);
  return {
    targetId: `${at.service}/${at.environment}/${region}`,
    service: at.service,
    environment: at.environment,
    region,
    account: at.environmentSettings.account,
    colors,
    prefix: names.target(at.service, at.environment),
    servesUsers,
    strategy,
    shift: colors === 1 ? null : at.environmentSettings.shift,
    bakeSeconds:
      at.wave === 'standby'
        ? Math.min(at.environmentSettings.bake, STANDBY_BAKE_MAX_SECONDS)
        : at.environmentSettings.bake,
    guard: guardOf(at.environmentSettings, colors),
    settings: at.settings,
    environmentSettings: at.environmentSettings,
  };
};

/** With one color there is nothing kept to go back to, so nothing is guarded. */
const guardOf = ({ guard }: EnvironmentConfiguration, colors: 1 | 2): GuardSeconds => ({
  seconds: colors === 1 ? 0 : guard.for,
  rollsBackSeconds: colors === 1 ? 0 : guard.rollsBackFor,
  correlated: { services: guard.correlated.services, withinSeconds: guard.correlated.within },
});

/** The Region behind `primary` or `standby`. */
export const regionOf = ({ regions }: Configuration, wave: 'primary' | 'standby'): string =>
  wave === 'primary' ? regions.primary : (regions.standby ?? regions.primary);
