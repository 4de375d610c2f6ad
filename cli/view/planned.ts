import { canonical } from '../../config/canonical.ts';
import { judged } from '../../config/judged.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';
import type { Target } from '../../functions/domain/target.ts';

/** One thing that a target does otherwise once its stack is deployed as configured. */
export interface SettingChange {
  /** `analysis.errorRatioMax` */
  readonly setting: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What of a target's registration the configuration would change: how it shifts, watches and is reached. */
export const settingChanges = (
  registered: Target,
  configured: ConfiguredTarget | undefined,
): SettingChange[] => {
  if (configured === undefined) return [];
  const { hosts, paths } = configured.settings.route;
  const route = registered.shiftable?.route ?? registered.plainRoute;
  const { strategy, bakeSeconds, servesUsers, guard } = configured;
  const analysis = Object.entries(judged(configured.settings.analysis)).map(
    ([key, to]) =>
      [
        `analysis.${key}`,
        (registered.analysis as Readonly<Record<string, unknown>>)[key],
        to,
      ] as const,
  );
  return [
    ['strategy', registered.strategy, strategy] as const,
    ['bakeSeconds', registered.bakeSeconds, bakeSeconds] as const,
    ['servesUsers', registered.servesUsers, servesUsers] as const,
    ['guard', registered.guard, guard] as const,
    ['route.hosts', route?.hosts, hosts] as const,
    ['route.paths', route?.paths, paths] as const,
    ...analysis,
  ].flatMap(([setting, from, to]) =>
    canonical(from ?? null) === canonical(to ?? null) ? [] : [{ setting, from, to }],
  );
};
