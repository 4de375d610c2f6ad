import type { Clock, Instant, Timer } from './clock.ts';
import { Holds } from './holds.ts';
import { TimerHeap } from './timer-heap.ts';

/** The longest delay that a timer of Node takes; longer ones are armed again on the way. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Real time, `speed` times as fast, and at the wall's pace while work is held: a handler that takes
 * 50 ms takes 50 ms of this clock. At speed 1 it is the real clock.
 *
 * It never passes a timer that has not run: a slow machine makes it late, never disorderly.
 */
export class FastClock implements Clock {
  readonly #timers = new TimerHeap(() => this.#arm());
  readonly #holds = new Holds(() => this.#setRate());
  #speed: number;
  #rate: number;
  #wallBase = performance.now();
  #base: Instant;
  #armed: NodeJS.Timeout | NodeJS.Immediate | undefined;
  /** The due time of the callback that runs, while it runs. */
  #running: Instant | undefined;
  #stopped = false;

  constructor(options: { speed?: number; start?: Instant } = {}) {
    const speed = checked(options.speed ?? 1);
    this.#speed = speed;
    this.#rate = speed;
    this.#base = options.start ?? Date.now();
  }

  now(): Instant {
    return this.#running ?? Math.floor(this.#exact());
  }

  at(due: Instant, callback: () => void): Timer {
    if (Number.isNaN(due)) throw new RangeError('a timer must be due at an instant, got NaN');
    const timer = this.#timers.push(Math.max(due, this.now()), callback);
    if (this.#timers.head === timer) this.#arm();
    return timer;
  }

  hold(): () => void {
    return this.#holds.take();
  }

  /** How many times faster than the wall it goes while nothing is held. */
  get speed(): number {
    return this.#speed;
  }

  /** Goes on at another speed from now. */
  set speed(speed: number) {
    this.#speed = checked(speed);
    this.#setRate();
  }

  /** Ends it: no timer runs any more, and none keeps the process alive. */
  stop(): void {
    this.#stopped = true;
    this.#disarm();
  }

  /** Where the wall says that time is. */
  #wall(): number {
    return this.#base + (performance.now() - this.#wallBase) * this.#rate;
  }

  #exact(): number {
    const head = this.#timers.head;
    const wall = this.#wall();
    return head === undefined ? wall : Math.min(wall, head.due);
  }

  #setRate(): void {
    const rate = this.#holds.open > 0 ? Math.min(1, this.#speed) : this.#speed;
    if (rate === this.#rate) return;
    // From `now()`, not from the wall: what the wall ran ahead at the fast rate is not the held work's time.
    this.#base = this.#running ?? this.#exact();
    this.#wallBase = performance.now();
    this.#rate = rate;
    this.#arm();
  }

  #disarm(): void {
    if (this.#armed !== undefined) {
      clearTimeout(this.#armed as NodeJS.Timeout);
      clearImmediate(this.#armed as NodeJS.Immediate);
    }
    this.#armed = undefined;
  }

  #arm(): void {
    this.#disarm();
    const due = this.#timers.head?.due;
    if (due === undefined || this.#stopped) return;
    const delay = (due - this.#wall()) / this.#rate;
    this.#armed =
      delay <= 0
        ? setImmediate(() => this.#fire())
        : setTimeout(() => this.#fire(), Math.min(Math.ceil(delay), LONGEST_DELAY));
  }

  /** One timer a turn of the event loop, so that what it sets off is done before the next. */
  #fire(): void {
    this.#armed = undefined;
    const head = this.#timers.head;
    if (head !== undefined && head.due <= this.#wall()) {
      this.#timers.pop();
      this.#running = head.due;
      try {
        head.callback();
      } finally {
        this.#running = undefined;
        this.#arm();
      }
      return;
    }
    this.#arm();
  }
}

const checked = (speed: number): number => {
  if (speed > 0 && Number.isFinite(speed)) return speed;
  throw new RangeError(`speed must be a number above 0, got ${speed}; 1 is the real clock`);
};
