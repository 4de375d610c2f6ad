import type { CloudContext } from '../service.ts';
import { type Item, itemSize } from './attribute-value.ts';
import { keyAttributes } from './key-schema.ts';
import type { Change, Table } from './table.ts';

/** A record of a table's stream, in the shape that consumers receive. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly userIdentity?: { readonly type: 'Service'; readonly principalId: string };
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
}

/** Whoever wants a table's stream. Called on the clock, after the write has been answered. */
export type StreamListener = (record: StreamRecord) => void;

/** A table's stream: records in order, to listeners in this process. */
export class Streams {
  readonly #cloud: CloudContext;
  readonly #table: Table;
  readonly #region: string;
  readonly #listeners = new Set<StreamListener>();
  #stop: (() => void) | undefined;
  #sequence = 0;
  /** The stream's label: when it was switched on. */
  #label: string | undefined;

  constructor(cloud: CloudContext, table: Table, region: string) {
    this.#cloud = cloud;
    this.#table = table;
    this.#region = region;
    this.redefine();
  }

  /** Follows the table's stream specification: another label each time it is switched on. */
  redefine(): void {
    const enabled = this.#table.definition.input.StreamSpecification?.StreamEnabled === true;
    if (!enabled) this.#label = undefined;
    else this.#label ??= new Date(this.#cloud.clock.now()).toISOString().slice(0, -1);
  }

  get label(): string | undefined {
    return this.#label;
  }

  get arn(): string | undefined {
    return this.#label === undefined ? undefined : `${this.#table.arn}/stream/${this.#label}`;
  }

  listen(listener: StreamListener): () => void {
    this.#listeners.add(listener);
    this.#stop ??= this.#table.onChange((change) => this.#record(change));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #record({ before, after, origin }: Change): void {
    const view = this.#table.definition.input.StreamSpecification?.StreamViewType;
    if (this.arn === undefined || view === undefined) return;
    this.#sequence += 1;
    const Keys = keyAttributes(after ?? before ?? {}, this.#table.definition.keys);
    const images = {
      ...(after !== undefined && view.startsWith('NEW') ? { NewImage: after } : {}),
      ...(before !== undefined && (view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES')
        ? { OldImage: before }
        : {}),
    };
    const sizes = [Keys, ...Object.values(images)].map(itemSize);
    const record: StreamRecord = {
      eventID: this.#cloud.uuid().replaceAll('-', ''),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.#region,
      eventSourceARN: this.arn,
      ...(origin === 'ttl'
        ? { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }
        : {}),
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(this.#cloud.clock.now() / 1000),
        Keys,
        ...images,
        SequenceNumber: String(this.#sequence).padStart(21, '0'),
        SizeBytes: sizes.reduce((sum, size) => sum + size, 0),
        StreamViewType: view,
      },
    };
    this.#cloud.clock.at(this.#cloud.clock.now(), () => {
      for (const listener of this.#listeners) listener(record);
    });
  }
}
