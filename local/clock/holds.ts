/** Counts work in progress and tells when the last piece of it ends. */
export class Holds {
  readonly #onChange: (open: number) => void;
  #waiting: (() => void)[] = [];
  #open = 0;
  #opened = 0;

  constructor(onChange: (open: number) => void = () => {}) {
    this.#onChange = onChange;
  }

  /** How many are open now. */
  get open(): number {
    return this.#open;
  }

  /** How many were ever opened: who sees it grow knows that something happened in between. */
  get opened(): number {
    return this.#opened;
  }

  take(): () => void {
    this.#open += 1;
    this.#opened += 1;
    this.#onChange(this.#open);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#open -= 1;
      this.#onChange(this.#open);
      if (this.#open > 0) return;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    };
  }

  /** Resolves when none is open. */
  released(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
