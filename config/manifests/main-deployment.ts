import type { Problem } from '../problem.ts';
import type { OwnWorkload } from '../workload.ts';
import type { Bounds, Checked } from './check-object.ts';
import { autoscalerOf, ofKind, portsOf } from './check-together.ts';
import {
  at,
  containersOf,
  type Fields,
  type GivenObject,
  itemsOf,
  labelsAt,
  numberAt,
  podSpecOf,
  textAt,
} from './fields.ts';
import { hasAll } from './selectors.ts';

/** What a person says where the objects leave a choice. */
export interface Choices {
  /** The Service behind the load balancer. */
  readonly service?: string | undefined;
  /** Its port, by number or name. */
  readonly port?: number | string | undefined;
  /** The path that health checks ask for. */
  readonly readiness?: string | undefined;
}

/** What the rest of Slipway asks of a workload. */
export type MainFacts = Omit<OwnWorkload, 'objects'>;

interface Pair {
  readonly deployment: Checked;
  readonly service: Checked;
}

/**
 * Finds what is behind the load balancer: the Deployment with the service's own image that a Service selects. Whatever is not
 * plain is a problem that says how to make it plain.
 */
export const mainOf = (
  objects: readonly Checked[],
  bounds: Bounds,
  choices: Choices,
  path: string,
): { readonly facts?: MainFacts; readonly problems: readonly Problem[] } => {
  const no = (found: string, expected: string, where = path) => ({
    problems: [{ path: where, found, expected }],
  });
  const own = ofKind(objects, 'Deployment').filter(({ object }) =>
    ownContainer(object, bounds.registryImage),
  );
  if (own.length === 0)
    return no(
      'no Deployment with the service’s own image',
      `a Deployment with a container whose image is ${bounds.registryImage} (or ${bounds.repository})`,
    );
  const pairs = own.flatMap((deployment): Pair[] =>
    ofKind(objects, 'Service')
      .filter(({ object }) =>
        hasAll(
          labelsAt(object, 'spec', 'selector'),
          labelsAt(deployment.object, 'spec', 'template', 'metadata', 'labels'),
        ),
      )
      .map((service) => ({ deployment, service })),
  );
  const { service: wanted } = choices;
  const left =
    wanted === undefined ? pairs : pairs.filter(({ service }) => nameOf(service) === wanted);
  const [pair] = left;
  const named = pairs.map(
    ({ deployment, service }) => `${nameOf(service)} → ${nameOf(deployment)}`,
  );
  if (pair === undefined) {
    return pairs.length === 0
      ? no(
          `no Service that selects ${own.map(nameOf).join(' or ')}`,
          'a Service in front of the pods: the target group is filled from it',
        )
      : no(
          `service: ${JSON.stringify(wanted)}`,
          `one of the Services that select the service’s own pods: ${named.join(', ')}`,
        );
  }
  if (left.length > 1)
    return no(
      `${left.length} Services in front of the service’s own pods: ${named.join(', ')}`,
      'one, or the name of the one behind the load balancer as manifests.service',
    );
  const taken = renamedOnto(objects, pair, bounds.service);
  return taken === null ? factsOf(objects, pair, bounds, choices) : { problems: [taken] };
};

const nameOf = ({ object }: Checked): string => object.metadata.name;

const ownContainer = (deployment: GivenObject, registryImage: string): Fields | undefined =>
  containersOf(podSpecOf(deployment)).find(
    ({ container, init }) => !init && container['image'] === registryImage,
  )?.container;

/** The main two are called after the service, whatever the folder calls them: nothing else may have that name. */
const renamedOnto = (objects: readonly Checked[], pair: Pair, service: string): Problem | null => {
  const scaler = autoscalerOf(objects, nameOf(pair.deployment));
  const mains = [pair.deployment.object, pair.service.object, ...(scaler ? [scaler] : [])];
  for (const main of mains) {
    const { kind, metadata } = main;
    const other = ofKind(objects, kind).find(
      (one) => one.object !== main && nameOf(one) === service,
    );
    if (other !== undefined)
      return {
        path: `${other.place}, metadata.name`,
        found: service,
        expected: `another name: ${kind} ${metadata.name} is behind the load balancer and is called ${service}-blue and ${service}-green`,
      };
  }
  return null;
};

