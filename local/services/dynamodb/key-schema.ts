import {
  type AttributeValue,
  attribute,
  type Item,
  orderOf,
  setAttribute,
} from './attribute-value.ts';
import { validation } from './errors.ts';

/** One key attribute. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** The key of a table or index. */
export interface KeySchema {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute;
}

/** A key in the form in which collections sort it. */
export interface ItemKey {
  readonly partition: string;
  readonly sort: string;
}

const TYPE_LIMITS = { partition: 2048, sort: 1024 } as const;
const TYPE_NAMES = { S: 'string', B: 'binary', N: 'number' } as const;

/** The key attributes in order. */
export const attributesOf = (schema: KeySchema): readonly KeyAttribute[] =>
  schema.sort === undefined ? [schema.partition] : [schema.partition, schema.sort];

const checkKeyValue = (
  value: AttributeValue,
  { name, type }: KeyAttribute,
  role: 'partition' | 'sort',
): void => {
  const content = value[type];
  if (type === 'N' || content === undefined) return;
  if (content.length === 0) {
    throw validation(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${TYPE_NAMES[type]} value. Key: ${name}`,
    );
  }
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  if (bytes > TYPE_LIMITS[role]) {
    throw validation(
      `One or more parameter values were invalid: Size of ${role === 'partition' ? 'hashkey' : 'rangekey'} has exceeded the maximum size limit of ${TYPE_LIMITS[role]} bytes`,
    );
  }
};

const encoded = (item: Item, schema: KeySchema): ItemKey => {
  const partition = attribute(item, schema.partition.name);
  const sort = schema.sort === undefined ? undefined : attribute(item, schema.sort.name);
  return {
    partition: orderOf(partition ?? {}),
    sort: sort === undefined ? '' : orderOf(sort),
  };
};

/** The key of a whole item that is to be put. */
export const keyOfItem = (item: Item, schema: KeySchema): ItemKey => {
  for (const key of attributesOf(schema)) {
    const value = attribute(item, key.name);
    if (value === undefined) {
      throw validation(
        `One or more parameter values were invalid: Missing the key ${key.name} in the item`,
      );
    }
    if (value[key.type] === undefined) {
      const actual = Object.keys(value).find((type) => value[type as 'S'] !== undefined);
      throw validation(
        `One or more parameter values were invalid: Type mismatch for key ${key.name} expected: ${key.type} actual: ${actual}`,
      );
    }
    checkKeyValue(value, key, key === schema.partition ? 'partition' : 'sort');
  }
  return encoded(item, schema);
};

/** The key given as `Key`: exactly the key attributes, of the right types. */
export const keyOfKey = (given: Item, schema: KeySchema): ItemKey => {
  const keys = attributesOf(schema);
  if (Object.keys(given).length !== keys.length) {
    throw validation('The provided key element does not match the schema');
  }
  for (const key of keys) {
    const value = attribute(given, key.name);
    if (value?.[key.type] === undefined) {
      throw validation('The provided key element does not match the schema');
    }
    checkKeyValue(value, key, key === schema.partition ? 'partition' : 'sort');
  }
  return encoded(given, schema);
};

/** The key of an item in an index; undefined if the item lacks it and so is not in the index. */
export const keyInIndex = (item: Item, schema: KeySchema): ItemKey | undefined =>
  attributesOf(schema).every((key) => attribute(item, key.name)?.[key.type] !== undefined)
    ? encoded(item, schema)
    : undefined;

/** Refuses an item whose attribute has the name of an index key but can't be one. */
export const checkIndexKeys = (item: Item, schema: KeySchema, indexName: string): void => {
  for (const key of attributesOf(schema)) {
    const value = attribute(item, key.name);
    if (value === undefined) continue;
    const content = value[key.type];
    if (content === undefined) {
      const actual = Object.keys(value).find((type) => value[type as 'S'] !== undefined);
      throw validation(
        `One or more parameter values were invalid: Type mismatch for Index Key ${key.name} Expected: ${key.type} Actual: ${actual} IndexName: ${indexName}`,
      );
    }
    if (key.type !== 'N' && content.length === 0) {
      throw validation(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${TYPE_NAMES[key.type]} value. IndexName: ${indexName}, IndexKey: ${key.name}`,
      );
    }
  }
};

/** Only the key attributes of an item. */
export const keyAttributes = (item: Item, ...schemas: readonly KeySchema[]): Item => {
  const key: Record<string, AttributeValue> = {};
  for (const schema of schemas) {
    for (const { name } of attributesOf(schema)) {
      const value = attribute(item, name);
      if (value !== undefined) setAttribute(key, name, value);
    }
  }
  return key;
};
