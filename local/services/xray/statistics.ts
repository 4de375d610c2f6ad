import type { EdgeStatistics, HistogramEntry } from '@aws-sdk/client-xray';
import type { Segment } from './trace.ts';

/** Counts what became of requests, and how long they took. */
export class Tally {
  #ok = 0;
  #throttles = 0;
  #errors = 0;
  #faults = 0;
  #total = 0;
  #seconds = 0;
  readonly #histogram = new Map<number, number>();

  /** Adds `count` requests that went like `segment`. */
  add(segment: Segment, count: number): void {
    this.#total += count;
    // A request is one of these, the worst.
    if (segment.fault) this.#faults += count;
    else if (segment.throttle) this.#throttles += count;
    else if (segment.error) this.#errors += count;
    else this.#ok += count;
    if (segment.duration === undefined) return;
    const seconds = segment.duration / 1_000;
    this.#seconds += seconds * count;
    const value = Number(seconds.toFixed(3));
    this.#histogram.set(value, (this.#histogram.get(value) ?? 0) + count);
  }

  /** The counts as the API shows them. */
  get statistics(): EdgeStatistics {
    return {
      OkCount: this.#ok,
      ErrorStatistics: {
        ThrottleCount: this.#throttles,
        OtherCount: this.#errors,
        TotalCount: this.#throttles + this.#errors,
      },
      FaultStatistics: { OtherCount: this.#faults, TotalCount: this.#faults },
      TotalCount: this.#total,
      TotalResponseTime: this.#seconds,
    };
  }

  /** Response times in seconds, shortest first. */
  get histogram(): HistogramEntry[] {
    return [...this.#histogram]
      .sort(([a], [b]) => a - b)
      .map(([Value, Count]) => ({ Value, Count }));
  }
}
