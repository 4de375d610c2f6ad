import type { CloudContext, Place, Service } from '../service.ts';
import { batchOperations } from './batch-operations.ts';
import { validation } from './errors.ts';
import { itemOperations } from './item-operations.ts';
import { queryOperations } from './query-operations.ts';
import { ReplicaGroup, type ReplicationLag } from './replication.ts';
import type { StreamListener } from './streams.ts';
import { tableOperations } from './table-operations.ts';
import { type TableRecord, Tables } from './tables.ts';
import { transactionOperations } from './transaction-operations.ts';

/** DynamoDB of one account and Region, with what its neighbours and CloudFormation need. */
export interface DynamodbService extends Service {
  readonly tables: Tables;
  /** Calls the listener with each record of the table's stream; the answer ends that. */
  onStream(tableName: string, listener: StreamListener): () => void;
  /** Sets how late the table's expired items are deleted, in milliseconds after their expiry. */
  setExpiryDelay(tableName: string, milliseconds: number): void;
  /** Sets how long changes take to this Region's replicas' peers. */
  setReplicationLag(lag: ReplicationLag): void;
  /** Makes a global table of this Region's table: with the peers' tables of the same name. */
  replicate(
    tableName: string,
    regions: readonly string[],
    consistency: 'EVENTUAL' | 'STRONG',
  ): void;
}

/** Between Regions usually about a second (Developer Guide, global tables). */
const LAG_MILLISECONDS = { least: 500, spread: 1000 };

/** Makes DynamoDB for one place. */
export const createDynamodb = (cloud: CloudContext, place: Place): DynamodbService => {
  const tables = new Tables(cloud, place);
  const groups = new Map<string, ReplicaGroup>();
  let lag: ReplicationLag = () =>
    LAG_MILLISECONDS.least + Math.floor(cloud.random() * LAG_MILLISECONDS.spread);
  const peer = (region: string, name: string): TableRecord =>
    (region === place.region
      ? tables
      : cloud.service<DynamodbService>('dynamodb', { account: place.account, region }).tables
    ).record(name);
  return {
    operations: {
      ...tableOperations(tables),
      ...itemOperations(tables),
      ...queryOperations(tables),
      ...batchOperations(tables),
      ...transactionOperations(tables),
    },
    tables,
    onStream: (tableName, listener) => {
      const { streams } = tables.record(tableName);
      if (streams.arn === undefined) {
        throw validation(`Table ${tableName} has no stream: enable it with StreamSpecification`);
      }
      return streams.listen(listener);
    },
    setExpiryDelay: (tableName, milliseconds) => {
      tables.record(tableName).timeToLive.delay = () => milliseconds;
    },
    setReplicationLag: (given) => {
      lag = given;
    },
    replicate: (tableName, regions, consistency) => {
      const group =
        groups.get(tableName) ?? new ReplicaGroup(cloud, consistency, (from, to) => lag(from, to));
      groups.set(tableName, group);
      for (const region of group.regions) if (!regions.includes(region)) group.leave(region);
      for (const region of regions) {
        if (!group.regions.includes(region)) group.join(region, peer(region, tableName).table);
      }
      for (const region of regions) peer(region, tableName).replicas = group.regions;
      if (regions.length === 0) groups.delete(tableName);
    },
  };
};
