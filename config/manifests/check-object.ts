import type { Problem } from '../problem.ts';
import {
  at,
  containersOf,
  type Fields,
  fieldsOf,
  type GivenObject,
  itemsOf,
  labelsAt,
  podSpecOf,
  textAt,
} from './fields.ts';
import type { Found } from './folder.ts';
import { imageName, isPinned } from './images.ts';
import { ACCEPTED, acceptedKind, REFUSED } from './kinds.ts';
import { selects } from './selectors.ts';

/** What a service's manifests are held against. */
export interface Bounds {
  readonly service: string;
  /** ECR's address of the service's repository, without a tag. */
  readonly registryImage: string;
  /** The repository's name alone, which stands for that address. */
  readonly repository: string;
  /** Of every target of the service. */
  readonly namespaces: readonly string[];
  /** ConfigMaps that the platform keeps. */
  readonly platformConfigMaps: readonly string[];
}

/** An object that was checked, and where it stands. */
export interface Checked {
  readonly place: string;
  readonly object: GivenObject;
}

/** Says one problem of an object. */
export type Tell = (path: string, found: unknown, expected: string) => void;

/** Names of a slot end in `-green` and are labels too, which have 63 characters at most. */
const NAME_MAX = 57;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const TRACED = 'OTEL_RESOURCE_ATTRIBUTES';
const PLAIN_TRACED = 'a plain value, to which Slipway adds the color';
/** What the API server writes, and what a `kubectl get -o yaml` therefore brings. */
const WRITTEN_BY_THE_SERVER = [
  'creationTimestamp',
  'generation',
  'managedFields',
  'namespace',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** Checks one object by itself; null where it can't be used. Problems are told by `problems`. */
export const checkObject = (found: Found, bounds: Bounds, problems: Problem[]): Checked | null => {
  const { value } = found;
  const kind = String(value['kind']);
  const name = textAt(value, 'metadata', 'name');
  const place = `${found.place}, ${kind} ${name ?? '(no name)'}`;
  const before = problems.length;
  const tell: Tell = (path, seen, expected) => {
    problems.push({
      path: path === '' ? place : `${place}, ${path}`,
      found: shown(seen),
      expected,
    });
  };
  const hook = textAt(value, 'metadata', 'annotations', 'helm.sh/hook');
  if (hook !== undefined) {
    tell(
      'metadata.annotations',
      `helm.sh/hook: ${hook}`,
      'no hooks: nothing runs them here; render with helm template --no-hooks --skip-tests',
    );
    return null;
  }
  const row = acceptedKind(kind);
  if (row === undefined || !row.apiVersions.includes(String(value['apiVersion']))) {
    const kinds = ACCEPTED.map((one) => one.kind).join(', ');
    tell(
      '',
      `${String(value['apiVersion'])} ${kind}`,
      row === undefined
        ? (REFUSED[kind] ?? `one of the kinds that can be colored: ${kinds}`)
        : `${kind} of ${row.apiVersions.join(' or ')}`,
    );
    return null;
  }
  checkMetadata(value, bounds, tell);
  CHECKS[kind]?.(value, bounds, tell);
  if (problems.length > before) return null;
  return { place, object: cleaned(value, bounds) };
};

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 90 ? `${text.slice(0, 87)}…` : text;
};

const checkMetadata = (value: Fields, { namespaces }: Bounds, tell: Tell): void => {
  const name = at(value, 'metadata', 'name');
  if (typeof name !== 'string' || !NAME.test(name) || name.length > NAME_MAX) {
    tell(
      'metadata.name',
      name,
      `a name of at most ${NAME_MAX} lower-case letters, digits and hyphens: each color adds its own ending`,
    );
  }
  const namespace = at(value, 'metadata', 'namespace');
  if (namespace !== undefined && namespaces.some((one) => one !== namespace)) {
    tell(
      'metadata.namespace',
      namespace,
      `none, or the one of every target of the service (${[...new Set(namespaces)].join(', ')}): Slipway puts it in`,
    );
  }
  for (const key of ['ownerReferences', 'finalizers']) {
    const found = at(value, 'metadata', key);
    if (found !== undefined)
      tell(`metadata.${key}`, found, 'none: Slipway removes what it brought');
  }
  for (const part of ['labels', 'annotations']) {
    for (const [key, text] of Object.entries(fieldsOf(at(value, 'metadata', part)))) {
      if (typeof text !== 'string')
        tell(`metadata.${part}.${key}`, text, `a text: write ${JSON.stringify(String(text))}`);
    }
  }
};

