import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../services/aws-error.ts';

/** A structure's schema lists its required members first; their count stands here. */
const REQUIRED = 6;

const missingIn = (schema: NormalizedSchema, value: unknown, path: string): string[] => {
  if (value == null) return [];
  if (schema.isListSchema()) {
    const items = schema.getValueSchema();
    return (value as unknown[]).flatMap((item, index) =>
      missingIn(items, item, `${path}.${index + 1}.member`),
    );
  }
  if (schema.isMapSchema()) {
    const values = schema.getValueSchema();
    return Object.entries(value as object).flatMap(([key, one]) =>
      missingIn(values, one, `${path}.${key}.member`),
    );
  }
  if (!schema.isStructSchema()) return [];
  const count = Number((schema.getSchema() as readonly unknown[])[REQUIRED] ?? 0);
  return [...schema.structIterator()].flatMap(([name, member], index) => {
    const given = (value as Record<string, unknown>)[name];
    const at = path ? `${path}.${name}` : name;
    return given == null && index < count ? [at] : missingIn(member, given, at);
  });
};

const lowerFirst = (path: string): string => path.charAt(0).toLowerCase() + path.slice(1);

/** Refuses an input without members that its schema requires, in the words that most services use. */
export const checkRequired = (schema: NormalizedSchema, input: unknown): void => {
  const missing = missingIn(schema, input, '');
  if (missing.length === 0) return;
  const noun = missing.length === 1 ? 'error' : 'errors';
  const said = missing.map(
    (path) =>
      `Value null at '${lowerFirst(path)}' failed to satisfy constraint: Member must not be null`,
  );
  throw new AwsError(
    'ValidationException',
    `${missing.length} validation ${noun} detected: ${said.join('; ')}`,
  );
};
