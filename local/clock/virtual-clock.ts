import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Instant, Timer } from './clock.ts';
import { Holds } from './holds.ts';
import { TimerHeap } from './timer-heap.ts';

/** A virtual clock was asked for what it cannot do; the message says what and what to do instead. */
export class VirtualClockError extends Error {
  override readonly name = 'VirtualClockError';
}

const at = (instant: Instant): string =>
  Math.abs(instant) <= 8.64e15 ? new Date(instant).toISOString() : String(instant);

/**
 * Time that moves only when told, from due time to due time. Between two steps everything that was set
 * off runs to its end: microtasks, and whatever is held.
 */
export class VirtualClock implements Clock {
  readonly #holds = new Holds();
  readonly #timers = new TimerHeap();
  #now: Instant;
  #moving = false;

  constructor(start: Instant) {
    if (!Number.isFinite(start)) {
      throw new VirtualClockError(
        `the start must be milliseconds since the epoch, got ${start}; pass e.g. Date.UTC(2026, 0, 1)`,
      );
    }
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  at(due: Instant, callback: () => void): Timer {
    if (Number.isNaN(due)) {
      throw new VirtualClockError('a timer must be due at an instant, got NaN; check its delay');
    }
    return this.#timers.push(Math.max(due, this.#now), callback);
  }

  hold(): () => void {
    return this.#holds.take();
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer is due. */
  get nextDue(): Instant | undefined {
    return this.#timers.head?.due;
  }

  /** Runs all that is due now, and waits until nothing is in progress. */
  settle(): Promise<void> {
    return this.advance(0);
  }

  /** Moves `milliseconds` ahead, running what falls due on the way, the last instant included. */
  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0)) {
      throw new VirtualClockError(
        `time moves ahead only, got ${milliseconds} ms; advance by 0 or more`,
      );
    }
    const end = this.#now + milliseconds;
    await this.#move(async () => {
      for (;;) {
        await this.#drain();
        const due = this.nextDue;
        if (due === undefined || due > end) break;
        this.#step();
      }
      this.#now = end;
    });
  }

  /** Moves ahead until `until` holds; fails when nothing is left to happen, or nothing before `limit`. */
  async run(until: () => boolean, limit: Instant): Promise<void> {
    await this.#move(async () => {
      for (;;) {
        await this.#drain();
        if (until()) return;
        const due = this.nextDue;
        if (due === undefined) {
          throw new VirtualClockError(
            `nothing is due after ${at(this.#now)} and what was waited for has not happened; look at what should have set it off`,
          );
        }
        if (due > limit) {
          this.#now = Math.max(this.#now, limit);
          throw new VirtualClockError(
            `what was waited for has not happened by ${at(limit)}; next is due at ${at(due)} (${this.pending} timers): raise the limit, or look at what keeps it`,
          );
        }
        this.#step();
      }
    });
  }

  #step(): void {
    const timer = this.#timers.pop();
    if (timer === undefined) return;
    this.#now = timer.due;
    timer.callback();
  }

  /** A turn of the event loop ends all microtasks; held work says itself when it ends, and may begin more. */
  async #drain(): Promise<void> {
    let seen: number;
    do {
      seen = this.#holds.opened;
      await turn();
      while (this.#holds.open > 0) {
        await this.#holds.released();
        await turn();
      }
    } while (this.#holds.opened !== seen);
  }

  async #move(moving: () => Promise<void>): Promise<void> {
    if (this.#moving) {
      throw new VirtualClockError(
        'the clock is moving already; await one advance, run or settle before the next, and never from a callback',
      );
    }
    this.#moving = true;
    try {
      await moving();
    } finally {
      this.#moving = false;
    }
  }
}
