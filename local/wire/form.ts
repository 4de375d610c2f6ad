import type { NormalizedSchema } from '@smithy/core/schema';
import { DEEPEST, serializationError } from './message.ts';
import { dateFromHeader } from './timestamps.ts';

/** A form's keys, taken apart at their dots. */
interface Tree {
  value?: string;
  readonly children: Map<string, Tree>;
}

const node = (): Tree => ({ children: new Map() });

/** Takes `Filters.member.1.Name=x` apart. */
export const parseForm = (form: URLSearchParams): Tree => {
  const root = node();
  for (const [key, value] of form) {
    const parts = key.split('.');
    if (parts.length > DEEPEST) throw serializationError(`${key.slice(0, 80)}… has too many parts`);
    let at = root;
    for (const part of parts) {
      const next = at.children.get(part) ?? node();
      at.children.set(part, next);
      at = next;
    }
    at.value = value;
  }
  return root;
};

const nameIn = (schema: NormalizedSchema, fallback: string): string => {
  const { xmlName } = schema.getMergedTraits();
  return typeof xmlName === 'string' ? xmlName : fallback;
};

/** Children with a number for a name, in the order of the numbers. */
const numbered = (tree: Tree | undefined): Tree[] =>
  [...(tree?.children ?? [])]
    .filter(([name]) => /^\d+$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);

const leaf = (schema: NormalizedSchema, text: string, path: string): unknown => {
  if (schema.isBlobSchema()) return Uint8Array.from(Buffer.from(text, 'base64'));
  if (schema.isTimestampSchema()) {
    const date = dateFromHeader(text);
    if (Number.isNaN(date.getTime()))
      throw serializationError(`${path} must be a timestamp, got ${text}`);
    return date;
  }
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false') {
      throw serializationError(`${path} must be true or false, got ${text}`);
    }
    return text === 'true';
  }
  if (schema.isNumericSchema()) {
    const value = Number(text);
    if (text === '' || Number.isNaN(value))
      throw serializationError(`${path} must be a number, got ${text}`);
    return value;
  }
  return text;
};

/** What an SDK's input looks like, from a form. */
export const fromForm = (schema: NormalizedSchema, tree: Tree, path = ''): unknown => {
  const flattened = 'xmlFlattened' in schema.getMergedTraits();
  if (schema.isStructSchema()) {
    const input: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const child = tree.children.get(nameIn(member, name));
      if (child) input[name] = fromForm(member, child, path ? `${path}.${name}` : name);
    }
    return input;
  }
  if (schema.isListSchema()) {
    const items = schema.getValueSchema();
    const holder = flattened ? tree : tree.children.get(nameIn(items, 'member'));
    return numbered(holder).map((child, index) => fromForm(items, child, `${path}[${index}]`));
  }
  if (schema.isMapSchema()) {
    const keys = nameIn(schema.getKeySchema(), 'key');
    const values = schema.getValueSchema();
    const valueName = nameIn(values, 'value');
    const entries = numbered(flattened ? tree : tree.children.get('entry')).map((entry) => {
      const key = entry.children.get(keys)?.value ?? '';
      return [key, fromForm(values, entry.children.get(valueName) ?? node(), `${path}.${key}`)];
    });
    return Object.fromEntries(entries);
  }
  return leaf(schema, tree.value ?? '', path);
};