const factsOf = (
  objects: readonly Checked[],
  { deployment, service }: Pair,
  bounds: Bounds,
  choices: Choices,
): { readonly facts?: MainFacts; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const container = ownContainer(deployment.object, bounds.registryImage) ?? {};
  const port = servicePort(service.object, choices.port);
  if (port === undefined) {
    const there = portsOf(service.object).map(
      (one) => textAt(one, 'name') ?? numberAt(one, 'port'),
    );
    problems.push({
      path: `${service.place}, spec.ports`,
      found: choices.port === undefined ? `${there.length} ports` : `no port ${choices.port}`,
      expected: `one port, one that is called "http", or one of ${there.join(', ')} as manifests.port`,
    });
    return { problems };
  }
  const target = at(port, 'targetPort') ?? at(port, 'port');
  const listening = portOf(container, target);
  if (listening === undefined) {
    problems.push({
      path: `${service.place}, spec.ports`,
      found: `targetPort ${String(target)}`,
      expected: `a port of the container ${textAt(container, 'name') ?? ''} of ${nameOf(deployment)}`,
    });
  }
  const readiness = choices.readiness ?? readinessOf(container, listening ?? 0);
  if (readiness === undefined && listening !== undefined) {
    problems.push({
      path: `${deployment.place}, container ${textAt(container, 'name') ?? ''}, readinessProbe`,
      found: JSON.stringify(container['readinessProbe']) ?? 'nothing',
      expected: `an httpGet on port ${listening}, which the load balancer’s health check asks too; or its path as manifests.readiness`,
    });
  }
  if (problems.length > 0 || readiness === undefined || listening === undefined)
    return { problems };
  return {
    problems,
    facts: {
      port: listening,
      readiness,
      replicas: replicasOf(objects, deployment),
      main: {
        deployment: nameOf(deployment),
        container: textAt(container, 'name') ?? '',
        service: nameOf(service),
        servicePort: numberAt(port, 'port') ?? 0,
      },
    },
  };
};

/** Between which sizes the main Deployment is: its autoscaler's, or its own. */
const replicasOf = (
  objects: readonly Checked[],
  deployment: Checked,
): { readonly min: number; readonly max: number } => {
  const scaled = autoscalerOf(objects, nameOf(deployment));
  const fixed = numberAt(deployment.object, 'spec', 'replicas') ?? 1;
  if (scaled === undefined) return { min: fixed, max: fixed };
  const min = numberAt(scaled, 'spec', 'minReplicas') ?? 1;
  return { min, max: numberAt(scaled, 'spec', 'maxReplicas') ?? min };
};

const servicePort = (service: GivenObject, wanted: number | string | undefined): unknown => {
  const ports = portsOf(service);
  if (wanted !== undefined)
    return ports.find((one) => at(one, 'name') === wanted || at(one, 'port') === wanted);
  return ports.length === 1 ? ports[0] : ports.find((one) => at(one, 'name') === 'http');
};

/** A port's number: by its name among the container's ports, or as it stands. */
const portOf = (container: Fields, port: unknown): number | undefined => {
  if (typeof port === 'number') return port;
  const named = itemsOf(container['ports']).find((one) => at(one, 'name') === port);
  return numberAt(named, 'containerPort');
};

/** The path of a readiness probe that asks the port which serves. */
const readinessOf = (container: Fields, listening: number): string | undefined => {
  const probe = at(container, 'readinessProbe', 'httpGet');
  if (probe === undefined || portOf(container, at(probe, 'port')) !== listening) return undefined;
  return textAt(probe, 'path') ?? '/';
};
