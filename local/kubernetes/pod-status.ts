import type { ClusterContext } from './cluster-context.ts';
import {
  type Condition,
  type Container,
  type ContainerStatus,
  conditionOf,
  type Pod,
  timestamp,
} from './objects.ts';

/** Writes one pod's status as the kubelet does. */
export class PodStatusWriter {
  readonly #cluster: ClusterContext;
  readonly #pod: Pod;
  readonly #ip: string;
  #container: ContainerStatus | undefined;

  constructor(cluster: ClusterContext, pod: Pod, ip: string) {
    this.#cluster = cluster;
    this.#pod = pod;
    this.#ip = ip;
  }

  waiting(container: Container, why: { reason: string; message?: string }, restarts: number): void {
    this.#write(restarts > 0 ? 'Running' : 'Pending', false, {
      ...blank(container),
      restartCount: restarts,
      state: { waiting: why },
    });
  }

  running(
    container: Container,
    { digest, restarts, ready }: { digest: string; restarts: number; ready: boolean },
  ): void {
    const startedAt = timestamp(this.#cluster.cloud.clock.now());
    const repository = container.image.replace(/[@:][^/]*$/, '');
    this.#write('Running', ready, {
      ...blank(container),
      imageID: `${repository}@${digest}`,
      ready,
      started: true,
      restartCount: restarts,
      state: { running: { startedAt } },
    });
  }

  ready(ready: boolean): void {
    if (this.#container) this.#write('Running', ready, { ...this.#container, ready });
  }

  /** After a readiness gate has opened or closed. */
  refresh(): void {
    if (this.#container?.state.running) this.ready(this.#container.ready);
  }

  ended(container: Container, exitCode: number, restarts: number): void {
    const finishedAt = timestamp(this.#cluster.cloud.clock.now());
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    this.#write(exitCode === 0 ? 'Succeeded' : 'Failed', false, {
      ...blank(container),
      restartCount: restarts,
      state: { terminated: { exitCode, reason, finishedAt } },
    });
  }

  #write(
    phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed',
    ready: boolean,
    container: ContainerStatus,
  ): void {
    this.#container = container;
    const { store, cloud } = this.#cluster;
    const present = store.find<Pod>('Pod', this.#pod.metadata.namespace, this.#pod.metadata.name);
    // Milliseconds, where a cluster has seconds: minReadySeconds counts from here.
    const now = new Date(cloud.clock.now()).toISOString();
    const condition = (type: string, holds: boolean): Condition => {
      const before = conditionOf(present, type);
      const status = holds ? 'True' : 'False';
      const same = before?.status === status;
      return {
        type,
        status,
        lastTransitionTime: same ? (before.lastTransitionTime ?? now) : now,
        ...(holds || type === 'PodScheduled'
          ? {}
          : {
              reason: 'ContainersNotReady',
              message: `containers with unready status: [${container.name}]`,
            }),
      };
    };
    const types = this.#pod.spec.readinessGates?.map((gate) => gate.conditionType) ?? [];
    const gates = types.flatMap((type) => conditionOf(present, type) ?? []);
    const open = types.every((type) => conditionOf(present, type)?.status === 'True');
    store.writeStatus(this.#pod, {
      phase,
      podIP: this.#ip,
      hostIP: '10.0.255.1',
      startTime: this.#pod.metadata.creationTimestamp,
      conditions: [
        condition('PodScheduled', true),
        condition('Initialized', true),
        condition('ContainersReady', ready),
        condition('Ready', ready && open),
        ...gates,
      ],
      containerStatuses: [container],
    });
  }
}

const blank = (container: Container): ContainerStatus => ({
  name: container.name,
  image: container.image,
  imageID: '',
  ready: false,
  started: false,
  restartCount: 0,
  state: {},
});
