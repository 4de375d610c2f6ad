import type { Clock } from '../clock/clock.ts';
import { binomial } from './binomial.ts';
import { type Behaviour, behaviourAt, type Model, modelOf } from './model.ts';
import type { Answer } from './network.ts';
import { tracingOf } from './tracing.ts';
import type {
  ContainerSpec,
  ImageConfig,
  PulledImage,
  RunningContainer,
  WorkloadRuntime,
} from './workload-runtime.ts';

export interface ModelledRuntimeOptions {
  readonly clock: Clock;
  random(): number;
  /** How an image behaves; by its labels unless told. */
  readonly model?: (config: ImageConfig) => Model;
}

/** Runs no process: each container behaves as its image's model says, with chance from the cloud's seed. */
export class ModelledRuntime implements WorkloadRuntime {
  readonly #options: ModelledRuntimeOptions;

  constructor(options: ModelledRuntimeOptions) {
    this.#options = options;
  }

  start(container: ContainerSpec, image: PulledImage): RunningContainer {
    const model = (this.#options.model ?? modelOf)(image.config);
    return container.port === undefined
      ? this.#job(container, model)
      : this.#server(container, image, model);
  }

  #job(container: ContainerSpec, model: Model): RunningContainer {
    const { clock } = this.#options;
    const end = ending();
    const timer = clock.at(clock.now() + model.runSeconds * 1000, () => end.exit(model.exitCode));
    return {
      workload: { labels: container.labels, probe: () => 'refused' },
      exited: end.exited,
      stop: () => {
        timer.cancel();
        end.exit(143);
      },
      logs: () => '',
    };
  }

  #server(container: ContainerSpec, image: PulledImage, model: Model): RunningContainer {
    const { clock } = this.#options;
    const startedAt = clock.now();
    const end = ending();
    let requests = 0;
    let listening = false;
    const listeners: (() => void)[] = [];
    const changed = () => {
      for (const listener of listeners) listener();
    };
    const behaviour = () =>
      behaviourAt(model, { requests, seconds: (clock.now() - startedAt) / 1000 });
    const timers = [model.startSeconds, ...model.phases.map((phase) => phase.afterSeconds)]
      .filter((seconds) => seconds > 0)
      .map((seconds) => clock.at(startedAt + seconds * 1000, changed));
    const isListening = () => {
      listening ||= clock.now() >= startedAt + model.startSeconds * 1000;
      return listening && !end.ended();
    };
    if (model.crashSeconds !== undefined) {
      timers.push(clock.at(startedAt + model.crashSeconds * 1000, () => end.exit(1)));
    }
    void end.exited.then(() => {
      for (const timer of timers) timer.cancel();
      changed();
    });
    return {
      workload: {
        labels: container.labels,
        tracing: tracingOf(container.env),
        version: image.config.config?.Labels?.['org.opencontainers.image.version'],
        probe: () => (isListening() ? (behaviour().ready ? 200 : 503) : 'refused'),
        answers: (count) => {
          const before = behaviour();
          requests += count;
          // A phase that begins with a number of requests may change what probes say.
          if (before !== behaviour()) changed();
          return answersOf(before, count, this.#options.random);
        },
        onChange: (listener) => listeners.push(listener),
      },
      exited: end.exited,
      stop: () => {
        timers.push(
          clock.at(clock.now() + Math.min(1000, model.stopSeconds * 1000), () => end.exit(0)),
        );
      },
      logs: () => '',
    };
  }
}

const ending = (): { exited: Promise<number>; exit(code: number): void; ended(): boolean } => {
  let ended = false;
  let resolve: (code: number) => void = () => {};
  const exited = new Promise<number>((resolved) => {
    resolve = resolved;
  });
  return {
    exited,
    ended: () => ended,
    exit: (code) => {
      ended = true;
      resolve(code);
    },
  };
};

/** Four points of a distribution with this median and 99th percentile: cumulative share, and where it lies. */
const quantiles = (p50: number, p99: number): readonly (readonly [number, number])[] => [
  [0.5, p50 * 0.9],
  [0.9, p50 * 1.2],
  [0.98, Math.sqrt(p50 * p99)],
  [1, p99],
];

/** Splits `count` requests over statuses and latencies. */
const answersOf = (behaviour: Behaviour, count: number, random: () => number): Answer[] => {
  const errors = binomial(count, behaviour.errorRatio, random);
  const slow = binomial(count - errors, behaviour.slowRatio, random);
  const answers: Answer[] = [];
  if (errors > 0) answers.push({ status: 500, latencyMs: behaviour.p50Ms, count: errors });
  if (slow > 0) answers.push({ status: 200, latencyMs: behaviour.slowMs, count: slow });
  let left = count - errors - slow;
  let reached = 0;
  for (const [cumulative, latencyMs] of quantiles(behaviour.p50Ms, behaviour.p99Ms)) {
    const share = (cumulative - reached) / (1 - reached);
    const here = binomial(left, share, random);
    if (here > 0) answers.push({ status: 200, latencyMs, count: here });
    left -= here;
    reached = cumulative;
  }
  return answers;
};
