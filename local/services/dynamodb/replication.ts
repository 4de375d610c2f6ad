import type { CloudContext } from '../service.ts';
import type { Item } from './attribute-value.ts';
import type { ItemKey } from './key-schema.ts';
import { type Change, type Table, tieOf } from './table.ts';

/** When and where an item was last written: of two writes, the later one stays, in every Region. */
interface Version {
  readonly at: number;
  readonly region: string;
}

interface Replica {
  readonly region: string;
  readonly table: Table;
  readonly versions: Map<string, Version>;
  readonly stop: () => void;
}

const newer = (a: Version, b: Version | undefined): boolean =>
  b === undefined || a.at > b.at || (a.at === b.at && a.region > b.region);

/** Milliseconds that a change takes from one Region to another. */
export type ReplicationLag = (from: string, to: string) => number;

/** The replicas of one global table. */
export class ReplicaGroup {
  readonly #cloud: CloudContext;
  readonly #consistency: 'EVENTUAL' | 'STRONG';
  readonly #lag: ReplicationLag;
  readonly #replicas = new Map<string, Replica>();

  constructor(cloud: CloudContext, consistency: 'EVENTUAL' | 'STRONG', lag: ReplicationLag) {
    this.#cloud = cloud;
    this.#consistency = consistency;
    this.#lag = lag;
  }

  get regions(): readonly string[] {
    return [...this.#replicas.keys()];
  }

  /** Joins a table of a Region; it receives what the others hold already. */
  join(region: string, table: Table): void {
    table.multiRegionStrong = this.#consistency === 'STRONG';
    const first = this.#replicas.values().next().value;
    const stop = table.onChange((change) => this.#changed(region, change));
    const replica: Replica = { region, table, versions: new Map(first?.versions), stop };
    if (first !== undefined) {
      for (const entry of first.table.items.scan(undefined, { index: 0, total: 1 })) {
        this.#put(replica, first.table.keyOf(entry.item), entry.item);
      }
    }
    this.#replicas.set(region, replica);
  }

  /** Takes a Region out; its table stays as it is. */
  leave(region: string): void {
    this.#replicas.get(region)?.stop();
    this.#replicas.delete(region);
  }

  #changed(region: string, { key, after, origin }: Change): void {
    const source = this.#replicas.get(region);
    if (origin === 'replication' || source === undefined) return;
    const place = tieOf(key);
    const known = source.versions.get(place);
    const now = this.#cloud.clock.now();
    // A write made in sight of another one is later than it, even within one millisecond.
    const at = known === undefined || known.at < now ? now : known.at + 0.001;
    const version: Version = { at, region };
    source.versions.set(place, version);
    for (const target of this.#replicas.values()) {
      if (target === source) continue;
      const arrive = (): void => this.#arrive(target, key, after, version);
      if (this.#consistency === 'STRONG') arrive();
      else this.#cloud.clock.at(now + this.#lag(region, target.region), arrive);
    }
  }

  #arrive(target: Replica, key: ItemKey, after: Item | undefined, version: Version): void {
    if (this.#replicas.get(target.region) !== target) return;
    const place = tieOf(key);
    if (!newer(version, target.versions.get(place))) return;
    target.versions.set(place, version);
    if (after === undefined) target.table.write(key, undefined, 'replication');
    else this.#put(target, key, after);
  }

  #put({ table }: Replica, key: ItemKey, item: Item): void {
    table.write(
      key,
      table.entryOf(key, item, 'Item size has exceeded the maximum allowed size'),
      'replication',
    );
  }
}
