import type { GivenObject } from '../../config/manifests/fields.ts';
import type { Slot } from './cluster-inputs.ts';
import type { Color } from './target.ts';

/** A Kubernetes object as it is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [part: string]: unknown;
}

/** Where and when a slot's objects are made. */
export interface SlotPlace {
  readonly namespace: string;
  readonly region: string;
  readonly appliedAt: string;
  /** The release that had the slot before, whose pods may still be ending; null: none. */
  readonly replaces: string | null;
  /** The objects of own manifests, unpacked; none where Slipway writes them itself. */
  readonly own: readonly GivenObject[];
}

/** When the slot was last applied: from here its deadline counts. */
export const APPLIED_AT = 'slipway.dev/applied-at';
/** The rollout that filled the slot. */
export const ROLLOUT = 'slipway.dev/rollout';
/** The release that the slot had before. */
export const REPLACES = 'slipway.dev/replaces';
/** The least size of a Deployment; what scales it up again after it was drained asks for it. */
export const REPLICAS = 'slipway.dev/replicas';
/** On pods: a change of the configuration alone replaces them too. */
const CONFIG_DIGEST = 'slipway.dev/config-digest';
/** On everything of a slot: `checkout-green`. */
export const SLOT = 'slipway.dev/slot';
/** On everything of a slot: the release that brought it. */
export const RELEASE = 'slipway.dev/release';
export const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** Name of everything in a slot. */
export const slotName = (service: string, color: Color): string => `${service}-${color}`;

/** Selects the pods of one slot's Deployment and of no other: the main one's, called after the service, unless told. */
export const slotSelector = (service: string, color: Color): Record<string, string> => ({
  'app.kubernetes.io/name': service,
  ...podsOfDeployment(slotName(service, color)),
});

/** Selects the pods of a slot's Deployment by its name in the cluster. */
export const podsOfDeployment = (name: string): Record<string, string> => ({
  'app.kubernetes.io/instance': name,
});

/** The image by digest: what was judged is what runs. */
export const pinnedImage = (slot: Pick<Slot, 'repository' | 'digest'>): string =>
  `${slot.repository}@${slot.digest}`;

/** Label values are at most 63 characters of letters, digits, `-`, `_` and `.`. */
export const labelValue = (text: string): string => text.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '');

/** What everything of a slot is labelled with. */
export const slotLabels = (slot: Slot): Record<string, string> => ({
  [MANAGED_BY]: 'slipway',
  [SLOT]: slotName(slot.service, slot.color),
  'slipway.dev/color': slot.color,
  [RELEASE]: labelValue(slot.releaseId),
});

/** What each of a slot's Deployments says of itself. */
export const deploymentAnnotations = (
  slot: Slot,
  { appliedAt, replaces }: Pick<SlotPlace, 'appliedAt' | 'replaces'>,
  replicas: number,
): Record<string, string> => ({
  [APPLIED_AT]: appliedAt,
  [ROLLOUT]: slot.rolloutId,
  [REPLICAS]: String(replicas),
  ...(replaces === null ? {} : { [REPLACES]: replaces }),
});

/** What a slot's pods say of themselves. */
export const podAnnotations = (slot: Slot): Record<string, string> => ({
  [CONFIG_DIGEST]: slot.configDigest,
});

/** How long a container still answers while its target is deregistered. */
export const PRE_STOP = { preStop: { sleep: { seconds: 15 } } };
export const GRACE_SECONDS = 60;

/** How a Deployment of a slot replaces its pods. */
export const updateStrategy = (slot: Slot): object =>
  slot.replacement === 'Recreate'
    ? { type: 'Recreate' }
    : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } };

/** A slot that waits for traffic, or has given it away, has no load: it must not shrink while it may be needed. */
export const UNHURRIED = { scaleDown: { stabilizationWindowSeconds: 3600 } };

/** Puts the pods behind the slot's Service into its target group. */
export const bindingOf = (slot: Slot, namespace: string, port: number): Manifest => {
  const name = slotName(slot.service, slot.color);
  return {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata: {
      name,
      namespace,
      labels: { ...slotSelector(slot.service, slot.color), ...slotLabels(slot) },
    },
    spec: {
      serviceRef: { name, port },
      targetGroupARN: slot.targetGroupArn,
      targetType: 'ip',
    },
  };
};

/** What tells the colors apart in traces, after the service's own attributes. */
export const traceAttributes = (slot: Slot, own: string | undefined): string =>
  [
    own,
    `service.name=${slot.service}`,
    `deployment.environment.name=${slot.environment}`,
    `release_color=${slot.color}`,
    `release_id=${slot.releaseId}`,
    'aws.xray.annotations=release_color,release_id',
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(',');
