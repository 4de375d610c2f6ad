import type { Timer } from '../../clock/clock.ts';
import type { CloudContext } from '../service.ts';
import { attribute, type Item } from './attribute-value.ts';
import { validation } from './errors.ts';
import type { Change, Table } from './table.ts';

/** Items that expired longer ago than this are never deleted (a guard that DynamoDB documents). */
const TOO_OLD_SECONDS = 5 * 365 * 24 * 3600;
/** DynamoDB deletes "within a few days" of expiry: until then an expired item is still read. */
const DELAY_MILLISECONDS = 48 * 3600 * 1000;

/** Deletes a table's expired items, late, on the clock. */
export class TimeToLive {
  readonly #cloud: CloudContext;
  readonly #table: Table;
  #attribute: string | undefined;
  #timer: Timer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #stop: (() => void) | undefined;
  /** How long after its expiry an item goes: uniform over 48 hours unless set. */
  delay: () => number;

  constructor(cloud: CloudContext, table: Table) {
    this.#cloud = cloud;
    this.#table = table;
    this.delay = () => Math.floor(cloud.random() * DELAY_MILLISECONDS);
  }

  get attribute(): string | undefined {
    return this.#attribute;
  }

  /** UpdateTimeToLive. */
  change(attributeName: string, enabled: boolean): void {
    if (enabled === (this.#attribute !== undefined)) {
      throw validation(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
    }
    if (enabled) this.enable(attributeName);
    else this.disable();
  }

  enable(attributeName: string): void {
    if (this.#attribute === attributeName) return;
    this.disable();
    this.#attribute = attributeName;
    this.#stop = this.#table.onChange((change) => this.#see(change));
    this.#plan();
  }

  disable(): void {
    this.#stop?.();
    this.#timer?.cancel();
    this.#attribute = undefined;
    this.#timer = undefined;
    this.#stop = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #expiry(item: Item): number | undefined {
    const seconds = attribute(item, this.#attribute ?? '')?.N;
    return seconds === undefined ? undefined : Number(seconds);
  }

  #see({ after }: Change): void {
    const seconds = after === undefined ? undefined : this.#expiry(after);
    if (seconds !== undefined) this.#schedule(seconds);
  }

  #schedule(seconds: number): void {
    const now = this.#cloud.clock.now();
    if (seconds * 1000 < now - TOO_OLD_SECONDS * 1000) return;
    const expiry = Math.max(seconds * 1000, now);
    // One timer per table: an earlier planned sweep plans the next one itself.
    if (expiry >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = expiry;
    this.#timer = this.#cloud.clock.at(expiry + this.delay(), () => this.#sweep());
  }

  #plan(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    let earliest = Number.POSITIVE_INFINITY;
    const oldest = this.#cloud.clock.now() / 1000 - TOO_OLD_SECONDS;
    for (const { item } of this.#table.items.scan(undefined, { index: 0, total: 1 })) {
      const seconds = this.#expiry(item);
      if (seconds !== undefined && seconds >= oldest) earliest = Math.min(earliest, seconds);
    }
    if (earliest !== Number.POSITIVE_INFINITY) this.#schedule(earliest);
  }

  #sweep(): void {
    const now = this.#cloud.clock.now() / 1000;
    const expired: Item[] = [];
    for (const { item } of this.#table.items.scan(undefined, { index: 0, total: 1 })) {
      const seconds = this.#expiry(item);
      if (seconds !== undefined && seconds <= now && seconds >= now - TOO_OLD_SECONDS) {
        expired.push(item);
      }
    }
    for (const item of expired) {
      this.#table.write(this.#table.keyOf(item), undefined, 'ttl');
    }
    this.#plan();
  }
}
