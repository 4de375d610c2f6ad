import type { Timer } from '../../clock/clock.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { conditionOf, isReady, type Pod, type ReplicaSet, timestamp } from '../objects.ts';
import { KubernetesError } from '../status.ts';
import { keyOf, splitKey, WorkQueue } from '../work-queue.ts';

const retryMs = 10_000;

/** Keeps as many pods as each ReplicaSet wants. */
export class ReplicaSetController {
  readonly #cluster: ClusterContext;
  readonly #queue: WorkQueue;
  readonly #wakeups = new Map<string, Timer>();
  /** Why pods were refused, and until when not to try again: a quota does not change by asking. */
  readonly #refused = new Map<string, { readonly message: string; readonly until: number }>();

  constructor(cluster: ClusterContext) {
    this.#cluster = cluster;
    this.#queue = new WorkQueue(
      (key) => this.#reconcile(key),
      cluster.cloud.warn.bind(cluster.cloud),
    );
    cluster.store.onChange(({ object }) => {
      if (object.kind === 'ReplicaSet') this.#queue.add(keyOf(object));
      if (object.kind !== 'Pod') return;
      for (const owner of object.metadata.ownerReferences ?? []) {
        if (owner.kind === 'ReplicaSet')
          this.#queue.add(`${object.metadata.namespace}/${owner.name}`);
      }
    });
  }

  #reconcile(key: string): void {
    const { namespace, name } = splitKey(key);
    const { store } = this.#cluster;
    const set = store.find<ReplicaSet>('ReplicaSet', namespace, name);
    if (set === undefined || set.metadata.deletionTimestamp) return;
    const pods = podsOf(this.#cluster, set);
    const wanted = set.spec.replicas ?? 1;
    const failure = pods.length < wanted ? this.#fill(key, set, wanted - pods.length) : undefined;
    for (const pod of [...pods].sort(firstToGo).slice(0, Math.max(0, pods.length - wanted))) {
      store.remove(pod, pod.spec.terminationGracePeriodSeconds ?? 30);
    }
    this.#writeStatus(set, key, failure);
  }

  #fill(key: string, set: ReplicaSet, count: number): string | undefined {
    const now = this.#cluster.cloud.clock.now();
    const refused = this.#refused.get(key);
    if (refused && now < refused.until) return refused.message;
    const message = this.#create(set, count);
    if (message === undefined) {
      this.#refused.delete(key);
      return undefined;
    }
    this.#refused.set(key, { message, until: now + retryMs });
    this.#wake(key, retryMs);
    return message;
  }

  #create(set: ReplicaSet, count: number): string | undefined {
    const { store, cloud, admit } = this.#cluster;
    const { metadata, spec } = set.spec.template;
    for (let index = 0; index < count; index += 1) {
      const pod: Pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${set.metadata.name}-${cloud.token(5)}`,
          namespace: set.metadata.namespace ?? '',
          labels: metadata?.labels ?? {},
          ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
          ownerReferences: [
            {
              apiVersion: set.apiVersion,
              kind: set.kind,
              name: set.metadata.name,
              uid: set.metadata.uid ?? '',
              controller: true,
            },
          ],
        },
        spec,
      };
      try {
        store.create(admit(pod));
      } catch (error) {
        if (!(error instanceof KubernetesError)) throw error;
        return error.message;
      }
    }
    return undefined;
  }

  #writeStatus(set: ReplicaSet, key: string, failure: string | undefined): void {
    const pods = podsOf(this.#cluster, set);
    const { store, cloud } = this.#cluster;
    const now = cloud.clock.now();
    const ready = pods.filter(isReady);
    const patienceMs = (set.spec.minReadySeconds ?? 0) * 1000;
    const waits = ready.map((pod) => readySince(pod) + patienceMs - now);
    const available = waits.filter((wait) => wait <= 0).length;
    const soonest = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(soonest)) this.#wake(key, soonest);
    store.writeStatus(set, {
      replicas: pods.length,
      fullyLabeledReplicas: pods.length,
      readyReplicas: ready.length,
      availableReplicas: available,
      observedGeneration: set.metadata.generation ?? 1,
      conditions: failure
        ? [
            {
              type: 'ReplicaFailure',
              status: 'True',
              reason: 'FailedCreate',
              message: failure,
              lastTransitionTime:
                conditionOf(set, 'ReplicaFailure')?.lastTransitionTime ?? timestamp(now),
            },
          ]
        : [],
    });
  }

  #wake(key: string, delayMs: number): void {
    const { clock } = this.#cluster.cloud;
    this.#wakeups.get(key)?.cancel();
    this.#wakeups.set(
      key,
      clock.at(clock.now() + delayMs, () => this.#queue.add(key)),
    );
  }
}

/** Pods of the set that count: not on their way out, not ended. */
export const podsOf = (cluster: ClusterContext, set: ReplicaSet): Pod[] =>
  cluster.store
    .list<Pod>('Pod', set.metadata.namespace)
    .filter(
      (pod) =>
        pod.metadata.ownerReferences?.some((owner) => owner.uid === set.metadata.uid) &&
        pod.metadata.deletionTimestamp === undefined &&
        pod.status?.phase !== 'Succeeded' &&
        pod.status?.phase !== 'Failed',
    );

const readySince = (pod: Pod): number =>
  Date.parse(conditionOf(pod, 'Ready')?.lastTransitionTime ?? '');

/** Pods that are not ready go first, then the youngest. */
const firstToGo = (a: Pod, b: Pod): number =>
  Number(isReady(a)) - Number(isReady(b)) ||
  (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
