import {
  type AttributeValue,
  attribute,
  type Item,
  itemSize,
  setAttribute,
} from './attribute-value.ts';
import { validation } from './errors.ts';
import { type Entry, ItemCollection } from './item-collection.ts';
import {
  attributesOf,
  checkIndexKeys,
  type ItemKey,
  keyAttributes,
  keyInIndex,
  keyOfItem,
} from './key-schema.ts';
import type { IndexDefinition, TableDefinition } from './table-definition.ts';

/** 400 KB: the largest item that DynamoDB keeps. */
const MAX_ITEM_BYTES = 400 * 1024;

/** What a write did to one item. */
export interface Change {
  readonly key: ItemKey;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** Who wrote: a caller, the TTL process, or another Region's replica. */
  readonly origin: 'caller' | 'ttl' | 'replication';
}

/** A secondary index and its items. */
export interface TableIndex extends IndexDefinition {
  readonly items: ItemCollection;
}

/** A table's items with its indexes kept in step. Knows nothing of requests and expressions. */
export class Table {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly createdAt: number;
  readonly items = new ItemCollection();
  status: 'CREATING' | 'ACTIVE' = 'ACTIVE';
  /** A replica of a global table whose writes all Regions see at once. */
  multiRegionStrong = false;
  #definition: TableDefinition;
  #indexes = new Map<string, TableIndex>();
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(
    definition: TableDefinition,
    identity: { readonly arn: string; readonly id: string; readonly createdAt: number },
  ) {
    this.name = definition.name;
    this.arn = identity.arn;
    this.id = identity.id;
    this.createdAt = identity.createdAt;
    this.#definition = definition;
    this.#indexes = indexesOf(definition);
  }

  get definition(): TableDefinition {
    return this.#definition;
  }

  get indexes(): ReadonlyMap<string, TableIndex> {
    return this.#indexes;
  }

  /** Takes another definition with the same key; indexes are built anew from the items. */
  redefine(definition: TableDefinition): void {
    this.#definition = definition;
    this.#indexes = indexesOf(definition);
    for (const entry of this.items.scan(undefined, { index: 0, total: 1 })) {
      this.#index(this.keyOf(entry.item), undefined, entry);
    }
  }

  /** Calls the listener after each change, in order. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The key of an item that is in the table. */
  keyOf(item: Item): ItemKey {
    return keyOfItem(item, this.#definition.keys);
  }

  get(key: ItemKey): Item | undefined {
    return this.items.get(key.partition, key.sort)?.item;
  }

  /** The item as an entry, or why it can't be stored. */
  entryOf(key: ItemKey, item: Item, tooLarge: string): Entry {
    for (const index of this.#indexes.values()) checkIndexKeys(item, index.keys, index.name);
    const size = itemSize(item);
    if (size > MAX_ITEM_BYTES) throw validation(tooLarge);
    return { sort: key.sort, tie: '', item, size };
  }

  /** Replaces (or, without an entry, removes) what is at the key. */
  write(key: ItemKey, entry: Entry | undefined, origin: Change['origin'] = 'caller'): void {
    const before = this.items.get(key.partition, key.sort);
    if (before === undefined && entry === undefined) return;
    if (entry === undefined) this.items.remove(key.partition, key.sort);
    else this.items.put(key.partition, entry);
    if (this.#indexes.size > 0) this.#index(key, before, entry);
    if (this.#listeners.size === 0) return;
    const change: Change = { key, before: before?.item, after: entry?.item, origin };
    for (const listener of this.#listeners) listener(change);
  }

  #index(key: ItemKey, before: Entry | undefined, after: Entry | undefined): void {
    const tie = tieOf(key);
    for (const index of this.#indexes.values()) {
      const old = before === undefined ? undefined : keyInIndex(before.item, index.keys);
      if (old !== undefined) index.items.remove(old.partition, old.sort, tie);
      const next = after === undefined ? undefined : keyInIndex(after.item, index.keys);
      if (next === undefined || after === undefined) continue;
      const whole = index.projection === 'ALL';
      const item = whole ? after.item : projectedItem(after.item, index, this.#definition);
      const size = whole ? after.size : itemSize(item);
      index.items.put(next.partition, { sort: next.sort, tie, item, size });
    }
  }
}

const indexesOf = (definition: TableDefinition): Map<string, TableIndex> =>
  new Map(
    definition.indexes.map((index) => [index.name, { ...index, items: new ItemCollection() }]),
  );

const projectedItem = (item: Item, index: IndexDefinition, definition: TableDefinition): Item => {
  const kept: Record<string, AttributeValue> = {
    ...keyAttributes(item, definition.keys, index.keys),
  };
  for (const name of index.include) {
    const value = attribute(item, name);
    if (value !== undefined) setAttribute(kept, name, value);
  }
  return kept;
};

/** Which table item an index entry stands for, as a string. */
export const tieOf = (key: ItemKey): string =>
  `${key.partition.length}:${key.partition}${key.sort}`;

/** The names of all key attributes of the table. */
export const keyNamesOf = (table: Table): readonly string[] =>
  attributesOf(table.definition.keys).map(({ name }) => name);
