import type { NormalizedSchema } from '@smithy/core/schema';
import { serializationError } from './message.ts';
import { dateFromHeader, TIMESTAMP } from './timestamps.ts';

/** How a protocol writes what JSON has no form for. */
export interface Leaves {
  blobIn(value: unknown, path: string): Uint8Array;
  blobOut(value: Uint8Array): unknown;
  timestampIn(value: unknown, path: string): Date;
  timestampOut(value: Date, format: number): unknown;
  /** What stands for a member on the wire. */
  nameOf(name: string, schema: NormalizedSchema): string;
}

const bad = (path: string, wanted: string, value: unknown) =>
  serializationError(
    `${path || 'the body'} must be ${wanted}, got ${JSON.stringify(value)?.slice(0, 80)}`,
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SPECIAL = ['NaN', 'Infinity', '-Infinity'];

const numberIn = (value: unknown, path: string): unknown => {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'string' && SPECIAL.includes(value)) return Number(value);
  throw bad(path, 'a number', value);
};

/** What an SDK's input or output looks like, from what came over the wire. */
export const decode = (
  schema: NormalizedSchema,
  value: unknown,
  leaves: Leaves,
  path = '',
): unknown => {
  if (schema.isStructSchema()) return decodeStruct(schema, value, leaves, path);
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw bad(path, 'a list', value);
    const items = schema.getValueSchema();
    const sparse = 'sparse' in schema.getMergedTraits();
    return value
      .filter((item) => sparse || item != null)
      .map((item, index) =>
        item == null ? null : decode(items, item, leaves, `${path}[${index}]`),
      );
  }
  if (schema.isMapSchema()) {
    if (!isRecord(value)) throw bad(path, 'a map', value);
    const values = schema.getValueSchema();
    const entries = Object.entries(value).filter(([, one]) => one != null);
    return Object.fromEntries(
      entries.map(([key, one]) => [key, decode(values, one, leaves, `${path}.${key}`)]),
    );
  }
  if (schema.isBlobSchema()) return leaves.blobIn(value, path);
  if (schema.isTimestampSchema()) return leaves.timestampIn(value, path);
  if (schema.isStringSchema()) {
    if (typeof value === 'string') return value;
    throw bad(path, 'text', value);
  }
  if (schema.isBooleanSchema()) {
    if (typeof value === 'boolean') return value;
    throw bad(path, 'true or false', value);
  }
  if (schema.isNumericSchema()) return numberIn(value, path);
  return value;
};

const decodeStruct = (
  schema: NormalizedSchema,
  value: unknown,
  leaves: Leaves,
  path: string,
): Record<string, unknown> => {
  if (!isRecord(value)) throw bad(path, 'an object', value);
  const decoded: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const wireName = leaves.nameOf(name, member);
    const given = Object.hasOwn(value, wireName) ? value[wireName] : undefined;
    if (given == null) continue;
    decoded[name] = decode(member, given, leaves, path ? `${path}.${name}` : name);
  }
  return decoded;
};

/** What goes over the wire, from what an operation answers. */
export const encode = (schema: NormalizedSchema, value: unknown, leaves: Leaves): unknown => {
  if (value == null) return undefined;
  if (schema.isStructSchema()) {
    const encoded: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const given = (value as Record<string, unknown>)[name];
      if (given != null) encoded[leaves.nameOf(name, member)] = encode(member, given, leaves);
    }
    return encoded;
  }
  if (schema.isListSchema()) {
    const items = schema.getValueSchema();
    return (value as unknown[]).map((item) => encode(items, item, leaves) ?? null);
  }
  if (schema.isMapSchema()) {
    const values = schema.getValueSchema();
    return Object.fromEntries(
      Object.entries(value as object).map(([key, one]) => [
        key,
        encode(values, one, leaves) ?? null,
      ]),
    );
  }
  if (schema.isBlobSchema()) return leaves.blobOut(value as Uint8Array);
  if (schema.isTimestampSchema()) {
    const format = Number(schema.getSchema());
    return leaves.timestampOut(new Date(value as Date), format);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
};

/** JSON's leaves: base64, and seconds since the epoch unless the schema says otherwise. */
export const jsonLeaves = (useJsonNames: boolean): Leaves => ({
  blobIn: (value, path) => {
    if (typeof value !== 'string') throw bad(path, 'base64 text', value);
    return Uint8Array.from(Buffer.from(value, 'base64'));
  },
  blobOut: (value) => Buffer.from(value).toString('base64'),
  timestampIn: (value, path) => {
    const date = typeof value === 'number' ? new Date(value * 1000) : dateFromHeader(String(value));
    if (Number.isNaN(date.getTime())) throw bad(path, 'a timestamp', value);
    return date;
  },
  timestampOut: (value, format) => {
    if (format === TIMESTAMP.dateTime) return value.toISOString();
    return format === TIMESTAMP.httpDate ? value.toUTCString() : value.getTime() / 1000;
  },
  nameOf: (name, schema) => {
    const { jsonName } = schema.getMergedTraits();
    return useJsonNames && typeof jsonName === 'string' ? jsonName : name;
  },
});
