import type { Timer } from '../clock/clock.ts';
import type { RunningContainer } from '../traffic/workload-runtime.ts';
import type { ClusterContext } from './cluster-context.ts';
import { ContainerConfigError, environmentOf } from './environment.ts';
import { ImagePullError, pullImage } from './image-pull.ts';
import type { Container, Pod, Probe } from './objects.ts';
import { PodStatusWriter } from './pod-status.ts';
import { Prober, probePath, unsupportedIn } from './prober.ts';

const firstBackoffMs = 10_000;
const longestBackoffMs = 300_000;
/** From the order to end to the signal: endpoints and target groups let go of the pod meanwhile. */
const signalDelayMs = 100;

/** One pod on the node: pulls, starts, probes, restarts and ends its container. */
export class PodWorker {
  readonly #cluster: ClusterContext;
  readonly #pod: Pod;
  readonly #status: PodStatusWriter;
  readonly #onGone: () => void;
  readonly #ip: string;
  #running: RunningContainer | undefined;
  #probers: Prober[] = [];
  #timers: Timer[] = [];
  #restarts = 0;
  #pullFailures = 0;
  #ending = false;
  #logs = '';

  constructor(cluster: ClusterContext, pod: Pod, onGone: () => void) {
    this.#cluster = cluster;
    this.#pod = pod;
    this.#onGone = onGone;
    this.#ip = cluster.network.allocate();
    this.#status = new PodStatusWriter(cluster, pod, this.#ip);
  }

