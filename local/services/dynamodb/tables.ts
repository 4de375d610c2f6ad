import type { CloudContext, Place } from '../service.ts';
import { resourceInUse, resourceNotFound, unsupportedField, validation } from './errors.ts';
import { Streams } from './streams.ts';
import { Table } from './table.ts';
import { type TableInput, tableDefinition, tableNameOf } from './table-definition.ts';
import { TimeToLive } from './time-to-live.ts';

/** Point-in-time recovery as switched on; backups themselves are not made. */
export interface Recovery {
  readonly since: number;
  readonly days: number;
}

/** A table with everything that is kept beside its items. */
export interface TableRecord {
  readonly table: Table;
  readonly streams: Streams;
  readonly timeToLive: TimeToLive;
  readonly tags: Map<string, string>;
  recovery: Recovery | undefined;
  /** The Regions of a global table, this one included. */
  replicas: readonly string[];
}

/** How long CreateTable leaves a table in CREATING. */
const CREATION_MILLISECONDS = 3_000;

/** The tables of one account and Region. */
export class Tables {
  readonly cloud: CloudContext;
  readonly place: Place;
  readonly #records = new Map<string, TableRecord>();

  constructor(cloud: CloudContext, place: Place) {
    this.cloud = cloud;
    this.place = place;
  }

  /** Table names in order. */
  names(): readonly string[] {
    return [...this.#records.keys()].sort();
  }

  /** Makes a table that is usable at once, as after a CloudFormation deploy. */
  create(input: TableInput): TableRecord {
    const definition = tableDefinition(input);
    const { account, region } = this.place;
    if (this.#records.has(definition.name)) {
      throw resourceInUse(`Table already exists: ${definition.name}`);
    }
    const arn = `arn:aws:dynamodb:${region}:${account}:table/${definition.name}`;
    const now = this.cloud.clock.now();
    const table = new Table(definition, { arn, id: this.cloud.uuid(), createdAt: now });
    const record: TableRecord = {
      table,
      streams: new Streams(this.cloud, table, region),
      timeToLive: new TimeToLive(this.cloud, table),
      tags: new Map((input.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
      recovery: undefined,
      replicas: [],
    };
    this.#records.set(definition.name, record);
    return record;
  }

  /** Makes a table as the API does: it refuses data until some seconds have passed. */
  createSlowly(input: TableInput): TableRecord {
    const record = this.create(input);
    record.table.status = 'CREATING';
    this.cloud.clock.at(this.cloud.clock.now() + CREATION_MILLISECONDS, () => {
      record.table.status = 'ACTIVE';
    });
    return record;
  }

  /** Gives a table another definition in place. */
  redefine(name: string, input: TableInput): TableRecord {
    const record = this.record(name);
    record.table.redefine(tableDefinition(input));
    record.streams.redefine();
    record.tags.clear();
    for (const tag of input.Tags ?? []) record.tags.set(tag.Key ?? '', tag.Value ?? '');
    return record;
  }

  delete(name: string): TableRecord {
    const record = this.record(name);
    if (record.table.definition.input.DeletionProtectionEnabled === true) {
      throw validation(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    record.timeToLive.disable();
    this.#records.delete(record.table.name);
    return record;
  }

  #nameOf(given: string | undefined): string {
    const name = tableNameOf(given);
    const { account, region } = this.place;
    if (given?.startsWith('arn:') && !given.startsWith(`arn:aws:dynamodb:${region}:${account}:`)) {
      throw unsupportedField('*', `the table ${given} from account ${account} in ${region}`);
    }
    return name;
  }

  /** The table by name or ARN, for the control plane. */
  record(given: string | undefined): TableRecord {
    const name = this.#nameOf(given);
    const record = this.#records.get(name);
    if (record === undefined) throw resourceNotFound(`Table: ${name} not found`);
    return record;
  }

  /** The table by name or ARN, for reads and writes of items. */
  table(given: string | undefined): Table {
    const table =
      this.#records.get(given ?? '')?.table ?? this.#records.get(this.#nameOf(given))?.table;
    if (table === undefined || table.status !== 'ACTIVE') throw resourceNotFound();
    return table;
  }
}
