import type { ClusterContext } from '../cluster-context.ts';
import type { Deployment, Pod, ReplicaSet } from '../objects.ts';
import { keyOf, splitKey, WorkQueue } from '../work-queue.ts';
import { DeploymentStatus } from './deployment-status.ts';
import { hashOf } from './template-hash.ts';

const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** Rolls each Deployment to its newest template. */
export class DeploymentController {
  readonly #cluster: ClusterContext;
  readonly #queue: WorkQueue;
  readonly #status: DeploymentStatus;

  constructor(cluster: ClusterContext) {
    this.#cluster = cluster;
    this.#queue = new WorkQueue(
      (key) => this.#reconcile(key),
      cluster.cloud.warn.bind(cluster.cloud),
    );
    this.#status = new DeploymentStatus(cluster, (key) => this.#queue.add(key));
    cluster.store.onChange(({ type, object }) => {
      if (object.kind === 'Deployment') {
        if (type === 'DELETED') this.#status.forget(object);
        else this.#queue.add(keyOf(object));
      }
      // Recreate waits for old pods to be gone, which no ReplicaSet's status tells.
      if (object.kind !== 'ReplicaSet' && !(object.kind === 'Pod' && type === 'DELETED')) return;
      for (const owner of object.metadata.ownerReferences ?? []) {
        if (owner.kind === 'Deployment')
          this.#queue.add(`${object.metadata.namespace}/${owner.name}`);
        else if (object.kind === 'Pod')
          this.#wakeOwnerOf(object.metadata.namespace ?? '', owner.name);
      }
    });
  }

  #wakeOwnerOf(namespace: string, replicaSet: string): void {
    const set = this.#cluster.store.find<ReplicaSet>('ReplicaSet', namespace, replicaSet);
    const owner = set?.metadata.ownerReferences?.[0];
    if (owner) this.#queue.add(`${namespace}/${owner.name}`);
  }

  #reconcile(key: string): void {
    const { namespace, name } = splitKey(key);
    const { store } = this.#cluster;
    const deployment = store.find<Deployment>('Deployment', namespace, name);
    if (deployment === undefined || deployment.metadata.deletionTimestamp) return;
    const hash = hashOf(deployment.spec.template);
    const sets = this.#setsOf(deployment);
    const present = sets.find((set) => set.metadata.labels?.[hashLabel] === hash);
    const current =
      present ?? (deployment.spec.paused ? undefined : this.#createSet(deployment, hash, sets));
    const old = sets.filter((set) => set !== current);
    if (!deployment.spec.paused && current) {
      if (deployment.spec.strategy?.type === 'Recreate') this.#recreate(deployment, current, old);
      else this.#roll(deployment, current, old);
      this.#prune(deployment, old);
    }
    const now = this.#setsOf(deployment);
    this.#status.write(deployment, {
      current: now.find((set) => set.metadata.uid === current?.metadata.uid),
      all: now,
    });
  }

  #setsOf(deployment: Deployment): ReplicaSet[] {
    return this.#cluster.store
      .list<ReplicaSet>('ReplicaSet', deployment.metadata.namespace)
      .filter((set) =>
        set.metadata.ownerReferences?.some((owner) => owner.uid === deployment.metadata.uid),
      );
  }

  #createSet(deployment: Deployment, hash: string, sets: readonly ReplicaSet[]): ReplicaSet {
    const { template, selector, minReadySeconds } = deployment.spec;
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    const set: ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace ?? '',
        labels,
        annotations: { [revisionAnnotation]: String(Math.max(0, ...sets.map(revisionOf)) + 1) },
        ownerReferences: [
          {
            apiVersion: deployment.apiVersion,
            kind: deployment.kind,
            name: deployment.metadata.name,
            uid: deployment.metadata.uid ?? '',
            controller: true,
          },
        ],
      },
      spec: {
        replicas: 0,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
        ...(minReadySeconds ? { minReadySeconds } : {}),
      },
    };
    return this.#cluster.store.create(set);
  }

  #recreate(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
    for (const set of old) this.#scale(set, 0);
    const oldUids = new Set(old.map((set) => set.metadata.uid));
    const running = this.#cluster.store
      .list<Pod>('Pod', deployment.metadata.namespace)
      .some((pod) => pod.metadata.ownerReferences?.some((owner) => oldUids.has(owner.uid)));
    if (!running) this.#scale(current, deployment.spec.replicas ?? 1);
  }

  #roll(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
    const desired = deployment.spec.replicas ?? 1;
    const { maxSurge, maxUnavailable } = limits(deployment, desired);
    const total = sum([current, ...old], wanted);
    const now = wanted(current);
    const grown =
      now >= desired
        ? desired
        : now + Math.max(0, Math.min(desired + maxSurge - total, desired - now));
    this.#scale(current, grown);
    const newUnavailable = grown - available(current);
    let spare = sum(old, wanted) + grown - (desired - maxUnavailable) - newUnavailable;
    const left = new Map(old.map((set) => [set, wanted(set)]));
    // Old pods that serve no one go first: taking them costs no capacity.
    for (const unhealthyOnly of [true, false]) {
      if (!unhealthyOnly)
        spare = Math.min(
          spare,
          sum(old, available) + available(current) - (desired - maxUnavailable),
        );
      for (const set of old) {
        const size = left.get(set) ?? 0;
        const removable = unhealthyOnly ? Math.max(0, size - available(set)) : size;
        const removed = Math.max(0, Math.min(removable, spare));
        left.set(set, size - removed);
        spare -= removed;
      }
    }
    for (const [set, size] of left) this.#scale(set, size);
  }

  #prune(deployment: Deployment, old: readonly ReplicaSet[]): void {
    const empty = old
      .filter((set) => wanted(set) === 0 && (set.status?.replicas ?? 0) === 0)
      .sort((a, b) => revisionOf(b) - revisionOf(a));
    for (const set of empty.slice(deployment.spec.revisionHistoryLimit ?? 10)) {
      this.#cluster.store.remove(set);
    }
  }

  #scale(set: ReplicaSet, replicas: number): void {
    const { store } = this.#cluster;
    const present = store.find<ReplicaSet>('ReplicaSet', set.metadata.namespace, set.metadata.name);
    if (present && present.spec.replicas !== replicas) {
      store.replace({ ...present, spec: { ...present.spec, replicas } });
    }
  }
}

const wanted = (set: ReplicaSet): number => set.spec.replicas ?? 0;
const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + count(set), 0);
const revisionOf = (set: ReplicaSet): number =>
  Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);

/** Percentages of surge round up, of unavailability down; both 0 would never move. */
const limits = (deployment: Deployment, desired: number) => {
  const { maxSurge = '25%', maxUnavailable = '25%' } =
    deployment.spec.strategy?.rollingUpdate ?? {};
  const resolve = (value: number | string, round: (n: number) => number) =>
    typeof value === 'number' ? value : round((Number.parseFloat(value) / 100) * desired);
  const surge = resolve(maxSurge, Math.ceil);
  const unavailable = Math.min(desired, resolve(maxUnavailable, Math.floor));
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
};
