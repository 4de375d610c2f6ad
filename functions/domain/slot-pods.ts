import {
  at,
  changed,
  changedItems,
  type Fields,
  fieldsOf,
  type GivenObject,
  labelsAt,
} from '../../config/manifests/fields.ts';
import { hasAll, selects, selectsAll } from '../../config/manifests/selectors.ts';
import { SLOT } from './manifests.ts';

type Labels = Readonly<Record<string, string>>;

/** Something that selectors of own manifests may mean: the pods of a Deployment, or a Service. */
export interface Selectable {
  /** As own manifests label it: what their selectors were written for. */
  readonly labels: Labels;
  /** What selects it and nothing else, once it is colored. */
  readonly selector: Labels;
}

const INSTANCE = 'app.kubernetes.io/instance';

/** The pods of own manifests. */
export const podsOf = (
  deployments: readonly GivenObject[],
  selector: (deployment: GivenObject) => Labels,
): Selectable[] =>
  deployments.map((deployment) => ({
    labels: labelsAt(deployment, 'spec', 'template', 'metadata', 'labels'),
    selector: selector(deployment),
  }));

/**
 * The selector that means in one color what was written for all: whatever was selected is selected by its own color's labels,
 * and nothing of the other color ever. What was written is not kept: labels of a folder are free to change from release to
 * release, a Deployment's selector is not.
 */
export const coloredSelector = (
  written: unknown,
  among: readonly Selectable[],
  slot: string,
): Fields => {
  const meant = among.filter(({ labels }) => selects(written, labels));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return { matchLabels: only.selector };
  if (meant.length === among.length) return { matchLabels: { [SLOT]: slot } };
  if (only === undefined)
    return {
      ...fieldsOf(written),
      matchLabels: { ...labelsAt(written, 'matchLabels'), [SLOT]: slot },
    };
  const instances = meant.map(({ selector }) => selector[INSTANCE] ?? '');
  return {
    matchLabels: { [SLOT]: slot },
    matchExpressions: [{ key: INSTANCE, operator: 'In', values: instances }],
  };
};

/** The same for a Service, whose selector is a plain map: one Deployment's pods, or all of them. */
export const coloredServiceSelector = (
  written: Labels,
  pods: readonly Selectable[],
  slot: string,
): Labels => {
  const meant = pods.filter(({ labels }) => hasAll(written, labels));
  const [only] = meant;
  return only !== undefined && meant.length === 1 ? only.selector : { [SLOT]: slot };
};

/** A selector that may also mean pods of others, such as those that may come in: colored only where it means ours. */
const coloredPeer = (written: unknown, pods: readonly Selectable[], slot: string): unknown =>
  selectsAll(written) || !pods.some(({ labels }) => selects(written, labels))
    ? written
    : coloredSelector(written, pods, slot);

/** A term that names pods by a selector under `key`, unless it looks into other namespaces. */
const coloredTerm =
  (key: string, pods: readonly Selectable[], slot: string) =>
  (term: unknown): unknown =>
    at(term, 'namespaceSelector') !== undefined || at(term, 'namespaces') !== undefined
      ? term
      : changed(term, key, (selector) => coloredPeer(selector, pods, slot));

/** A NetworkPolicy's specification, for the pods of one color. */
export const coloredPolicy = (spec: unknown, pods: readonly Selectable[], slot: string): Fields => {
  const rules = (peers: string) => (list: unknown) =>
    changedItems(list, (rule) =>
      changed(rule, peers, (items) => changedItems(items, coloredTerm('podSelector', pods, slot))),
    );
  const own = {
    ...fieldsOf(spec),
    podSelector: coloredSelector(at(spec, 'podSelector'), pods, slot),
  };
  return changed(changed(own, 'ingress', rules('from')), 'egress', rules('to'));
};

/** A pod's wishes for its place, beside or away from pods of its own color. */
export const coloredPlacement = (
  podSpec: Fields,
  pods: readonly Selectable[],
  slot: string,
): Fields => {
  const term = coloredTerm('labelSelector', pods, slot);
  const affinity = (value: unknown): unknown =>
    changed(
      changed(value, 'requiredDuringSchedulingIgnoredDuringExecution', (list) =>
        changedItems(list, term),
      ),
      'preferredDuringSchedulingIgnoredDuringExecution',
      (list) => changedItems(list, (wish) => changed(wish, 'podAffinityTerm', term)),
    );
  const spread = changed(podSpec, 'topologySpreadConstraints', (list) => changedItems(list, term));
  return changed(spread, 'affinity', (value) =>
    changed(changed(value, 'podAffinity', affinity), 'podAntiAffinity', affinity),
  );
};
