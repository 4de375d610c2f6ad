import type { Clock, Timer } from '../clock/clock.ts';
import type { ProbeResult, Workload } from '../traffic/network.ts';
import type { Container, Probe } from './objects.ts';

export interface ProberOptions {
  readonly clock: Clock;
  readonly probe: Probe;
  readonly workload: Workload;
  readonly path: string;
  /** Whether good results have come in a row as often as asked, or bad ones. */
  onVerdict(good: boolean): void;
}

/** Asks a container again and again, as a probe of its pod says. */
export class Prober {
  readonly #options: ProberOptions;
  #timer: Timer | undefined;
  #stopped = false;
  #streak = 0;
  #last: boolean | undefined;
  #verdict: boolean | undefined;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#schedule((options.probe.initialDelaySeconds ?? 0) * 1000);
    options.workload.onChange?.(() => {
      if (this.#timer === undefined) this.#schedule(this.#periodMs);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  get #periodMs(): number {
    return (this.#options.probe.periodSeconds ?? 10) * 1000;
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    this.#timer = clock.at(clock.now() + delayMs, () => {
      this.#timer = undefined;
      this.#ask();
    });
  }

  #ask(): void {
    const { workload, path, probe } = this.#options;
    const result = workload.probe(path, (probe.timeoutSeconds ?? 1) * 1000);
    if (!(result instanceof Promise)) {
      this.#judge(result);
      return;
    }
    // Not held: a probe decides nothing that must wait for it, and hundreds of them would slow a fast clock down.
    void result.catch((): ProbeResult => 'refused').then((answer) => this.#judge(answer));
  }

  #judge(result: ProbeResult): void {
    if (this.#stopped) return;
    const { probe, workload } = this.#options;
    const good = probe.tcpSocket
      ? result !== 'refused'
      : typeof result === 'number' && result >= 200 && result < 400;
    this.#streak = this.#last === good ? this.#streak + 1 : 1;
    this.#last = good;
    const needed = good ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (this.#verdict !== good && this.#streak >= needed) {
      this.#verdict = good;
      this.#options.onVerdict(good);
    }
    // A workload that tells of its changes need not be asked while nothing changes.
    if (workload.onChange === undefined || this.#verdict !== good) this.#schedule(this.#periodMs);
  }
}

/** The path that a probe asks for; the port is that of the container. */
export const probePath = (probe: Probe): string => probe.httpGet?.path ?? '/';

/** What of a container the local kubelet would not do as a cluster does; nothing, where it does it all. */
export const unsupportedIn = (container: Container): string | undefined => {
  const fields = container as unknown as Record<string, Record<string, unknown> | undefined>;
  for (const name of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
    for (const handler of ['exec', 'grpc']) {
      if (fields[name]?.[handler]) return `${name}.${handler}`;
    }
  }
  return container.lifecycle && 'postStart' in container.lifecycle
    ? 'lifecycle.postStart'
    : undefined;
};