  start(): void {
    const [container, ...others] = this.#pod.spec.containers;
    if (container === undefined) return;
    const more = others.length > 0 || 'initContainers' in this.#pod.spec;
    const problem = more ? 'more than one container' : unsupportedIn(container);
    if (problem !== undefined) {
      this.#status.waiting(
        container,
        {
          reason: 'CreateContainerError',
          message: `the local kubelet does not do ${problem}`,
        },
        0,
      );
      return;
    }
    this.#status.waiting(container, { reason: 'ContainerCreating' }, 0);
    this.#after(this.#cluster.pullMs, () => this.#run(container));
  }

  /** After a readiness gate of the pod has been written. */
  refresh(): void {
    if (!this.#ending) this.#status.refresh();
  }

  /** Ends the container as its pod says: preStop, signal, grace; then the pod is gone. */
  terminate(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#stopTimers();
    const { lifecycle } = this.#pod.spec.containers[0] ?? {};
    const sleep = lifecycle?.preStop?.sleep?.seconds ?? sleepOf(lifecycle?.preStop?.exec?.command);
    const present = this.#cluster.store.find<Pod>(
      'Pod',
      this.#pod.metadata.namespace,
      this.#pod.metadata.name,
    );
    const graceMs = (present?.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
    const preStopMs = Math.min(sleep * 1000, graceMs);
    this.#after(signalDelayMs + preStopMs, () => {
      if (this.#running === undefined) {
        this.#gone();
        return;
      }
      void this.#running.exited.then(() => this.#gone());
      this.#running.stop(Math.max(1000, graceMs - preStopMs));
    });
  }

  /** Ends at once: the pod has been erased. */
  abandon(): void {
    this.#ending = true;
    this.#stopTimers();
    this.#closeNetwork();
    this.#running?.stop(0);
  }

  logs(): string {
    return this.#running?.logs() ?? this.#logs;
  }

  #gone(): void {
    this.#stopTimers();
    this.#closeNetwork();
    this.#onGone();
    const { name, namespace } = this.#pod.metadata;
    const present = this.#cluster.store.find('Pod', namespace, name);
    if (present && present.metadata.uid === this.#pod.metadata.uid)
      this.#cluster.store.erase(present);
  }

  /** Pulls and starts, held: a clock must not run ahead of a process that starts. */
  #run(container: Container): void {
    const release = this.#cluster.cloud.clock.hold();
    void this.#pullAndStart(container)
      .catch((error: unknown) => this.#failed(container, error))
      .finally(release);
  }

  async #pullAndStart(container: Container): Promise<void> {
    const { cloud, place, store, runtime, name } = this.#cluster;
    const image = await pullImage(cloud, container.image, {
      ...place,
      principal: {
        arn: `arn:aws:sts::${place.account}:assumed-role/${name}-node/i-0a1b2c3d4e5f60718`,
        account: place.account,
        roleArn: `arn:aws:iam::${place.account}:role/${name}-node`,
      },
    });
    const present = store.find<Pod>('Pod', this.#pod.metadata.namespace, this.#pod.metadata.name);
    const running = await runtime.start(
      {
        podUid: this.#pod.metadata.uid ?? '',
        podName: this.#pod.metadata.name,
        namespace: this.#pod.metadata.namespace ?? '',
        image: container.image,
        command: container.command,
        args: container.args,
        env: environmentOf(store, { ...this.#pod, ...present }, container),
        port: container.ports?.[0]?.containerPort,
        labels: this.#pod.metadata.labels ?? {},
      },
      image,
    );
    if (this.#ending) {
      running.stop(0);
      return;
    }
    this.#started(container, running, image.digest);
  }

  #started(container: Container, running: RunningContainer, digest: string): void {
    this.#pullFailures = 0;
    this.#running = running;
    const { network, cloud } = this.#cluster;
    const port = container.ports?.[0]?.containerPort;
    const probe = container.readinessProbe;
    const serves = port !== undefined;
    this.#status.running(container, { digest, restarts: this.#restarts, ready: serves && !probe });
    if (port !== undefined) network.open(this.#ip, port, running.workload);
    const { livenessProbe } = container as { livenessProbe?: Probe };
    if (probe) {
      this.#probe(probe, running, (good) => this.#status.ready(good));
    }
    if (livenessProbe) {
      this.#probe(livenessProbe, running, (good) => {
        if (!good) running.stop(30_000);
      });
    }
    if (!serves && !probe) this.#status.ready(true);
    const startedAt = cloud.clock.now();
    void running.exited.then((code) => this.#exited(container, running, { code, startedAt }));
  }

  #probe(probe: Probe, running: RunningContainer, onVerdict: (good: boolean) => void): void {
    const { clock } = this.#cluster.cloud;
    const { workload } = running;
    this.#probers.push(new Prober({ clock, probe, workload, path: probePath(probe), onVerdict }));
  }

  #exited(
    container: Container,
    running: RunningContainer,
    { code, startedAt }: { code: number; startedAt: number },
  ): void {
    if (this.#running !== running) return;
    this.#logs = running.logs();
    for (const prober of this.#probers) prober.stop();
    this.#probers = [];
    this.#closeNetwork();
    this.#running = undefined;
    if (this.#ending) return;
    const policy = this.#pod.spec.restartPolicy ?? 'Always';
    if (policy === 'Never' || (policy === 'OnFailure' && code === 0)) {
      this.#status.ended(container, code, this.#restarts);
      return;
    }
    const ranMs = this.#cluster.cloud.clock.now() - startedAt;
    // Ten good minutes forgive earlier crashes.
    if (ranMs > 600_000) this.#restarts = 0;
    const backoffMs =
      this.#restarts === 0
        ? 0
        : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (this.#restarts - 1));
    this.#restarts += 1;
    this.#status.waiting(
      container,
      {
        reason: 'CrashLoopBackOff',
        message: `back-off ${backoffMs / 1000}s restarting failed container=${container.name} pod=${this.#pod.metadata.name}_${this.#pod.metadata.namespace}(${this.#pod.metadata.uid}), last exit code ${code}`,
      },
      this.#restarts,
    );
    this.#after(backoffMs, () => this.#run(container));
  }

  #failed(container: Container, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ImagePullError && error.reason === 'InvalidImageName') {
      this.#status.waiting(container, { reason: 'InvalidImageName', message }, this.#restarts);
      return;
    }
    const reason: Record<string, string> = {
      ImagePullError: 'ErrImagePull',
      ContainerConfigError: 'CreateContainerConfigError',
    };
    const known = error instanceof ImagePullError || error instanceof ContainerConfigError;
    const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** this.#pullFailures);
    this.#pullFailures += 1;
    this.#status.waiting(
      container,
      {
        reason: known ? (reason[error.name] ?? 'RunContainerError') : 'RunContainerError',
        message,
      },
      this.#restarts,
    );
    if (error instanceof ImagePullError) {
      this.#after(1000, () =>
        this.#status.waiting(
          container,
          {
            reason: 'ImagePullBackOff',
            message: `Back-off pulling image "${container.image}": ErrImagePull: ${message}`,
          },
          this.#restarts,
        ),
      );
    }
    this.#after(backoffMs, () => this.#run(container));
  }

  #closeNetwork(): void {
    const port = this.#pod.spec.containers[0]?.ports?.[0]?.containerPort;
    if (port !== undefined) this.#cluster.network.close(this.#ip, port);
  }

  #after(delayMs: number, callback: () => void): void {
    const { clock } = this.#cluster.cloud;
    const timer = clock.at(clock.now() + delayMs, () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
      callback();
    });
    this.#timers.push(timer);
  }

  #stopTimers(): void {
    for (const timer of this.#timers) timer.cancel();
    for (const prober of this.#probers) prober.stop();
    this.#timers = [];
    this.#probers = [];
  }
}

/** `["sleep", "5"]` and `["sh", "-c", "sleep 5"]`: the two ways in which manifests wait. */
const sleepOf = (command: readonly string[] | undefined): number =>
  Number(/^(?:(?:\/bin\/)?sh -c )?sleep (\d+)$/.exec(command?.join(' ') ?? '')?.[1] ?? 0);
