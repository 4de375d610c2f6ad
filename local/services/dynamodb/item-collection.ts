import type { Item } from './attribute-value.ts';

/** An item in its place. `tie` tells items apart that share an index key; it is empty in a table itself. */
export interface Entry {
  readonly sort: string;
  readonly tie: string;
  readonly item: Item;
  /** Bytes, as DynamoDB counts them. */
  readonly size: number;
}

/** A place in a collection's order. */
export interface Position {
  readonly partition: string;
  readonly sort: string;
  readonly tie: string;
}

const EMPTY: readonly Entry[] = [];

/** FNV-1a: a partition's place in a scan has nothing to do with its name, as in DynamoDB. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
};

/** The first index at or after which every entry is not before (sort, tie). */
export const lowerBound = (entries: readonly Entry[], sort: string, tie: string): number => {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && (entry.sort < sort || (entry.sort === sort && entry.tie < tie))) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
};

/** The first index after every entry with this sort key. */
export const afterSort = (entries: readonly Entry[], sort: string): number => {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && entry.sort <= sort) low = middle + 1;
    else high = middle;
  }
  return low;
};

interface Partition {
  readonly key: string;
  readonly hash: number;
  readonly entries: Entry[];
}

/** The items of a table or index: partitions by key, each sorted by sort key. */
export class ItemCollection {
  readonly #partitions = new Map<string, Partition>();
  #scanOrder: readonly Partition[] | undefined;

  /** The entry at exactly this place. */
  get(partition: string, sort: string, tie = ''): Entry | undefined {
    const entries = this.#partitions.get(partition)?.entries;
    if (entries === undefined) return undefined;
    const entry = entries[lowerBound(entries, sort, tie)];
    return entry !== undefined && entry.sort === sort && entry.tie === tie ? entry : undefined;
  }

  /** Puts an entry in its place, over the one that is there. */
  put(partition: string, entry: Entry): void {
    const known = this.#partitions.get(partition);
    if (known === undefined) {
      this.#partitions.set(partition, {
        key: partition,
        hash: hashOf(partition),
        entries: [entry],
      });
      this.#scanOrder = undefined;
      return;
    }
    const { entries } = known;
    const at = lowerBound(entries, entry.sort, entry.tie);
    const present = entries[at];
    const replaces = present?.sort === entry.sort && present.tie === entry.tie;
    if (replaces) entries[at] = entry;
    else if (at === entries.length) entries.push(entry);
    else entries.splice(at, 0, entry);
  }

  /** Takes the entry at this place away, if there is one. */
  remove(partition: string, sort: string, tie = ''): void {
    const entries = this.#partitions.get(partition)?.entries;
    if (entries === undefined) return;
    const at = lowerBound(entries, sort, tie);
    const present = entries[at];
    if (present?.sort !== sort || present.tie !== tie) return;
    entries.splice(at, 1);
    if (entries.length === 0) {
      this.#partitions.delete(partition);
      this.#scanOrder = undefined;
    }
  }

  /** The entries of a partition, sorted. */
  entries(partition: string): readonly Entry[] {
    return this.#partitions.get(partition)?.entries ?? EMPTY;
  }

  /** All partitions' entries from a position on (exclusive), in the order in which a Scan reads them. */
  *scan(
    after: Position | undefined,
    segment: { readonly index: number; readonly total: number },
  ): Generator<Entry> {
    this.#scanOrder ??= [...this.#partitions.values()].sort(
      (a, b) => a.hash - b.hash || (a.key < b.key ? -1 : 1),
    );
    const start = after === undefined ? undefined : hashOf(after.partition);
    for (const { key, hash, entries } of this.#scanOrder) {
      if (hash % segment.total !== segment.index) continue;
      let from = 0;
      if (after !== undefined && start !== undefined) {
        if (hash < start || (hash === start && key < after.partition)) continue;
        if (key === after.partition) from = lowerBound(entries, after.sort, `${after.tie}\0`);
      }
      for (let at = from; at < entries.length; at += 1) {
        const entry = entries[at];
        if (entry !== undefined) yield entry;
      }
    }
  }

  /** How many items there are, and their bytes. */
  totals(): { readonly count: number; readonly bytes: number } {
    let count = 0;
    let bytes = 0;
    for (const { entries } of this.#partitions.values()) {
      count += entries.length;
      for (const entry of entries) bytes += entry.size;
    }
    return { count, bytes };
  }
}
