import {
  at,
  changed,
  changedItems,
  type Fields,
  fieldsOf,
  type GivenObject,
  labelsAt,
  numberAt,
  textAt,
} from '../../config/manifests/fields.ts';
import type { Reference, Referred } from '../../config/manifests/references.ts';
import type { Slot } from './cluster-inputs.ts';
import { coloredDeployment } from './colored-pods.ts';
import { InputRefused } from './errors.ts';
import {
  bindingOf,
  type Manifest,
  type SlotPlace,
  slotLabels,
  slotName,
  slotSelector,
  UNHURRIED,
} from './manifests.ts';
import { plainManifests } from './plain-manifests.ts';
import {
  coloredPolicy,
  coloredSelector,
  coloredServiceSelector,
  podsOf,
  type Selectable,
} from './slot-pods.ts';
import { isOwn, type OwnWorkload } from './workload.ts';

/** How large a Deployment of a slot may be; a fixed size is both. */
export interface DeploymentSize {
  /** As it is called in own manifests; the main one is called after the service. */
  readonly base: string;
  readonly min: number;
  readonly max: number;
}

/**
 * A slot's objects in the order in which they must exist: the load balancer controller puts readiness gates into pods only when
 * Service and TargetGroupBinding are there first.
 */
export const slotObjects = (slot: Slot, place: SlotPlace): Manifest[] =>
  isOwn(slot.workload)
    ? coloredManifests(slot, slot.workload, place)
    : plainManifests(slot, slot.workload, place);

/** The Deployments of a slot, the main one first. */
export const deploymentSizes = (
  slot: Pick<Slot, 'service' | 'workload'>,
  own: readonly GivenObject[],
): DeploymentSize[] => {
  const { service, workload } = slot;
  const main = { base: service, ...workload.replicas };
  if (!isOwn(workload)) return [main];
  const others = ofKind(own, 'Deployment').filter(
    ({ metadata }) => metadata.name !== workload.main.deployment,
  );
  return [main, ...others.map((deployment) => sizeOf(deployment, own))];
};

const sizeOf = (deployment: GivenObject, own: readonly GivenObject[]): DeploymentSize => {
  const base = deployment.metadata.name;
  const autoscaler = autoscalerOf(own, base);
  const fixed = numberAt(deployment, 'spec', 'replicas') ?? 1;
  if (autoscaler === undefined) return { base, min: fixed, max: fixed };
  const min = numberAt(autoscaler, 'spec', 'minReplicas') ?? 1;
  return { base, min, max: numberAt(autoscaler, 'spec', 'maxReplicas') ?? min };
};

const autoscalerOf = (own: readonly GivenObject[], deployment: string): GivenObject | undefined =>
  ofKind(own, 'HorizontalPodAutoscaler').find(
    (one) => textAt(one, 'spec', 'scaleTargetRef', 'name') === deployment,
  );

const ofKind = (own: readonly GivenObject[], kind: string): readonly GivenObject[] =>
  own.filter((one) => one.kind === kind);

interface Coloring {
  readonly slot: Slot;
  readonly workload: OwnWorkload;
  readonly place: SlotPlace;
  readonly slotName: string;
  readonly pods: readonly Selectable[];
  readonly services: readonly Selectable[];
  /** An object's name in this color. */
  named(kind: string, name: string): string;
  rename(reference: Reference): string;
}

/** Own manifests in one color: nothing of it is, or selects, anything of the other color. */
const coloredManifests = (slot: Slot, workload: OwnWorkload, place: SlotPlace): Manifest[] => {
  const { own } = place;
  if (ofKind(own, 'Deployment').length === 0)
    throw new InputRefused(`the manifests of ${slot.configDigest} were not unpacked`);
  const coloring = coloringOf(slot, workload, place);
  const [service, ...others] = [...own]
    .sort((a, b) => Number(isMain(b, 'Service', coloring)) - Number(isMain(a, 'Service', coloring)))
    .map((given) => colored(given, coloring));
  const binding = bindingOf(slot, place.namespace, workload.main.servicePort);
  return service === undefined ? [] : [service, binding, ...others];
};

const isMain = (given: GivenObject, kind: string, { workload }: Coloring): boolean =>
  given.kind === kind &&
  given.metadata.name === (kind === 'Service' ? workload.main.service : workload.main.deployment);

