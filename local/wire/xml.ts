import type { NormalizedSchema } from '@smithy/core/schema';
import { dateToText, TIMESTAMP } from './timestamps.ts';

/** Text as it stands between tags. What XML 1.0 cannot hold at all is dropped. */
export const escapeXml = (text: string): string =>
  [...text]
    .filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      return code >= 0x20 || code === 0x9 || code === 0xa || code === 0xd;
    })
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#xD;');

const tag = (name: string, inside: string): string => `<${name}>${inside}</${name}>`;

const nameIn = (schema: NormalizedSchema, fallback: string): string => {
  const { xmlName } = schema.getMergedTraits();
  return typeof xmlName === 'string' ? xmlName : fallback;
};

const leaf = (schema: NormalizedSchema, value: unknown): string => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date)
    return dateToText(value, Number(schema.getSchema()), TIMESTAMP.dateTime);
  return escapeXml(String(value));
};

/** A member with its tag; lists and maps that are flattened stand without a tag around them. */
const element = (name: string, schema: NormalizedSchema, value: unknown): string => {
  const flattened = 'xmlFlattened' in schema.getMergedTraits();
  if (schema.isListSchema()) {
    const items = schema.getValueSchema();
    const itemName = flattened ? name : nameIn(items, 'member');
    const inside = (value as unknown[]).map((item) => element(itemName, items, item)).join('');
    return flattened ? inside : tag(name, inside);
  }
  if (schema.isMapSchema()) {
    const keys = nameIn(schema.getKeySchema(), 'key');
    const values = schema.getValueSchema();
    const inside = Object.entries(value as object)
      .map(([key, one]) =>
        tag(
          flattened ? name : 'entry',
          tag(keys, escapeXml(key)) + element(nameIn(values, 'value'), values, one),
        ),
      )
      .join('');
    return flattened ? inside : tag(name, inside);
  }
  return tag(name, schema.isStructSchema() ? members(schema, value) : leaf(schema, value));
};

/** All members of a structure. */
export const members = (schema: NormalizedSchema, value: unknown): string =>
  [...schema.structIterator()]
    .filter(([name]) => (value as Record<string, unknown>)[name] != null)
    .map(([name, member]) =>
      element(nameIn(member, name), member, (value as Record<string, unknown>)[name]),
    )
    .join('');
