/** Milliseconds since the epoch, on whatever clock runs. */
export type Instant = number;

/** A scheduled callback that has not run yet. */
export interface Timer {
  cancel(): void;
}

/**
 * Time as the local cloud sees it. Nothing under `local/` may ask another clock.
 *
 * Work that really takes time (a handler that runs, a process that starts) is held: while anything is
 * held, a virtual clock stands still and a fast clock falls back to the speed of the wall.
 */
export interface Clock {
  now(): Instant;
  /** Runs `callback` at `at` (or next, where that has passed). `now()` inside it is its due time on a virtual clock. */
  at(at: Instant, callback: () => void): Timer;
  /** Marks work in progress; the returned function ends it (a second call does nothing). */
  hold(): () => void;
}

/** Waits `milliseconds` on `clock`. */
export const sleep = (clock: Clock, milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    clock.at(clock.now() + milliseconds, resolve);
  });
