import type { Instant, Timer } from './clock.ts';

/** A timer in the heap: its callback, when it is due, and when it was asked for. */
export interface DueTimer extends Timer {
  readonly due: Instant;
  readonly callback: () => void;
}

interface Entry extends DueTimer {
  readonly sequence: number;
  /** Place in the heap; -1 once out, so that cancelling is cheap and leaves nothing behind. */
  index: number;
}

const before = (a: Entry, b: Entry): boolean =>
  a.due < b.due || (a.due === b.due && a.sequence < b.sequence);

/** Timers by due time; ties in the order in which they were scheduled. */
export class TimerHeap {
  readonly #entries: Entry[] = [];
  readonly #onChange: () => void;
  #sequence = 0;

  /** `onChange` is told when a cancelled timer may have changed the head. */
  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The timer that is due next. */
  get head(): DueTimer | undefined {
    return this.#entries[0];
  }

  push(due: Instant, callback: () => void): DueTimer {
    const entry: Entry = {
      due,
      callback,
      sequence: this.#sequence++,
      index: this.#entries.length,
      cancel: () => {
        if (entry.index >= 0) {
          this.#remove(entry);
          this.#onChange();
        }
      },
    };
    this.#entries.push(entry);
    this.#up(entry);
    return entry;
  }

  pop(): DueTimer | undefined {
    const head = this.#entries[0];
    if (head !== undefined) this.#remove(head);
    return head;
  }

  #remove(entry: Entry): void {
    const { index } = entry;
    const last = this.#entries.pop();
    entry.index = -1;
    if (last === undefined || last === entry) return;
    this.#put(last, index);
    this.#up(last);
    this.#down(last);
  }

  #put(entry: Entry, index: number): void {
    this.#entries[index] = entry;
    entry.index = index;
  }

  #up(entry: Entry): void {
    while (entry.index > 0) {
      const index = entry.index;
      const parentIndex = (index - 1) >> 1;
      const parent = this.#entries[parentIndex];
      if (parent === undefined || !before(entry, parent)) return;
      this.#put(parent, index);
      this.#put(entry, parentIndex);
    }
  }

  #down(entry: Entry): void {
    for (;;) {
      const index = entry.index;
      const left = this.#entries[2 * index + 1];
      const right = this.#entries[2 * index + 2];
      const child = right !== undefined && left !== undefined && before(right, left) ? right : left;
      if (child === undefined || !before(child, entry)) return;
      const childIndex = child.index;
      this.#put(child, index);
      this.#put(entry, childIndex);
    }
  }
}
