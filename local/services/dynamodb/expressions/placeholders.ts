import { AwsError } from '../../aws-error.ts';
import { type AttributeValue, type Item, storedValue } from '../attribute-value.ts';
import { validation } from '../errors.ts';
import type { ExpressionKind, Path } from './expression-reader.ts';

/** What an expression's placeholders stand for in one request. */
export interface Bindings {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

/** A compiled expression's demands on the bindings. */
export interface Placeholders {
  readonly kind: ExpressionKind;
  readonly names: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
  /** Rules that depend on the values given (operand types, order of bounds). */
  readonly checks: readonly ((bindings: Bindings) => void)[];
}

const NONE: Readonly<Record<string, never>> = {};
const NAME_KEY = /^#[A-Za-z0-9_]+$/;
const VALUE_KEY = /^:[A-Za-z0-9_]+$/;

/** Checks ExpressionAttributeNames and -Values as such, before any expression is looked at. */
export const bindingsOf = (
  names: Readonly<Record<string, string>> | undefined,
  given: Readonly<Record<string, unknown>> | undefined,
  expressions: Readonly<Record<string, string | undefined>>,
): Bindings => {
  const parameters = Object.keys(expressions);
  const any = parameters.some((parameter) => expressions[parameter] !== undefined);
  if (names !== undefined) {
    if (!any) {
      throw validation('ExpressionAttributeNames can only be specified when using expressions');
    }
    checkKeys('ExpressionAttributeNames', Object.keys(names), NAME_KEY);
  }
  if (given === undefined) return { names: names ?? NONE, values: NONE };
  const values = given as Item;
  const takingValues = parameters.filter((parameter) => parameter !== 'ProjectionExpression');
  if (takingValues.every((parameter) => expressions[parameter] === undefined)) {
    throw validation(
      `ExpressionAttributeValues can only be specified when using expressions: ${takingValues.join(' and ')} ${takingValues.length > 1 ? 'are' : 'is'} null`,
    );
  }
  const keys = Object.keys(values);
  checkKeys('ExpressionAttributeValues', keys, VALUE_KEY);
  return { names: names ?? NONE, values: storedValues(values, keys) };
};

const checkKeys = (parameter: string, keys: readonly string[], form: RegExp): void => {
  if (keys.length === 0) throw validation(`${parameter} must not be empty`);
  for (const key of keys) {
    if (!form.test(key)) {
      throw validation(`${parameter} contains invalid key: Syntax error; key: "${key}"`);
    }
  }
};

const storedValues = (values: Item, keys: readonly string[]): Item => {
  const stored: Record<string, AttributeValue> = {};
  for (const key of keys) {
    try {
      stored[key] = storedValue(values[key] ?? {});
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw validation(
        `ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`,
      );
    }
  }
  return stored;
};

const checkDefined = (expression: Placeholders, bindings: Bindings): void => {
  for (const name of expression.names) {
    if (!Object.hasOwn(bindings.names, name)) {
      throw validation(
        `Invalid ${expression.kind}: An expression attribute name used in the document path is not defined; attribute name: ${name}`,
      );
    }
  }
  for (const value of expression.values) {
    if (!Object.hasOwn(bindings.values, value)) {
      throw validation(
        `Invalid ${expression.kind}: An expression attribute value used in expression is not defined; attribute value: ${value}`,
      );
    }
  }
};

const unused = (
  parameter: string,
  given: Readonly<Record<string, unknown>>,
  used: (key: string) => boolean,
): void => {
  const left = Object.keys(given).filter((key) => !used(key));
  if (left.length > 0) {
    throw validation(
      `Value provided in ${parameter} unused in expressions: keys: {${left.join(', ')}}`,
    );
  }
};

/** Every placeholder used is given, every one given is used, and the values suit their operators. */
export const bind = (
  bindings: Bindings,
  expressions: readonly (Placeholders | undefined)[],
): void => {
  const present = expressions.filter((expression) => expression !== undefined);
  for (const expression of present) {
    checkDefined(expression, bindings);
    for (const check of expression.checks) check(bindings);
  }
  unused('ExpressionAttributeNames', bindings.names, (key) =>
    present.some((expression) => expression.names.has(key)),
  );
  unused('ExpressionAttributeValues', bindings.values, (key) =>
    present.some((expression) => expression.values.has(key)),
  );
};

/** A path with its placeholders replaced: attribute names and list indexes. */
export const resolvedPath = (path: Path, bindings: Bindings): readonly (string | number)[] =>
  path.map((part) => {
    if ('index' in part) return part.index;
    return 'name' in part ? part.name : (bindings.names[part.placeholder] ?? '');
  });

/** A resolved path as error messages print it: `[a, b, [0]]`. */
export const printedPath = (path: readonly (string | number)[]): string =>
  `[${path.map((part) => (typeof part === 'number' ? `[${part}]` : part)).join(', ')}]`;

/** Keeps what has been compiled from an expression string; forgets everything when it holds too much. */
export const compiledOnce = <T>(
  compile: (text: string) => T,
  capacity = 2000,
): ((text: string) => T) => {
  const cache = new Map<string, T>();
  return (text) => {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const compiled = compile(text);
    if (cache.size >= capacity) cache.clear();
    cache.set(text, compiled);
    return compiled;
  };
};
