import type { Instant } from './clock/clock.ts';
import type { Place, Principal } from './services/service.ts';

/** One call of an operation and how it ended. */
export interface CallRecord extends Place {
  readonly principal: Principal;
  readonly service: string;
  readonly operation: string;
  /** `ok`, or the name of the error. */
  readonly outcome: string;
  readonly at: Instant;
  /** What was asked: the cloud's own copy, to be read only. */
  readonly input: unknown;
}

/** The newest calls, bounded, and whoever listens to them. */
export class CallLog {
  readonly #kept: number;
  readonly #ring: CallRecord[] = [];
  readonly #listeners = new Set<(call: CallRecord) => void>();
  #next = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(call: CallRecord): void {
    if (this.#kept > 0) {
      this.#ring[this.#next] = call;
      this.#next = (this.#next + 1) % this.#kept;
    }
    for (const listener of this.#listeners) listener(call);
  }

  /** Oldest first. */
  list(): CallRecord[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** The function that it answers ends the listening. */
  listen(listener: (call: CallRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