type Check = (value: Fields, bounds: Bounds, tell: Tell) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  Service: (value, _, tell) => {
    const type = at(value, 'spec', 'type') ?? 'ClusterIP';
    if (type !== 'ClusterIP') {
      tell('spec.type', type, 'ClusterIP: the load balancer in front is the one of the route');
    }
    const clusterIp = at(value, 'spec', 'clusterIP') ?? 'None';
    if (clusterIp !== 'None')
      tell('spec.clusterIP', clusterIp, 'none, or "None": each color has an address of its own');
    if (Object.keys(labelsAt(value, 'spec', 'selector')).length === 0)
      tell('spec.selector', at(value, 'spec', 'selector'), 'labels of pods in this folder');
    if (itemsOf(at(value, 'spec', 'ports')).length === 0)
      tell('spec.ports', at(value, 'spec', 'ports'), 'at least one port');
  },
  ConfigMap: (value, _, tell) => {
    for (const [key, text] of Object.entries(fieldsOf(value['data']))) {
      if (typeof text !== 'string')
        tell(`data.${key}`, text, `a text: write ${JSON.stringify(String(text))}`);
      if (key === TRACED) tell(`data.${key}`, text, `${PLAIN_TRACED}: in env of the container`);
    }
  },
  Deployment: (value, bounds, tell) => checkDeployment(value, bounds, tell),
  HorizontalPodAutoscaler: (value, _, tell) => {
    const min = at(value, 'spec', 'minReplicas') ?? 1;
    const max = at(value, 'spec', 'maxReplicas');
    if (typeof min !== 'number' || min < 1) tell('spec.minReplicas', min, 'at least 1');
    if (typeof max !== 'number' || max < 1) tell('spec.maxReplicas', max, 'at least 1');
  },
};

const checkDeployment = (value: Fields, bounds: Bounds, tell: Tell): void => {
  const labels = labelsAt(value, 'spec', 'template', 'metadata', 'labels');
  const selector = at(value, 'spec', 'selector');
  if (selector === undefined || !selects(selector, labels))
    tell('spec.selector', selector, 'a selector that selects the labels of its own template');
  if (at(value, 'spec', 'paused') === true)
    tell('spec.paused', true, 'nothing: a paused Deployment starts no pods');
  const replicas = at(value, 'spec', 'replicas') ?? 1;
  if (typeof replicas !== 'number' || replicas < 1)
    tell('spec.replicas', replicas, 'at least 1, or nothing');
  const containers = containersOf(podSpecOf(value));
  if (containers.every(({ init }) => init))
    tell('spec.template.spec.containers', at(podSpecOf(value), 'containers'), 'containers');
  for (const { path, container } of containers) {
    const here = `spec.template.spec.${path}`;
    const { image } = container;
    if (typeof image !== 'string') tell(`${here}.image`, image, 'an image');
    else if (!isOwnImage(image, bounds) && !isPinned(image)) {
      tell(
        `${here}.image`,
        image,
        `${bounds.registryImage} (the service's own, which the release pins), or an image pinned by digest: ${imageName(image)}@sha256:… (docker buildx imagetools inspect ${image} shows it)`,
      );
    }
    itemsOf(container['env']).forEach((variable, index) => {
      const text = at(variable, 'value');
      if (text !== undefined && typeof text !== 'string')
        tell(`${here}.env[${index}].value`, text, `a text: write ${JSON.stringify(String(text))}`);
      if (at(variable, 'name') === TRACED && text === undefined)
        tell(`${here}.env[${index}]`, `${TRACED} from elsewhere`, PLAIN_TRACED);
    });
  }
};

/** Says whether an image is one of the service's own repository, by its full address or its name alone. */
const isOwnImage = (image: string, { registryImage, repository }: Bounds): boolean =>
  [registryImage, repository].includes(imageName(image));

/**
 * The object as it is kept: without what the API server writes; the service's own image without its tag, because the release
 * pins it and a new tag is no new configuration; a ConfigMap mutable, because its slot's next release writes it again.
 */
const cleaned = (value: Fields, bounds: Bounds): GivenObject => {
  const { status: _, immutable: __, ...rest } = value;
  const metadata = Object.fromEntries(
    Object.entries(fieldsOf(value['metadata'])).filter(
      ([key]) => !WRITTEN_BY_THE_SERVER.includes(key),
    ),
  );
  const object = { ...rest, metadata } as unknown as GivenObject;
  return object.kind === 'Deployment' ? withOwnImage(object, bounds) : object;
};

const withOwnImage = (object: GivenObject, bounds: Bounds): GivenObject => {
  const copy = structuredClone(object) as unknown as {
    spec: { template: { spec: Record<string, { image?: unknown }[] | undefined> } };
  };
  const { spec } = copy.spec.template;
  for (const list of ['initContainers', 'containers']) {
    for (const container of spec[list] ?? []) {
      if (typeof container.image === 'string' && isOwnImage(container.image, bounds))
        container.image = bounds.registryImage;
    }
  }
  return copy as unknown as GivenObject;
};
