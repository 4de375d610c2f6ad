import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import { Expression, isExpression } from './jsonata.ts';
import type { Sight } from './sight.ts';

/** A field's value as written: JSON in which each string may be an expression. */
export interface Template {
  evaluate(sight: Sight): Json;
}

/** Where a member of a field stands, in AWS's way: `Output/a/b[0]`. */
const within = (field: string, key: string): string => `${field}/${key}`;

/** Parses all expressions in a field's value, once. */
export const template = (value: Json, field: string): Template =>
  compile(value, field) ?? { evaluate: () => value };

/** Nothing for what holds no expression and is its own value. */
const compile = (value: Json, field: string): Template | undefined => {
  if (typeof value === 'string') {
    if (!isExpression(value)) return undefined;
    const expression = new Expression(value);
    return { evaluate: (sight) => expression.evaluate(sight, field) };
  }
  if (Array.isArray(value)) return listOf(value as readonly Json[], field);
  return isObject(value) ? objectOf(value, field) : undefined;
};

const listOf = (items: readonly Json[], field: string): Template | undefined => {
  const parts = items.map((item, index) => compile(item, `${field}[${index}]`));
  if (parts.every((part) => part === undefined)) return undefined;
  return {
    evaluate: (sight) =>
      items.map((item, index) => {
        const part = parts[index];
        return part === undefined ? item : part.evaluate(sight);
      }),
  };
};

const objectOf = (object: JsonObject, field: string): Template | undefined => {
  const parts = Object.entries(object).map(
    ([key, value]) => ({ key, value, part: compile(value, within(field, key)) }) as const,
  );
  if (parts.every(({ part }) => part === undefined)) return undefined;
  return {
    evaluate: (sight) => {
      const made: Record<string, Json> = {};
      for (const { key, value, part } of parts) {
        made[key] = part === undefined ? value : part.evaluate(sight);
      }
      return made;
    },
  };
};
