import type { Json } from './json.ts';

/**
 * The variables of one run through a set of states. A branch or an iteration has its own, which reads the
 * outer ones and cannot assign them: an assignment lands in the innermost scope, and ends with it.
 */
export class Scope {
  readonly #outer: Scope | undefined;
  #values: Map<string, Json> | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  lookup(name: string): Json | undefined {
    const own = this.#values?.get(name);
    if (own !== undefined) return own;
    return this.#outer?.lookup(name);
  }

  /** All at once, so that no right-hand side sees a sibling's new value. */
  assign(values: Iterable<readonly [string, Json]>): void {
    this.#values ??= new Map();
    for (const [name, value] of values) this.#values.set(name, value);
  }
}
