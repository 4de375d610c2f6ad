import type { Clock } from '../../local/clock/clock.ts';
import { FastClock } from '../../local/clock/fast-clock.ts';
import { LoadGenerator } from '../../local/traffic/load.ts';

/** What users got within the last minute. */
export interface TrafficNow {
  readonly requestsPerMinute: number;
  readonly failedPercent: number;
}

const MINUTE = 60_000;

/** Real users of the sample: requests at a steady rate, every answer counted. */
export class Users {
  readonly #load: LoadGenerator;
  readonly #pace = new FastClock({ speed: 1 });
  readonly #recent: { at: number; failed: boolean }[] = [];
  readonly #failures: number[] = [];
  readonly #clock: Clock;

  constructor(options: { port: number; host: string; requestsPerSecond: number; clock: Clock }) {
    this.#clock = options.clock;
    this.#load = new LoadGenerator({
      port: options.port,
      rate: options.requestsPerSecond,
      hosts: [{ host: options.host, paths: ['/', '/catalog', '/cart', '/checkout'] }],
      pace: this.#pace,
      clock: options.clock,
      onAnswer: ({ status, at }) => this.#remember(status, at),
    });
  }

  start(): void {
    this.#load.start();
  }

  /** Counts so far; failures are answers of 5xx and none at all. */
  count(): { total: number; failed: number } {
    const { total, failed } = this.#load.summary();
    return { total, failed };
  }

  /** When the first failure since `from` was seen, on the cloud's clock. */
  firstFailureSince(from: number): number | null {
    return this.#failures.find((at) => at >= from) ?? null;
  }

  /** The last minute of the cloud's clock. */
  now(): TrafficNow {
    this.#forget();
    const failed = this.#recent.filter((answer) => answer.failed).length;
    return {
      requestsPerMinute: this.#recent.length,
      failedPercent: this.#recent.length === 0 ? 0 : (100 * failed) / this.#recent.length,
    };
  }

  async stop(): Promise<{ total: number; failed: number }> {
    const { total, failed } = await this.#load.stop();
    this.#pace.stop();
    return { total, failed };
  }

  #remember(status: number, at: number): void {
    const failed = status === 0 || status >= 500;
    this.#recent.push({ at, failed });
    if (failed) this.#failures.push(at);
    if (this.#recent.length % 1_000 === 0) this.#forget();
  }

  #forget(): void {
    const since = this.#clock.now() - MINUTE;
    const kept = this.#recent.findIndex(({ at }) => at >= since);
    this.#recent.splice(0, kept === -1 ? this.#recent.length : kept);
  }
}