const coloringOf = (slot: Slot, workload: OwnWorkload, place: SlotPlace): Coloring => {
  const { own } = place;
  const { service, color } = slot;
  const names = new Set(own.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const secrets = new Set(own.flatMap(secretsMadeBy));
  // What is behind the load balancer is called after the service, so that whoever checks, scales or drains it finds it.
  const base = (kind: string, name: string): string => {
    const behind: Readonly<Record<string, string | undefined>> = {
      Deployment: workload.main.deployment,
      Service: workload.main.service,
      HorizontalPodAutoscaler: autoscalerOf(own, workload.main.deployment)?.metadata.name,
    };
    return name === behind[kind] ? service : name;
  };
  const named = (kind: string, name: string): string => slotName(base(kind, name), color);
  const isOurs = (kind: Referred, name: string): boolean =>
    kind === 'Secret' ? secrets.has(name) : names.has(`${kind}/${name}`);
  const selectorOf = (kind: string) => (given: GivenObject) =>
    slotSelector(base(kind, given.metadata.name), color);
  return {
    slot,
    workload,
    place,
    slotName: slotName(service, color),
    pods: podsOf(ofKind(own, 'Deployment'), selectorOf('Deployment')),
    services: ofKind(own, 'Service').map((given) => ({
      labels: given.metadata.labels ?? {},
      selector: { ...selectorOf('Service')(given) },
    })),
    named,
    rename: ({ kind, name }) => (isOurs(kind, name) ? slotName(name, color) : name),
  };
};

/** Names of the secrets that an object makes. */
const secretsMadeBy = (given: GivenObject): string[] => {
  if (given.kind === 'ExternalSecret')
    return [textAt(given, 'spec', 'target', 'name') ?? given.metadata.name];
  if (given.kind !== 'SecretProviderClass') return [];
  return ((at(given, 'spec', 'secretObjects') as unknown[] | undefined) ?? []).flatMap(
    (made) => textAt(made, 'secretName') ?? [],
  );
};

/** One object in its color. */
const colored = (given: GivenObject, coloring: Coloring): Manifest => {
  const { slot, place, named } = coloring;
  const name = named(given.kind, given.metadata.name);
  const parts = PARTS[given.kind]?.(given, coloring) ?? {};
  const { annotations = {}, ...changedParts } = parts as Fields & { annotations?: Fields };
  const own = given.metadata.annotations ?? {};
  const said = { ...own, ...annotations };
  const selectable = given.kind === 'Service' || given.kind === 'Deployment';
  const base = name.slice(0, -(slot.color.length + 1));
  return {
    ...given,
    ...changedParts,
    metadata: {
      ...given.metadata,
      name,
      namespace: place.namespace,
      labels: {
        ...given.metadata.labels,
        ...(selectable ? slotSelector(base, slot.color) : {}),
        ...slotLabels(slot),
      },
      ...(Object.keys(said).length === 0 ? {} : { annotations: said }),
    },
  } as Manifest;
};

type Parts = (given: GivenObject, coloring: Coloring) => Fields;

const bySelector =
  (key: 'pods' | 'services'): Parts =>
  (given, coloring) => ({
    spec: changed(given['spec'], 'selector', (selector) =>
      coloredSelector(selector, coloring[key], coloring.slotName),
    ),
  });

/** What of each kind changes with the color, beside name and labels (config/manifests/kinds.ts says it in words). */
const PARTS: Readonly<Record<string, Parts>> = {
  Service: (given, { pods, slotName: slot }) => ({
    spec: {
      ...fieldsOf(given['spec']),
      selector: coloredServiceSelector(labelsAt(given, 'spec', 'selector'), pods, slot),
    },
  }),
  Deployment: (given, coloring) => {
    const { slot, place, workload, pods } = coloring;
    const main = isMain(given, 'Deployment', coloring);
    const size = main ? workload.replicas : sizeOf(given, place.own);
    const base = main ? slot.service : given.metadata.name;
    return coloredDeployment(given, {
      slot,
      at: place,
      isMain: main,
      selector: slotSelector(base, slot.color),
      pods,
      slotName: coloring.slotName,
      replicas: size.min,
      rename: coloring.rename,
    });
  },
  HorizontalPodAutoscaler: (given, { named }) => {
    const spec = changed(given['spec'], 'scaleTargetRef', (target) => ({
      ...fieldsOf(target),
      name: named('Deployment', textAt(target, 'name') ?? ''),
    }));
    return { spec: { ...spec, behavior: { ...UNHURRIED, ...fieldsOf(spec['behavior']) } } };
  },
  PodDisruptionBudget: bySelector('pods'),
  PodMonitor: bySelector('pods'),
  ServiceMonitor: bySelector('services'),
  NetworkPolicy: (given, { pods, slotName: slot }) => ({
    spec: coloredPolicy(given['spec'], pods, slot),
  }),
  ExternalSecret: (given, { slot }) => {
    const [made = given.metadata.name] = secretsMadeBy(given);
    const target = fieldsOf(at(given, 'spec', 'target'));
    return {
      spec: {
        ...fieldsOf(given['spec']),
        target: { ...target, name: slotName(made, slot.color) },
      },
    };
  },
  SecretProviderClass: (given, { slot }) => ({
    spec: changed(given['spec'], 'secretObjects', (list) =>
      changedItems(list, (made) =>
        changed(made, 'secretName', (name) => slotName(String(name), slot.color)),
      ),
    ),
  }),
};
