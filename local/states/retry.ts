import { matches, type StateFailure } from './errors.ts';
import type { Json, JsonObject } from './json.ts';

/** One entry of a state's `Retry`, with AWS's defaults filled in. */
export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly fullJitter: boolean;
}

/** Reads a state's `Retry`. */
export const readRetry = (retry: Json | undefined): Retrier[] =>
  ((retry ?? []) as readonly JsonObject[]).map((retrier) => ({
    errorEquals: retrier['ErrorEquals'] as readonly string[],
    intervalSeconds: (retrier['IntervalSeconds'] as number | undefined) ?? 1,
    maxAttempts: (retrier['MaxAttempts'] as number | undefined) ?? 3,
    backoffRate: (retrier['BackoffRate'] as number | undefined) ?? 2,
    maxDelaySeconds: (retrier['MaxDelaySeconds'] as number | undefined) ?? Number.POSITIVE_INFINITY,
    fullJitter: retrier['JitterStrategy'] === 'FULL',
  }));

/** How often each retrier of a state was used in one visit. */
export class RetryCounters {
  readonly #retriers: readonly Retrier[];
  #used: number[] | undefined;
  /** All retries of the visit: `$states.context.State.RetryCount`. */
  total = 0;

  constructor(retriers: readonly Retrier[]) {
    this.#retriers = retriers;
  }

  /** Milliseconds until the next attempt, or nothing where the first matching retrier is used up. */
  delayAfter(failure: StateFailure, random: () => number): number | undefined {
    const index = this.#retriers.findIndex(({ errorEquals }) => matches(errorEquals, failure));
    const retrier = this.#retriers[index];
    if (retrier === undefined) return undefined;
    this.#used ??= this.#retriers.map(() => 0);
    const used = this.#used[index] ?? 0;
    if (used >= retrier.maxAttempts) return undefined;
    this.#used[index] = used + 1;
    this.total += 1;
    const seconds = Math.min(
      retrier.intervalSeconds * retrier.backoffRate ** used,
      retrier.maxDelaySeconds,
    );
    return 1000 * seconds * (retrier.fullJitter ? random() : 1);
  }
}
