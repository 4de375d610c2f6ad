import type { Slot } from './cluster-inputs.ts';
import { READY_DEADLINE_SECONDS } from './cluster-inputs.ts';
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

/** When the slot was last applied: from here its deadline counts. */
export const APPLIED_AT = 'slipway.dev/applied-at';
/** The rollout that filled the slot. */
export const ROLLOUT = 'slipway.dev/rollout';

/** Name of everything in a slot. */
export const slotName = (service: string, color: Color): string => `${service}-${color}`;

/** Selects the pods of one slot and of no other. */
export const slotSelector = (service: string, color: Color): Record<string, string> => ({
  'app.kubernetes.io/name': service,
  'app.kubernetes.io/instance': slotName(service, color),
});

/** The image by digest: what was judged is what runs. */
export const pinnedImage = (slot: Pick<Slot, 'repository' | 'digest'>): string =>
  `${slot.repository}@${slot.digest}`;

/** Label values are at most 63 characters of letters, digits, `-`, `_` and `.`. */
const labelValue = (text: string): string => text.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '');

/**
 * A slot's objects in the order in which they must exist: the load balancer controller puts readiness gates into pods only when
 * Service and TargetGroupBinding are there first.
 */
export const manifests = (
  slot: Slot,
  at: { readonly namespace: string; readonly region: string; readonly appliedAt: string },
): Manifest[] => {
  const name = slotName(slot.service, slot.color);
  const selector = slotSelector(slot.service, slot.color);
  const labels = {
    ...selector,
    'app.kubernetes.io/managed-by': 'slipway',
    'slipway.dev/color': slot.color,
    'slipway.dev/release': labelValue(slot.releaseId),
  };
  const metadata = { name, namespace: at.namespace, labels };
  const { min, max } = slot.workload.replicas;

  const service: Manifest = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'ClusterIP',
      selector,
      ports: [{ name: 'http', port: slot.workload.port, targetPort: 'http', protocol: 'TCP' }],
    },
  };
  const binding: Manifest = {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata,
    spec: {
      serviceRef: { name, port: slot.workload.port },
      targetGroupARN: slot.targetGroupArn,
      targetType: 'ip',
    },
  };
  const deployment: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...metadata,
      annotations: { [APPLIED_AT]: at.appliedAt, [ROLLOUT]: slot.rolloutId },
    },
    // No replicas: their number belongs to whoever scales (the autoscaler, or Slipway's own scaling), never to the apply.
    spec: {
      selector: { matchLabels: selector },
      progressDeadlineSeconds: READY_DEADLINE_SECONDS,
      revisionHistoryLimit: 3,
      strategy:
        slot.replacement === 'Recreate'
          ? { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      template: {
        metadata: { labels },
        spec: podSpec(slot, at.region),
      },
    },
  };
  const autoscaler: Manifest = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        },
      ],
      // A slot that waits for traffic, or has given it away, has no load: it must not shrink while it may be needed.
      behavior: { scaleDown: { stabilizationWindowSeconds: 3600 } },
    },
  };
  const budget: Manifest = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
  };
  return [service, binding, deployment, ...(max > min ? [autoscaler] : []), budget];
};

const podSpec = (slot: Slot, region: string) => {
  const name = slot.service;
  return {
    terminationGracePeriodSeconds: 60,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: slotSelector(slot.service, slot.color) },
      },
    ],
    containers: [
      {
        name,
        image: pinnedImage(slot),
        ports: [{ name: 'http', containerPort: slot.workload.port, protocol: 'TCP' }],
        env: environmentOf(slot, region),
        readinessProbe: {
          httpGet: { path: slot.workload.readiness, port: 'http' },
          periodSeconds: 5,
          failureThreshold: 3,
        },
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        // Targets are deregistered while the pod still answers.
        lifecycle: { preStop: { sleep: { seconds: 15 } } },
      },
    ],
  };
};

/** The service's own variables win, but for what tells the colors apart in traces. */
const environmentOf = (slot: Slot, region: string): { name: string; value: string }[] => {
  const own = slot.workload.env;
  const attributes = [
    own['OTEL_RESOURCE_ATTRIBUTES'],
    `service.name=${slot.service}`,
    `deployment.environment.name=${slot.environment}`,
    `release_color=${slot.color}`,
    `release_id=${slot.releaseId}`,
    'aws.xray.annotations=release_color,release_id',
  ].filter((part) => part !== undefined && part !== '');
  const variables: Record<string, string> = {
    AWS_REGION: region,
    ...own,
    OTEL_SERVICE_NAME: own['OTEL_SERVICE_NAME'] ?? slot.service,
    OTEL_RESOURCE_ATTRIBUTES: attributes.join(','),
  };
  return Object.entries(variables)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
};
