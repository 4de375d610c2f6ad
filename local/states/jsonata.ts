import { QueryFailure } from './errors.ts';
import { fastPath, tooHard } from './fast-path.ts';
import type { Json } from './json.ts';
import { typeName } from './json.ts';
import type { EngineError, EngineExpression, Node } from './jsonata-engine.ts';
import type { Sight } from './sight.ts';
import { jsonata } from './states-functions.ts';

/**
 * What AWS bounds an evaluation by: nesting and elements as measured (https://github.com/floci-io/floci/pull/2783);
 * its one second is a million steps here, so that no machine is too slow for an expression.
 */
const bounds = { stack: 100, sequence: 873_782, timeout: 1_000_000 };

/** How AWS words what is beyond the bounds: without a code. */
const uncoded: Readonly<Record<string, string>> = {
  D1011:
    'Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive',
  D1012: 'Expression evaluation timeout: Check for infinite loop',
  D2014: 'Expression evaluation memory limit exceeded: Check for excessive memory usage',
  D2015: 'Expression evaluation memory limit exceeded: Check for excessive memory usage',
};

/** Whether a string is an expression: `{% … %}` from its first to its last character. */
export const isExpression = (text: string): boolean =>
  text.startsWith('{%') && text.endsWith('%}') && text.length >= 4;

/** A child of a node: a node, or a list (of lists) of them. */
const walk = (value: unknown, visit: (node: Node) => void): void => {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (typeof value === 'object' && value !== null && !(value instanceof RegExp)) {
    if (typeof (value as Node).type === 'string') visit(value as Node);
    for (const key in value) walk((value as Record<string, unknown>)[key], visit);
  }
};

/** The variables that an expression names, `$states` and its own among them. */
const namesIn = (ast: Node): string[] => {
  const names = new Set<string>();
  walk(ast, (node) => {
    if (node.type === 'variable' && typeof node.value === 'string' && node.value !== '') {
      names.add(node.value);
    }
  });
  return [...names];
};

/** Engine arrays carry marks that would change what the next expression sees; JSON has none of them. */
const plain = (value: unknown): Json => {
  if (typeof value === 'function') return '';
  if (typeof value !== 'object' || value === null) return value as Json;
  return Array.isArray(value) ? plainList(value) : plainObject(value as Record<string, unknown>);
};

const plainList = (list: unknown[]): Json => {
  const marked = 'sequence' in list || 'keepSingleton' in list || 'cons' in list;
  const items = marked ? Array.from(list) : list;
  for (let index = 0; index < items.length; index += 1) {
    const kept = plain(items[index]);
    if (kept !== items[index]) items[index] = kept;
  }
  return items as Json;
};

const plainObject = (object: Record<string, unknown>): Json => {
  for (const key in object) {
    const kept = plain(object[key]);
    if (kept !== object[key]) object[key] = kept;
  }
  return object as Json;
};

/** One `{% … %}`, parsed once. */
export class Expression {
  readonly text: string;
  readonly ast: Node;
  readonly #engine: EngineExpression;
  readonly #names: readonly string[];
  readonly #seesStates: boolean;
  readonly #seesContext: boolean;
  readonly #fast: ((sight: Sight) => unknown) | undefined;

  /** Throws an `EngineError` where the text does not parse. */
  constructor(source: string) {
    this.text = source.slice(2, -2).trim();
    this.#engine = jsonata(this.text, bounds);
    this.ast = this.#engine.ast();
    const names = namesIn(this.ast);
    this.#names = names.filter((name) => name !== 'states');
    this.#seesStates = names.includes('states');
    this.#seesContext = /context|\$states(?!\s*\.\s*[a-z])/.test(this.text);
    this.#fast = fastPath(this.ast);
  }

  /** The expression's value for whoever sees `sight`; `field` says where it stands. */
  evaluate(sight: Sight, field: string): Json {
    const quick = this.#fast?.(sight);
    const value = quick === undefined || quick === tooHard ? this.#slow(sight, field) : quick;
    if (value === undefined) {
      throw new QueryFailure(
        field,
        `The JSONata expression '${this.text}' specified for the field '${field}' returned nothing (undefined).`,
      );
    }
    return quick === value ? (value as Json) : plain(value);
  }

  /** As `evaluate`, refusing what the field cannot take. */
  expect<T extends Json>(
    sight: Sight,
    field: string,
    expected: string,
    is: (value: Json) => value is T,
  ): T {
    const value = this.evaluate(sight, field);
    if (is(value)) return value;
    throw new QueryFailure(
      field,
      `The JSONata expression '${this.text}' specified for the field '${field}' returned an unexpected result type. Expected '${expected}', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`,
    );
  }

  #slow(sight: Sight, field: string): unknown {
    const bindings: Record<string, unknown> = {};
    for (const name of this.#names) {
      const value = sight.lookup(name);
      if (value !== undefined) bindings[name] = value;
    }
    if (this.#seesStates) bindings['states'] = sight.states(this.#seesContext);
    try {
      return this.#engine.evaluate(undefined, bindings);
    } catch (error) {
      throw new QueryFailure(field, this.#explain(error as EngineError, field));
    }
  }

  #explain(error: EngineError, field: string): string {
    const head = `The JSONata expression '${this.text}' specified for the field '${field}' threw an error during evaluation`;
    const code = error.code ?? '';
    const bare = Object.hasOwn(uncoded, code) ? uncoded[code] : undefined;
    if (bare !== undefined) return `${head}: ${bare}`;
    return error.code === undefined
      ? `${head}: ${error.message ?? 'no message'}`
      : `${head}. ${error.code}: ${error.message ?? ''}`;
  }
}
