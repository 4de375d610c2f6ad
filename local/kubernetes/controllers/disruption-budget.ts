import type { ClusterContext } from '../cluster-context.ts';
import { isReady, type KubeObject, type LabelSelector, type Pod } from '../objects.ts';
import { selects } from '../selectors.ts';
import { keyOf, splitKey, WorkQueue } from '../work-queue.ts';

interface DisruptionBudget extends KubeObject {
  readonly spec: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
}

/** Writes what each PodDisruptionBudget would allow. No one evicts here. */
export class DisruptionBudgetController {
  readonly #cluster: ClusterContext;
  readonly #queue: WorkQueue;

  constructor(cluster: ClusterContext) {
    this.#cluster = cluster;
    this.#queue = new WorkQueue(
      (key) => this.#reconcile(key),
      cluster.cloud.warn.bind(cluster.cloud),
    );
    cluster.store.onChange(({ type, object }) => {
      if (object.kind === 'PodDisruptionBudget' && type !== 'DELETED')
        this.#queue.add(keyOf(object));
      if (object.kind !== 'Pod') return;
      for (const budget of cluster.store.list<DisruptionBudget>(
        'PodDisruptionBudget',
        object.metadata.namespace,
      )) {
        if (selects(budget.spec.selector, object.metadata.labels)) this.#queue.add(keyOf(budget));
      }
    });
  }

  #reconcile(key: string): void {
    const { namespace, name } = splitKey(key);
    const { store } = this.#cluster;
    const budget = store.find<DisruptionBudget>('PodDisruptionBudget', namespace, name);
    if (budget === undefined) return;
    const pods = store
      .list<Pod>('Pod', namespace)
      .filter(
        (pod) =>
          selects(budget.spec.selector, pod.metadata.labels) && !pod.metadata.deletionTimestamp,
      );
    const resolve = (value: number | string): number =>
      typeof value === 'number' ? value : Math.ceil((Number.parseFloat(value) / 100) * pods.length);
    const { minAvailable, maxUnavailable } = budget.spec;
    const desiredHealthy =
      minAvailable !== undefined
        ? resolve(minAvailable)
        : pods.length - resolve(maxUnavailable ?? 0);
    const currentHealthy = pods.filter(isReady).length;
    store.writeStatus(budget, {
      expectedPods: pods.length,
      currentHealthy,
      desiredHealthy,
      disruptionsAllowed: Math.max(0, currentHealthy - desiredHealthy),
      observedGeneration: budget.metadata.generation ?? 1,
    });
  }
}
