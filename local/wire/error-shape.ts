import type { NormalizedSchema } from '@smithy/core/schema';
import type { WireError } from './message.ts';
import { encode, type Leaves } from './schema-values.ts';
import type { ServiceModel } from './service-model.ts';

/** The error's schema, by its own name or by the code that it has in the query protocol. */
export const errorSchema = (
  error: WireError,
  model: ServiceModel | undefined,
): NormalizedSchema | undefined => {
  const byName = model?.errors.get(error.name);
  if (byName || model === undefined) return byName;
  return [...model.errors.values()].find((schema) => queryError(schema)?.code === error.name);
};

/** The code and status that the query protocol has for an error. */
export const queryError = (
  schema: NormalizedSchema | undefined,
): { code: string; status: number } | undefined => {
  const trait = schema?.getMergedTraits()['awsQueryError'];
  return Array.isArray(trait) ? { code: String(trait[0]), status: Number(trait[1]) } : undefined;
};

/** The status that the model gives an error, else its own. */
export const statusOf = (error: WireError, schema: NormalizedSchema | undefined): number => {
  const status = schema?.getMergedTraits()['httpError'];
  return typeof status === 'number' ? status : error.status;
};

/** An error's members, its message under the name that its schema gives it. */
export const errorBody = (
  error: WireError,
  schema: NormalizedSchema | undefined,
  leaves: Leaves,
): Record<string, unknown> => {
  const names = schema ? [...schema.structIterator()].map(([name]) => name) : [];
  const messageName = names.find((name) => name.toLowerCase() === 'message') ?? 'message';
  const members = schema ? encode(schema, error.members, leaves) : {};
  return { ...(members as object), [messageName]: error.message };
};
