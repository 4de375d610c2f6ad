import { readCatch } from './catch.ts';
import { Flow } from './flow.ts';
import { Frame } from './frame.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import { Expression, isExpression } from './jsonata.ts';
import { integerField } from './number-field.ts';
import type { Passage } from './passage.ts';
import { quotas } from './quotas.ts';
import { readRetry } from './retry.ts';
import { Scope } from './scope.ts';
import type { Sight } from './sight.ts';
import { type ReadState, readExit, type States } from './state.ts';
import { type Template, template } from './template.ts';

/** What an inline Map does with each item; an object's items are its `{Key, Value}` pairs. */
interface Iterating {
  readonly states: States;
  readonly items: (sight: Sight, input: Json) => readonly Json[];
  readonly selector: Template | undefined;
  readonly concurrency: ((sight: Sight) => number) | undefined;
}

const isItems = (value: Json): value is readonly Json[] | JsonObject =>
  typeof value === 'object' && value !== null;

const asItems = (value: readonly Json[] | JsonObject): readonly Json[] =>
  Array.isArray(value)
    ? value
    : Object.entries(value).map(([Key, Value]) => ({ Key, Value }) as JsonObject);

const itemsField = (given: Json | undefined): Iterating['items'] => {
  if (given === undefined) {
    const whole = new Expression('{% $states.input %}');
    return (sight) => asItems(whole.expect(sight, 'Items', 'array', isItems));
  }
  if (typeof given === 'string' && isExpression(given)) {
    const expression = new Expression(given);
    return (sight) => asItems(expression.expect(sight, 'Items', 'array', isItems));
  }
  const list = template(given, 'Items');
  return (sight) => asItems(list.evaluate(sight) as readonly Json[] | JsonObject);
};

/** What an item selector sees besides: the item itself. */
class ItemSight implements Sight {
  readonly #frame: Frame;
  readonly #item: JsonObject;
  constructor(frame: Frame, index: number, value: Json) {
    this.#frame = frame;
    this.#item = { Item: { Index: index, Value: value } };
  }
  lookup(name: string): Json | undefined {
    return this.#frame.lookup(name);
  }
  states(withContext: boolean): JsonObject {
    const states = this.#frame.states(withContext);
    const context = states['context'];
    return isObject(context) ? { ...states, context: { ...context, Map: this.#item } } : states;
  }
}

/** Runs the iterations of one attempt. */
class Iterations {
  readonly #visit: Passage;
  readonly #map: Iterating;
  readonly #items: readonly Json[];
  readonly #inputs: readonly Json[];
  readonly #outputs: Json[];
  readonly #running = new Map<number, Flow>();
  /** Exits that each make room for another iteration. */
  readonly #after: number[] = [];
  #pumping = false;
  #begun = 0;
  #done = 0;

  constructor(visit: Passage, map: Iterating) {
    this.#visit = visit;
    this.#map = map;
    const frame = new Frame(visit);
    this.#items = map.items(frame, visit.input);
    const { selector } = map;
    this.#inputs =
      selector === undefined
        ? this.#items
        : this.#items.map((value, index) => selector.evaluate(new ItemSight(frame, index, value)));
    this.#outputs = this.#items.map(() => null);
  }

  run(): void {
    const visit = this.#visit;
    const limit = this.#map.concurrency?.(visit.frame()) ?? 0;
    const startedId = visit.record('MapStateStarted', { length: this.#items.length });
    visit.pending(() => {
      for (const flow of this.#running.values()) flow.abort();
    });
    if (this.#items.length === 0) {
      visit.record('MapStateSucceeded');
      visit.succeed([]);
      return;
    }
    const atOnce = Math.min(
      limit === 0 ? quotas.inlineMapConcurrency : limit,
      quotas.inlineMapConcurrency,
      this.#items.length,
    );
    const first: (readonly [Flow, number])[] = [];
    while (first.length < atOnce) first.push([this.#begin(startedId), this.#begun - 1]);
    for (const [flow, index] of first) flow.start(this.#inputs[index] ?? null);
  }

  #begin(after: number): Flow {
    const index = this.#begun;
    this.#begun += 1;
    const { flow: outer, stateName } = this.#visit;
    const about = { name: stateName, index };
    const startedId = outer.execution.record('MapIterationStarted', after, about);
    const flow: Flow = new Flow(
      outer.execution,
      this.#map.states,
      {
        succeeded: (output) => {
          this.#running.delete(index);
          this.#outputs[index] = output;
          this.#done += 1;
          const exitedId = flow.lastEventId;
          outer.lastEventId = outer.execution.record('MapIterationSucceeded', exitedId, about);
          this.#onward(exitedId);
        },
        failed: (failure) => {
          this.#running.delete(index);
          const failedId = flow.lastEventId;
          outer.execution.record('MapIterationFailed', failedId, about);
          for (const [otherIndex, other] of this.#running) {
            other.abort({ after: failedId });
            outer.execution.record('MapIterationAborted', failedId, {
              name: stateName,
              index: otherIndex,
            });
          }
          this.#running.clear();
          this.#begun = this.#items.length;
          outer.lastEventId = failedId;
          this.#visit.record('MapStateFailed');
          this.#visit.fail(failure);
        },
      },
      {
        scope: new Scope(outer.scope),
        lastEventId: startedId,
        mapItem: { index, value: this.#items[index] ?? null },
      },
    );
    this.#running.set(index, flow);
    return flow;
  }

  #onward(exitedId: number): void {
    if (this.#done === this.#items.length) {
      const { flow: outer } = this.#visit;
      // the Map's exit follows its last iteration, not this event: so AWS numbers them
      outer.execution.record('MapStateSucceeded', outer.lastEventId);
      this.#visit.succeed(this.#outputs);
      return;
    }
    this.#after.push(exitedId);
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      // iterations that end at once are taken one after the other, not one inside the other
      for (let after = this.#after.pop(); after !== undefined; after = this.#after.pop()) {
        const index = this.#begun;
        if (index < this.#items.length) this.#begin(after).start(this.#inputs[index] ?? null);
      }
    } finally {
      this.#pumping = false;
    }
  }
}

/** Map, inline: the same states for each item. */
export const readMap: ReadState = (name, definition, readStates) => {
  const processor = definition['ItemProcessor'] as JsonObject;
  const selector = definition['ItemSelector'];
  const map: Iterating = {
    states: readStates(processor),
    items: itemsField(definition['Items']),
    selector: selector === undefined ? undefined : template(selector, 'ItemSelector'),
    concurrency: integerField(
      definition['MaxConcurrency'],
      'MaxConcurrency',
      0,
      Number.MAX_SAFE_INTEGER,
    ),
  };
  return {
    ...readExit(definition),
    name,
    type: 'Map',
    retry: readRetry(definition['Retry']),
    catch: readCatch(definition['Catch']),
    enter: (visit) => new Iterations(visit, map).run(),
  };
};
