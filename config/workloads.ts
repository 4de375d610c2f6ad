import { readManifests } from './manifests/read.ts';
import type { Problem } from './problem.ts';
import type { Configuration, ParsedConfiguration } from './schema.ts';
import type { ConfiguredWorkload } from './workload.ts';

/** The services of a configuration with the workload of each: as written, or read out of its manifests. */
export const readWorkloads = (
  configuration: ParsedConfiguration,
  folder: string,
): { readonly services: Configuration['services']; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const services = Object.entries(configuration.services).map(([service, settings]) => {
    const { workload: written, manifests, ...rest } = settings;
    const workload = written ?? readOwn(configuration, service, folder, problems);
    if (written !== undefined && manifests !== undefined) {
      problems.push({
        path: `services.${service}`,
        found: 'workload and manifests',
        expected: 'one of the two: workload, which Slipway writes the manifests of, or manifests',
      });
    }
    return [service, { ...rest, workload }] as const;
  });
  return { services: Object.fromEntries(services), problems };
};

/** Stands where a problem was found, so that the rest can be looked at as well. */
const UNREAD: ConfiguredWorkload = {
  port: 1,
  replicas: { min: 1, max: 1 },
  readiness: '/',
  env: {},
};

const readOwn = (
  { regions, pipeline, environments, services }: ParsedConfiguration,
  service: string,
  folder: string,
  problems: Problem[],
): ConfiguredWorkload => {
  const { manifests, repository = '' } = services[service] ?? {};
  const path = `services.${service}.manifests`;
  if (manifests === undefined) {
    problems.push({
      path: `services.${service}`,
      found: 'neither workload nor manifests',
      expected:
        'workload: { port, replicas, readiness, env }, or manifests: a folder of rendered manifests',
    });
    return UNREAD;
  }
  const read = readManifests(
    manifests,
    {
      service,
      repository,
      registryImage: `${pipeline.account}.dkr.ecr.${regions.primary}.amazonaws.com/${repository}`,
      namespaces: Object.values(environments).map(({ namespace }) => namespace ?? service),
      platformConfigMaps: manifests.configMaps,
    },
    { folder, path },
  );
  problems.push(...read.problems);
  return read.workload ?? UNREAD;
};
