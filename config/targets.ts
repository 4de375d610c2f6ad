import { createHash } from 'node:crypto';
import { names } from './names.ts';
import type { Configuration, EnvironmentConfiguration, ServiceConfiguration } from './schema.ts';

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
  readonly bakeSeconds: number;
  readonly settings: ServiceConfiguration;
  readonly environmentSettings: EnvironmentConfiguration;
}

export type TargetStrategy =
  | { readonly kind: 'rolling' | 'recreate' | 'allAtOnce' | 'blueGreen' }
  | { readonly kind: 'canary'; readonly percent: number; readonly everySeconds: number }
  | { readonly kind: 'linear'; readonly stepPercent: number; readonly everySeconds: number };

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
  const configured = strategyOf(at.environmentSettings);
  const colors = configured.kind === 'rolling' || configured.kind === 'recreate' ? 1 : 2;
  return {
    targetId: `${at.service}/${at.environment}/${region}`,
    service: at.service,
    environment: at.environment,
    region,
    account: at.environmentSettings.account,
    colors,
    prefix: names.target(at.service, at.environment),
    servesUsers,
    // A Region without users can give no evidence of its own, so there is nothing to shift in steps for.
    strategy: at.wave === 'standby' && colors === 2 ? { kind: 'blueGreen' } : configured,
    bakeSeconds:
      at.wave === 'standby'
        ? Math.min(at.environmentSettings.bake, STANDBY_BAKE_MAX_SECONDS)
        : at.environmentSettings.bake,
    settings: at.settings,
    environmentSettings: at.environmentSettings,
  };
};

/** The Region behind `primary` or `standby`. */
export const regionOf = ({ regions }: Configuration, wave: 'primary' | 'standby'): string =>
  wave === 'primary' ? regions.primary : (regions.standby ?? regions.primary);

const strategyOf = ({ strategy }: EnvironmentConfiguration): TargetStrategy => {
  if (typeof strategy === 'string') return { kind: strategy };
  if ('canary' in strategy)
    return { kind: 'canary', percent: strategy.canary.step, everySeconds: strategy.canary.every };
  return { kind: 'linear', stepPercent: strategy.linear.step, everySeconds: strategy.linear.every };
};

/** SHA-256 of the workload's canonical JSON: the configuration half of a release. */
export const configDigestOf = ({ workload }: ServiceConfiguration): string =>
  `sha256:${createHash('sha256').update(canonical(workload)).digest('hex')}`;

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
};
