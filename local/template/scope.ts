import type { Place, ResourceState } from '../services/service.ts';
import type { Json, JsonObject } from './json.ts';
import type { Template } from './template.ts';

/** What a template's values are resolved against. */
export interface Scope {
  readonly template: Template;
  readonly place: Place;
  readonly stackName: string;
  readonly stackId: string;
  readonly parameters: Readonly<Record<string, Json>>;
  /** A resource that exists by now. */
  resource(logicalId: string): (ResourceState & { readonly type: string }) | undefined;
  /** What another stack of the same place exports. */
  importValue(name: string): Json | undefined;
}

/** Stands for `AWS::NoValue` until the member that it was given for is dropped. */
export const NO_VALUE: unique symbol = Symbol('AWS::NoValue');

/** A resolved value, or nothing. */
export type Resolved = Json | typeof NO_VALUE;

/** Reads a value with its intrinsic functions resolved, in the form wanted; `path` is for the error. */
export interface ValueReader {
  readonly scope: Scope;
  resolve(value: Json, path: string): Resolved;
  value(value: Json, path: string): Json;
  text(value: Json, path: string): string;
  number(value: Json, path: string): number;
  list(value: Json, path: string): Json[];
  object(value: Json, path: string): JsonObject;
  truth(value: Json, path: string): boolean;
  /** Whether a named condition of the template holds. */
  condition(name: string, path: string): boolean;
}
