import { isDeepStrictEqual } from 'node:util';
import type { Timer } from '../../clock/clock.ts';
import type { ClusterContext } from '../cluster-context.ts';
import {
  type Condition,
  conditionOf,
  type Deployment,
  type KubeObject,
  type ReplicaSet,
  timestamp,
} from '../objects.ts';
import { keyOf } from '../work-queue.ts';

interface Progress {
  readonly at: number;
  readonly timer: Timer | undefined;
}

/** Writes what a Deployment has come to, and when it has stopped coming on. */
export class DeploymentStatus {
  readonly #cluster: ClusterContext;
  readonly #wake: (key: string) => void;
  readonly #progress = new Map<string, Progress>();

  constructor(cluster: ClusterContext, wake: (key: string) => void) {
    this.#cluster = cluster;
    this.#wake = wake;
  }

  forget(deployment: KubeObject): void {
    this.#progress.get(keyOf(deployment))?.timer?.cancel();
    this.#progress.delete(keyOf(deployment));
  }

  write(
    deployment: Deployment,
    { current, all }: { current: ReplicaSet | undefined; all: readonly ReplicaSet[] },
  ): void {
    const sum = (count: (set: ReplicaSet) => number | undefined) =>
      all.reduce((total, set) => total + (count(set) ?? 0), 0);
    const desired = deployment.spec.replicas ?? 1;
    const replicas = sum((set) => set.status?.replicas);
    const availableReplicas = sum((set) => set.status?.availableReplicas);
    const counts = {
      observedGeneration: deployment.metadata.generation ?? 1,
      replicas,
      updatedReplicas: current?.status?.replicas ?? 0,
      readyReplicas: sum((set) => set.status?.readyReplicas),
      availableReplicas,
      unavailableReplicas: Math.max(0, sum((set) => set.spec.replicas) - availableReplicas),
    };
    const complete =
      counts.updatedReplicas === desired && replicas === desired && availableReplicas >= desired;
    const failure = current && conditionOf(current, 'ReplicaFailure');
    const { maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
    const tolerated =
      typeof maxUnavailable === 'number'
        ? maxUnavailable
        : Math.floor((Number.parseFloat(maxUnavailable) / 100) * desired);
    const conditions = [
      this.#available(deployment, availableReplicas >= desired - tolerated),
      this.#progressing(deployment, { counts, complete, current }),
      ...(failure ? [failure] : []),
    ];
    this.#cluster.store.writeStatus(deployment, { ...counts, conditions });
  }

  #available(deployment: Deployment, enough: boolean): Condition {
    return this.#condition(deployment, {
      type: 'Available',
      status: enough ? 'True' : 'False',
      reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: enough
        ? 'Deployment has minimum availability.'
        : 'Deployment does not have minimum availability.',
    });
  }

  #progressing(
    deployment: Deployment,
    given: { counts: object; complete: boolean; current: ReplicaSet | undefined },
  ): Condition {
    const name = given.current?.metadata.name ?? '';
    const before = conditionOf(deployment, 'Progressing');
    if (given.complete) {
      this.forget(deployment);
      return this.#condition(deployment, {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${name}" has successfully progressed.`,
      });
    }
    const same = before?.message?.includes(`"${name}"`) ?? false;
    // What was complete once does not time out when a pod goes missing later.
    if (same && before?.reason === 'NewReplicaSetAvailable') return before;
    const { conditions: _, ...previous } = (deployment.status ?? {}) as Record<string, unknown>;
    const advanced = !same || !isDeepStrictEqual(previous, given.counts);
    if (before?.reason === 'ProgressDeadlineExceeded' && !advanced) return before;
    if (this.#isOverdue(deployment, advanced)) {
      return this.#condition(deployment, {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: `ReplicaSet "${name}" has timed out progressing.`,
      });
    }
    return this.#condition(deployment, {
      type: 'Progressing',
      status: 'True',
      reason: same ? 'ReplicaSetUpdated' : 'NewReplicaSetCreated',
      message: same ? `ReplicaSet "${name}" is progressing.` : `Created new replica set "${name}"`,
    });
  }

  #isOverdue(deployment: Deployment, advanced: boolean): boolean {
    const { clock } = this.#cluster.cloud;
    const key = keyOf(deployment);
    const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
    const known = this.#progress.get(key);
    if (known && !advanced) return clock.now() >= known.at + deadlineMs;
    known?.timer?.cancel();
    const timer = clock.at(clock.now() + deadlineMs, () => this.#wake(key));
    this.#progress.set(key, { at: clock.now(), timer });
    return false;
  }

  #condition(
    deployment: Deployment,
    condition: Omit<Condition, 'lastTransitionTime' | 'lastUpdateTime'>,
  ): Condition {
    const before = conditionOf(deployment, condition.type);
    const now = timestamp(this.#cluster.cloud.clock.now());
    const same = before?.reason === condition.reason && before?.message === condition.message;
    return {
      ...condition,
      lastUpdateTime: same ? (before?.lastUpdateTime ?? now) : now,
      lastTransitionTime:
        before?.status === condition.status ? (before.lastTransitionTime ?? now) : now,
    };
  }
}
