import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';

type Path = readonly PropertyKey[];
type UnionIssue = z.core.$ZodIssueInvalidUnion;

/** The key that was probably meant; undefined when none is near. */
export const nearestKey = (key: string, known: readonly string[]): string | undefined => {
  if (known.length === 0) return undefined;
  const nearest = closest(key, known);
  return distance(key, nearest) <= Math.max(2, Math.floor(key.length / 3)) ? nearest : undefined;
};

/** The keys that a schema knows at a path of what was given; none where it is free. */
export const keysAt = (schema: unknown, path: Path, given: unknown): string[] => {
  let [inner, value] = [schema, given];
  for (const part of path) {
    inner = childOf(unwrapped(inner, value), part);
    value = (value as Record<PropertyKey, unknown> | undefined | null)?.[part];
  }
  return keysOf(unwrapped(inner, value));
};

/** Where none of several shapes fits: the keys that only a slip of the pen keeps from the shape that was meant. */
export const misspeltIn = (
  schema: unknown,
  issue: UnionIssue,
  given: unknown,
): { readonly path: Path; readonly key: string }[] =>
  issue.errors
    .map((errors) =>
      errors.flatMap((one) => {
        if (one.code !== 'unrecognized_keys') return [];
        const path = [...issue.path, ...one.path];
        const known = keysAt(schema, path, given);
        return one.keys
          .filter((key) => !known.includes(key) && nearestKey(key, known) !== undefined)
          .map((key) => ({ path, key }));
      }),
    )
    .reduce((most, found) => (found.length > most.length ? found : most), []);

interface Inside {
  readonly shape?: Readonly<Record<PropertyKey, unknown>>;
  readonly def?: {
    readonly innerType?: unknown;
    readonly in?: unknown;
    readonly options?: readonly unknown[];
    readonly valueType?: unknown;
    readonly element?: unknown;
  };
}

const keysOf = (schema: Inside | undefined): string[] => Object.keys(schema?.shape ?? {});

/** What stands behind defaults and transformations; of several shapes, the one that fits `value` best. */
const unwrapped = (schema: unknown, value: unknown): Inside | undefined => {
  const known = schema as Inside | undefined;
  const inner = known?.def?.innerType ?? known?.def?.in;
  if (inner !== undefined) return unwrapped(inner, value);
  if (known?.def?.options === undefined) return known;
  const shapes = known.def.options
    .map((option) => unwrapped(option, value))
    .filter((option) => option?.shape !== undefined);
  const fit = shapes.map((option) => fitOf(keysOf(option), value));
  return shapes[fit.indexOf(Math.max(...fit))];
};

/** Of keys that stand in `value`, exact ones count more than near ones. */
const fitOf = (known: readonly string[], value: unknown): number =>
  Object.keys(value ?? {}).reduce(
    (sum, key) => sum + (known.includes(key) ? 2 : nearestKey(key, known) === undefined ? 0 : 1),
    0,
  );

const childOf = (schema: Inside | undefined, part: PropertyKey): unknown =>
  schema?.shape?.[part] ?? schema?.def?.valueType ?? schema?.def?.element;
