import { Agent, request } from 'node:http';
import type { Clock, Timer } from '../clock/clock.ts';
import { AnswerCounts, type AnswerSummary } from './answer-counts.ts';

export interface LoadOptions {
  /** Where a proxy listens. */
  readonly port: number;
  /** Requests per second of `pace`, over all hosts together. */
  readonly rate: number;
  readonly hosts: readonly { readonly host: string; readonly paths?: readonly string[] }[];
  /** The clock whose seconds the rate counts: one that follows the wall. */
  readonly pace: Clock;
  /** The clock that dates answers: the cloud's. */
  readonly clock: Clock;
  /** Told of each answer, besides the counts. */
  readonly onAnswer?: (answer: { status: number; version: string | undefined; at: number }) => void;
}

const tickMs = 20;
/** A target that hangs must not collect requests without end. */
const mostInFlight = 512;

/** Sends real requests at a steady rate over kept connections, and counts what came back. */
export class LoadGenerator {
  readonly #options: LoadOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 128, scheduling: 'lifo' });
  readonly #counts = new AnswerCounts();
  #timer: Timer | undefined;
  #stopped = false;
  #sent = 0;
  #skipped = 0;
  #inFlight = 0;
  #startedAt = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(): void {
    this.#startedAt = this.#options.pace.now();
    this.#tick();
  }

  /** Sends no more; settles when the last answer is in. */
  stop(): Promise<AnswerSummary> {
    this.#stopped = true;
    this.#timer?.cancel();
    return new Promise((resolve) => {
      this.#onIdle = () => {
        this.#agent.destroy();
        resolve(this.summary());
      };
      if (this.#inFlight === 0) this.#onIdle();
    });
  }

  summary(): AnswerSummary {
    return this.#counts.summary();
  }

  /** Requests that were due while too many were under way. */
  get skipped(): number {
    return this.#skipped;
  }

  #tick(): void {
    if (this.#stopped) return;
    const { pace, rate } = this.#options;
    const due = Math.floor(((pace.now() - this.#startedAt) / 1000) * rate) - this.#sent;
    for (let index = 0; index < due; index += 1) this.#send();
    this.#timer = pace.at(pace.now() + tickMs, () => this.#tick());
  }

  #send(): void {
    const number = this.#sent;
    this.#sent += 1;
    if (this.#inFlight >= mostInFlight) {
      this.#skipped += 1;
      return;
    }
    const { hosts, port } = this.#options;
    const chosen = hosts[number % hosts.length];
    const paths = chosen?.paths ?? ['/'];
    const path = paths[Math.floor(number / hosts.length) % paths.length] ?? '/';
    this.#inFlight += 1;
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      agent: this.#agent,
      headers: { host: chosen?.host ?? 'localhost' },
      timeout: 30_000,
    });
    sent.once('response', (response) => {
      response.resume();
      const version = response.headers['x-version'];
      response.once('end', () =>
        this.#answered(response.statusCode ?? 0, typeof version === 'string' ? version : undefined),
      );
      response.once('error', () => this.#answered(0, undefined));
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.once('error', () => this.#answered(0, undefined));
    sent.end();
  }

  #answered(status: number, version: string | undefined): void {
    this.#inFlight -= 1;
    const answer = { status, version, at: this.#options.clock.now() };
    this.#counts.add(answer);
    this.#options.onAnswer?.(answer);
    if (this.#stopped && this.#inFlight === 0) this.#onIdle?.();
  }
}
