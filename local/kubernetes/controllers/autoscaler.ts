import type { ClusterContext } from '../cluster-context.ts';
import { trackUpdate } from '../managed-fields.ts';
import { type KubeObject, timestamp, type Workload } from '../objects.ts';
import { keyOf, splitKey, WorkQueue } from '../work-queue.ts';

interface Autoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
}

/** Keeps replicas between min and max. The local cluster has no resource metrics, so nothing moves them in between. */
export class AutoscalerController {
  readonly #cluster: ClusterContext;
  readonly #queue: WorkQueue;

  constructor(cluster: ClusterContext) {
    this.#cluster = cluster;
    this.#queue = new WorkQueue(
      (key) => this.#reconcile(key),
      cluster.cloud.warn.bind(cluster.cloud),
    );
    cluster.store.onChange(({ type, object }) => {
      if (type === 'DELETED') return;
      if (object.kind === 'HorizontalPodAutoscaler') this.#queue.add(keyOf(object));
      if (object.kind !== 'Deployment' && object.kind !== 'ReplicaSet') return;
      for (const autoscaler of cluster.store.list<Autoscaler>(
        'HorizontalPodAutoscaler',
        object.metadata.namespace,
      )) {
        const { kind, name } = autoscaler.spec.scaleTargetRef;
        if (kind === object.kind && name === object.metadata.name)
          this.#queue.add(keyOf(autoscaler));
      }
    });
  }

  #reconcile(key: string): void {
    const { namespace, name } = splitKey(key);
    const { store, cloud } = this.#cluster;
    const autoscaler = store.find<Autoscaler>('HorizontalPodAutoscaler', namespace, name);
    if (autoscaler === undefined || autoscaler.metadata.deletionTimestamp) return;
    const { scaleTargetRef, minReplicas = 1, maxReplicas } = autoscaler.spec;
    const target = store.find<Workload>(scaleTargetRef.kind, namespace, scaleTargetRef.name);
    const now = timestamp(cloud.clock.now());
    const condition = (
      type: string,
      status: 'True' | 'False',
      reason: string,
      message: string,
    ) => ({
      type,
      status,
      reason,
      message,
      lastTransitionTime: autoscaler.metadata.creationTimestamp ?? now,
    });
    if (target === undefined) {
      store.writeStatus(autoscaler, {
        conditions: [
          condition(
            'AbleToScale',
            'False',
            'FailedGetScale',
            `the HPA controller was unable to get the target's current scale: ${scaleTargetRef.kind} "${scaleTargetRef.name}" not found`,
          ),
        ],
      });
      return;
    }
    const current = target.spec.replicas ?? 1;
    // 0 replicas switch autoscaling off, as on any cluster.
    const desired = current === 0 ? 0 : Math.min(maxReplicas, Math.max(minReplicas, current));
    if (desired !== current) {
      const scaled = { ...target, spec: { ...target.spec, replicas: desired } };
      store.replace(
        trackUpdate(target, scaled, {
          manager: 'kube-controller-manager',
          at: now,
          subresource: 'scale',
        }),
      );
    }
    store.writeStatus(autoscaler, {
      currentReplicas: current,
      desiredReplicas: desired,
      conditions: [
        condition(
          'AbleToScale',
          'True',
          'SucceededGetScale',
          "the HPA controller was able to get the target's current scale",
        ),
        condition(
          'ScalingActive',
          'False',
          current === 0 ? 'ScalingDisabled' : 'FailedGetResourceMetric',
          'the cluster has no resource metrics',
        ),
      ],
    });
  }
}
