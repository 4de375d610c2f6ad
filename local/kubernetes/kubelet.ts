import type { ClusterContext } from './cluster-context.ts';
import { conditionOf, type KubeObject, type Pod } from './objects.ts';
import { PodWorker } from './pod-worker.ts';

/** Runs the pods of a cluster, all on one node without limits. */
export class Kubelet {
  readonly #workers = new Map<string, PodWorker>();

  constructor(cluster: ClusterContext) {
    cluster.store.onChange(({ type, object, previous }) => {
      if (object.kind !== 'Pod') return;
      const uid = object.metadata.uid ?? '';
      const worker = this.#workers.get(uid);
      if (type === 'ADDED') {
        const started = new PodWorker(cluster, object as Pod, () => this.#workers.delete(uid));
        this.#workers.set(uid, started);
        started.start();
      } else if (type === 'DELETED') {
        worker?.abandon();
        this.#workers.delete(uid);
      } else if (object.metadata.deletionTimestamp !== undefined) {
        worker?.terminate();
      } else if (previous && gatesChanged(object as Pod, previous as Pod)) {
        worker?.refresh();
      }
    });
  }

  /** What the pod's container has written so far. */
  logs(pod: KubeObject): string {
    return this.#workers.get(pod.metadata.uid ?? '')?.logs() ?? '';
  }

  /** Ends every container at once, when the whole cluster ends. */
  close(): void {
    for (const worker of this.#workers.values()) worker.abandon();
    this.#workers.clear();
  }
}

const gatesChanged = (pod: Pod, previous: Pod): boolean =>
  pod.spec.readinessGates?.some(
    ({ conditionType }) =>
      conditionOf(pod, conditionType)?.status !== conditionOf(previous, conditionType)?.status,
  ) ?? false;
