import type { KubeObject, Pod } from './objects.ts';
import type { ObjectStore } from './store.ts';

const injectLabel = 'elbv2.k8s.aws/pod-readiness-gate-inject';

/** The condition that a binding writes into its pods. */
export const gateOf = (bindingName: string): string => `target-health.elbv2.k8s.aws/${bindingName}`;

interface Binding extends KubeObject {
  readonly spec: { readonly serviceRef: { readonly name: string } };
}

interface Service extends KubeObject {
  readonly spec: { readonly selector?: Readonly<Record<string, string>> };
}

/**
 * Puts a gate for each binding that will take the pod into a new pod of a namespace that asks for it, as the AWS Load
 * Balancer Controller's webhook does: Service and binding must be there before the pod.
 */
export const withReadinessGates = (store: ObjectStore, pod: Pod): Pod => {
  const { namespace, labels } = pod.metadata;
  const asks = store.find('Namespace', undefined, namespace ?? '')?.metadata.labels?.[injectLabel];
  if (asks !== 'enabled') return pod;
  const gates = store
    .list<Binding>('TargetGroupBinding', namespace)
    .filter((binding) => {
      const service = store.find<Service>('Service', namespace, binding.spec.serviceRef.name);
      const selector = Object.entries(service?.spec.selector ?? {});
      return selector.length > 0 && selector.every(([key, value]) => labels?.[key] === value);
    })
    .map((binding) => ({ conditionType: gateOf(binding.metadata.name) }));
  if (gates.length === 0) return pod;
  const present = pod.spec.readinessGates ?? [];
  return { ...pod, spec: { ...pod.spec, readinessGates: [...present, ...gates] } };
};
