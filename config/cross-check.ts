import { closest, distance } from 'fastest-levenshtein';
import { names } from './names.ts';
import type { Problem } from './problem.ts';
import type { ParsedConfiguration as Configuration } from './schema.ts';
import { strategyCheck } from './strategy-check.ts';

/** Fixed by AWS: target groups per Application Load Balancer. */
export const TARGET_GROUPS_PER_LOAD_BALANCER = 100;

/** What only shows when the parts are seen together. */
export const crossCheck = (configuration: Configuration): Problem[] => [
  ...prioritiesOverlap(configuration),
  ...repositoriesShared(configuration),
  ...standbyMissing(configuration),
  ...tooManyTargetGroups(configuration),
  ...namesTooLong(configuration),
  ...strategyCheck(configuration),
  ...probeElsewhere(configuration),
  ...guardTooShort(configuration),
  ...dependenciesUnknown(configuration),
];

/** Three listener rules a service: test, override, weighted. */
const prioritiesOverlap = ({ services }: Configuration): Problem[] => {
  const taken = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [service, { route }] of Object.entries(services)) {
    for (const offset of [0, 1, 2]) {
      const slot = `${route.listener.importFrom}:${route.priority + offset}`;
      const other = taken.get(slot);
      if (other !== undefined && other !== service) {
        problems.push({
          path: `services.${service}.route.priority`,
          found: String(route.priority),
          expected: `three numbers that no other service has on this listener (${other} has ${route.priority + offset})`,
        });
        break;
      }
      taken.set(slot, service);
    }
  }
  return problems;
};

const repositoriesShared = ({ services }: Configuration): Problem[] => {
  const owners = new Map<string, string>();
  return Object.entries(services).flatMap(([service, { repository }]) => {
    const other = owners.get(repository);
    owners.set(repository, service);
    if (other === undefined) return [];
    return [
      {
        path: `services.${service}.repository`,
        found: JSON.stringify(repository),
        expected: `a repository of its own (${other} has this one): a push must mean one service`,
      },
    ];
  });
};

const standbyMissing = ({ regions, environments }: Configuration): Problem[] =>
  regions.standby !== undefined
    ? []
    : Object.entries(environments)
        .filter(([, { waves }]) => waves.flat().includes('standby'))
        .map(([environment]) => ({
          path: `environments.${environment}.waves`,
          found: '"standby"',
          expected: 'only "primary", or a Region in regions.standby',
        }));

const tooManyTargetGroups = ({ services }: Configuration): Problem[] => {
  const perListener = new Map<string, number>();
  for (const { route } of Object.values(services)) {
    perListener.set(
      route.listener.importFrom,
      (perListener.get(route.listener.importFrom) ?? 0) + 2,
    );
  }
  return [...perListener]
    .filter(([, groups]) => groups > TARGET_GROUPS_PER_LOAD_BALANCER)
    .map(([listener, groups]) => ({
      path: 'services',
      found: `${groups} target groups behind ${listener}`,
      expected: `at most ${TARGET_GROUPS_PER_LOAD_BALANCER} (two a service): AWS does not raise this limit; use a second load balancer`,
    }));
};

/** Target group names have at most 32 characters, X-Ray group names too. */
const namesTooLong = ({ services, environments }: Configuration): Problem[] =>
  Object.keys(services).flatMap((service) =>
    Object.keys(environments)
      .filter((environment) => names.xrayFaultGroup(service, environment, 'green').length > 32)
      .map((environment) => ({
        path: `services.${service}`,
        found: JSON.stringify(service),
        expected: `a name that leaves "${names.xrayFaultGroup(service, environment, 'green')}" within 32 characters (the limit of target groups and X-Ray groups)`,
      })),
  );

/** A path that the service's rules let through to somebody else would prove somebody else. */
const probeElsewhere = ({ services }: Configuration): Problem[] =>
  Object.entries(services).flatMap(([service, { analysis, route }]) => {
    const { probe } = analysis;
    if (probe === undefined || route.paths.length === 0) return [];
    const path = probe.path.split('?')[0] ?? '';
    if (route.paths.some((pattern) => globOf(pattern).test(path))) return [];
    return [
      {
        path: `services.${service}.analysis.probe.path`,
        found: JSON.stringify(probe.path),
        expected: `a path that the service's route lets through: ${route.paths.join(', ')}`,
      },
    ];
  });

/** A listener rule's path pattern: `*` is any characters, `?` exactly one. */
const globOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

const guardTooShort = ({ environments }: Configuration): Problem[] =>
  Object.entries(environments)
    .filter(([, { guard }]) => guard.rollsBackFor > guard.for)
    .map(([environment, { guard }]) => ({
      path: `environments.${environment}.guard.rollsBackFor`,
      found: `${guard.rollsBackFor}s`,
      expected: `at most guard.for (${guard.for}s): what is not watched rolls nothing back`,
    }));

/** A circle of dependencies is a fact of many systems, and harms nothing here; a service that waits for itself is a mistake. */
const dependenciesUnknown = ({ services }: Configuration): Problem[] =>
  Object.entries(services).flatMap(([service, { dependencies }]) => {
    const others = Object.keys(services).filter((name) => name !== service);
    return dependencies.services.flatMap((name, index) => {
      if (others.includes(name)) return [];
      const nearest = others.length === 0 ? undefined : closest(name, others);
      const near = nearest !== undefined && distance(name, nearest) <= 2;
      return [
        {
          path: `services.${service}.dependencies.services[${index}]`,
          found: JSON.stringify(name),
          expected:
            others.length === 0
              ? 'another service of this configuration, of which there is none; name its alarms under dependencies.alarms'
              : `another service of this configuration: ${others.join(', ')}; alarms of anything else go under dependencies.alarms`,
          ...(near ? { suggestion: nearest } : {}),
        },
      ];
    });
  });
