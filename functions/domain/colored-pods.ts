import {
  at,
  changed,
  changedItems,
  type Fields,
  fieldsOf,
  type GivenObject,
  itemsOf,
  labelsAt,
  numberAt,
  podSpecOf,
  textAt,
} from '../../config/manifests/fields.ts';
import { imageName, isPinned } from '../../config/manifests/images.ts';
import { type Reference, renamedReferences } from '../../config/manifests/references.ts';
import { READY_DEADLINE_SECONDS, type Slot } from './cluster-inputs.ts';
import { CandidateRefused } from './errors.ts';
import {
  deploymentAnnotations,
  GRACE_SECONDS,
  PRE_STOP,
  pinnedImage,
  podAnnotations,
  type SlotPlace,
  slotLabels,
  traceAttributes,
  updateStrategy,
} from './manifests.ts';
import { coloredPlacement, type Selectable } from './slot-pods.ts';

/** What a Deployment of own manifests becomes in one color. */
export interface ColoredDeployment {
  readonly slot: Slot;
  readonly at: SlotPlace;
  /** Behind the load balancer. */
  readonly isMain: boolean;
  readonly selector: Readonly<Record<string, string>>;
  readonly pods: readonly Selectable[];
  readonly slotName: string;
  readonly replicas: number;
  rename(reference: Reference): string;
}

/** A Deployment's annotations and specification in one color: its size left out, because whoever scales has it. */
export const coloredDeployment = (
  given: GivenObject,
  colored: ColoredDeployment,
): { annotations: Record<string, string>; spec: Fields } => {
  const { slot, at: place, selector } = colored;
  const { replicas: _, ...spec } = fieldsOf(given['spec']);
  const template = fieldsOf(spec['template']);
  const labels = labelsAt(template, 'metadata', 'labels');
  const annotations = labelsAt(template, 'metadata', 'annotations');
  return {
    annotations: deploymentAnnotations(slot, place, colored.replicas),
    spec: {
      ...spec,
      selector: { matchLabels: selector },
      progressDeadlineSeconds: READY_DEADLINE_SECONDS,
      revisionHistoryLimit: numberAt(spec, 'revisionHistoryLimit') ?? 3,
      strategy: strategyOf(spec, colored),
      template: {
        ...template,
        metadata: {
          ...fieldsOf(template['metadata']),
          labels: { ...labels, ...selector, ...slotLabels(slot) },
          annotations: { ...annotations, ...podAnnotations(slot) },
        },
        spec: coloredPodSpec(given, colored),
      },
    },
  };
};

/** Behind the load balancer the strategy of the target decides; what nobody sends requests to may replace its pods its own way. */
const strategyOf = (spec: Fields, { slot, isMain }: ColoredDeployment): unknown => {
  const given = spec['strategy'];
  if (given === undefined || slot.replacement === 'Recreate') return updateStrategy(slot);
  return isMain && textAt(given, 'type') === 'Recreate' ? updateStrategy(slot) : given;
};

const coloredPodSpec = (given: GivenObject, colored: ColoredDeployment): Fields => {
  const { slot, isMain } = colored;
  const renamed = renamedReferences(podSpecOf(given), colored.rename);
  const placed = coloredPlacement(renamed, colored.pods, colored.slotName);
  const pinned = (container: unknown): unknown => withImage(given, fieldsOf(container), slot);
  const traced = (container: unknown): unknown =>
    textAt(container, 'image') === pinnedImage(slot)
      ? served(withEnvironment(fieldsOf(container), colored), isMain)
      : container;
  const images = changed(
    changed(placed, 'initContainers', (list) => changedItems(list, pinned)),
    'containers',
    (list) => changedItems(list, (container) => traced(pinned(container))),
  );
  return isMain ? { terminationGracePeriodSeconds: GRACE_SECONDS, ...images } : images;
};

/** The service's own image by the digest of the release, whatever stood there; any other by its own digest, or not at all. */
const withImage = (given: GivenObject, container: Fields, slot: Slot): Fields => {
  const image = textAt(container, 'image') ?? '';
  if (imageName(image) === slot.repository) return { ...container, image: pinnedImage(slot) };
  if (isPinned(image)) return container;
  throw new CandidateRefused(
    `Deployment ${given.metadata.name} names ${image || 'no image'} without a digest; pin it by digest in the manifests`,
  );
};

/** What takes requests goes on answering while its target is deregistered. */
const served = (container: Fields, isMain: boolean): Fields => {
  if (!isMain || at(container, 'lifecycle', 'preStop') !== undefined) return container;
  return { ...container, lifecycle: { ...fieldsOf(container['lifecycle']), ...PRE_STOP } };
};

/** The container's variables and what tells the colors apart in traces; its own win but for that. */
const withEnvironment = (container: Fields, { slot, at: place }: ColoredDeployment): Fields => {
  const own = itemsOf(container['env']);
  const named = (name: string): unknown => own.find((one) => at(one, 'name') === name);
  const others = own.filter((one) => at(one, 'name') !== 'OTEL_RESOURCE_ATTRIBUTES');
  const attributes = textAt(named('OTEL_RESOURCE_ATTRIBUTES'), 'value');
  const missing = [
    { name: 'AWS_REGION', value: place.region },
    { name: 'OTEL_SERVICE_NAME', value: slot.service },
  ].filter(({ name }) => named(name) === undefined);
  const traced = { name: 'OTEL_RESOURCE_ATTRIBUTES', value: traceAttributes(slot, attributes) };
  return { ...container, env: [...others, ...missing, traced] };
};
