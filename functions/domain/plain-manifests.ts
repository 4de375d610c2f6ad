import type { Slot } from './cluster-inputs.ts';
import { READY_DEADLINE_SECONDS } from './cluster-inputs.ts';
import {
  bindingOf,
  deploymentAnnotations,
  GRACE_SECONDS,
  type Manifest,
  PRE_STOP,
  pinnedImage,
  podAnnotations,
  type SlotPlace,
  slotLabels,
  slotName,
  slotSelector,
  traceAttributes,
  UNHURRIED,
  updateStrategy,
} from './manifests.ts';
import type { PlainWorkload } from './workload.ts';

/** The objects of a slot whose manifests Slipway writes itself. */
export const plainManifests = (
  slot: Slot,
  workload: PlainWorkload,
  at: Omit<SlotPlace, 'own'>,
): Manifest[] => {
  const name = slotName(slot.service, slot.color);
  const selector = slotSelector(slot.service, slot.color);
  const labels = { ...selector, ...slotLabels(slot) };
  const metadata = { name, namespace: at.namespace, labels };
  const { min, max } = workload.replicas;

  const service: Manifest = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'ClusterIP',
      selector,
      ports: [{ name: 'http', port: workload.port, targetPort: 'http', protocol: 'TCP' }],
    },
  };
  const deployment: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...metadata,
      annotations: deploymentAnnotations(slot, at, min),
    },
    // No replicas: their number belongs to whoever scales (the autoscaler, or Slipway's own scaling), never to the apply.
    spec: {
      selector: { matchLabels: selector },
      progressDeadlineSeconds: READY_DEADLINE_SECONDS,
      revisionHistoryLimit: 3,
      strategy: updateStrategy(slot),
      template: {
        metadata: { labels, annotations: podAnnotations(slot) },
        spec: podSpec(slot, workload, at.region),
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
      behavior: UNHURRIED,
    },
  };
  const budget: Manifest = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
  };
  const binding = bindingOf(slot, at.namespace, workload.port);
  return [service, binding, deployment, ...(max > min ? [autoscaler] : []), budget];
};

const podSpec = (slot: Slot, workload: PlainWorkload, region: string) => {
  const name = slot.service;
  return {
    terminationGracePeriodSeconds: GRACE_SECONDS,
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
        ports: [{ name: 'http', containerPort: workload.port, protocol: 'TCP' }],
        env: environmentOf(slot, workload, region),
        readinessProbe: {
          httpGet: { path: workload.readiness, port: 'http' },
          periodSeconds: 5,
          failureThreshold: 3,
        },
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        // Targets are deregistered while the pod still answers.
        lifecycle: PRE_STOP,
      },
    ],
  };
};

/** The service's own variables win, but for what tells the colors apart in traces. */
const environmentOf = (
  slot: Slot,
  { env: own }: PlainWorkload,
  region: string,
): { name: string; value: string }[] => {
  const variables: Record<string, string> = {
    AWS_REGION: region,
    ...own,
    OTEL_SERVICE_NAME: own['OTEL_SERVICE_NAME'] ?? slot.service,
    OTEL_RESOURCE_ATTRIBUTES: traceAttributes(slot, own['OTEL_RESOURCE_ATTRIBUTES']),
  };
  return Object.entries(variables)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
};
