import { contextObject } from './context-object.ts';
import type { Json, JsonObject } from './json.ts';
import type { Passage } from './passage.ts';
import type { Sight } from './sight.ts';

/** What a state's expressions see at one moment: its input, and its result or error once there is one. */
export class Frame implements Sight {
  readonly #visit: Passage;
  readonly #more: JsonObject | undefined;
  #states: JsonObject | undefined;

  constructor(visit: Passage, more?: { readonly result: Json } | { readonly errorOutput: Json }) {
    this.#visit = visit;
    this.#more = more;
  }

  lookup(name: string): Json | undefined {
    return this.#visit.flow.scope.lookup(name);
  }

  states(withContext: boolean): JsonObject {
    if (withContext) {
      return { input: this.#visit.input, ...this.#more, context: contextObject(this.#visit) };
    }
    this.#states ??=
      this.#more === undefined
        ? { input: this.#visit.input }
        : { input: this.#visit.input, ...this.#more };
    return this.#states;
  }
}
