import type { ContinuousBackupsDescription, TableDescription } from '@aws-sdk/client-dynamodb';
import { attributesOf, type KeySchema } from './key-schema.ts';
import type { Table, TableIndex } from './table.ts';
import type { TableRecord } from './tables.ts';

const keySchema = (keys: KeySchema) =>
  attributesOf(keys).map(({ name }, index) => ({
    AttributeName: name,
    KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const),
  }));

const throughput = (given?: {
  ReadCapacityUnits?: number | undefined;
  WriteCapacityUnits?: number | undefined;
}) => ({
  NumberOfDecreasesToday: 0,
  ReadCapacityUnits: given?.ReadCapacityUnits ?? 0,
  WriteCapacityUnits: given?.WriteCapacityUnits ?? 0,
});

const indexDescription = (table: Table, index: TableIndex) => {
  const { count, bytes } = index.items.totals();
  return {
    IndexName: index.name,
    KeySchema: keySchema(index.keys),
    Projection: {
      ProjectionType: index.projection,
      ...(index.include.length > 0 ? { NonKeyAttributes: [...index.include] } : {}),
    },
    IndexSizeBytes: bytes,
    ItemCount: count,
    IndexArn: `${table.arn}/index/${index.name}`,
    ...(index.kind === 'global'
      ? {
          IndexStatus: table.status,
          ProvisionedThroughput: throughput(
            table.definition.input.GlobalSecondaryIndexes?.find(
              (given) => given.IndexName === index.name,
            )?.ProvisionedThroughput,
          ),
        }
      : {}),
  };
};

/** A table as DescribeTable shows it. Counts are exact here; DynamoDB's are up to six hours old. */
export const tableDescription = (record: TableRecord): TableDescription => {
  const { table, streams, replicas } = record;
  const { input } = table.definition;
  const { count, bytes } = table.items.totals();
  const indexes = [...table.indexes.values()];
  const described = (kind: 'global' | 'local') =>
    indexes.filter((index) => index.kind === kind).map((index) => indexDescription(table, index));
  const [global, local] = [described('global'), described('local')];
  return {
    AttributeDefinitions: input.AttributeDefinitions ?? [],
    TableName: table.name,
    KeySchema: keySchema(table.definition.keys),
    TableStatus: table.status,
    CreationDateTime: new Date(table.createdAt),
    ProvisionedThroughput: throughput(input.ProvisionedThroughput),
    TableSizeBytes: bytes,
    ItemCount: count,
    TableArn: table.arn,
    TableId: table.id,
    DeletionProtectionEnabled: input.DeletionProtectionEnabled ?? false,
    ...(input.BillingMode === 'PAY_PER_REQUEST'
      ? { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } }
      : {}),
    ...(global.length > 0 ? { GlobalSecondaryIndexes: global } : {}),
    ...(local.length > 0 ? { LocalSecondaryIndexes: local } : {}),
    ...(streams.arn !== undefined && streams.label !== undefined
      ? {
          StreamSpecification: input.StreamSpecification,
          LatestStreamLabel: streams.label,
          LatestStreamArn: streams.arn,
        }
      : {}),
    ...(input.SSESpecification?.Enabled === true
      ? {
          SSEDescription: {
            Status: 'ENABLED',
            SSEType: input.SSESpecification.SSEType ?? 'KMS',
            ...(input.SSESpecification.KMSMasterKeyId === undefined
              ? {}
              : { KMSMasterKeyArn: input.SSESpecification.KMSMasterKeyId }),
          },
        }
      : {}),
    ...(input.TableClass === undefined
      ? {}
      : { TableClassSummary: { TableClass: input.TableClass } }),
    ...(replicas.length > 1
      ? {
          GlobalTableVersion: '2019.11.21',
          Replicas: replicas.map((RegionName) => ({
            RegionName,
            ReplicaStatus: 'ACTIVE' as const,
          })),
          MultiRegionConsistency: table.multiRegionStrong ? 'STRONG' : 'EVENTUAL',
        }
      : {}),
  };
};

/** How far behind the present a point-in-time restore can reach. */
const RESTORE_LAG_MILLISECONDS = 5 * 60 * 1000;

/** A table's backups as DescribeContinuousBackups shows them. */
export const recoveryDescription = (
  { recovery }: TableRecord,
  now: number,
): { ContinuousBackupsDescription: ContinuousBackupsDescription } => ({
  ContinuousBackupsDescription: {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription:
      recovery === undefined
        ? { PointInTimeRecoveryStatus: 'DISABLED' }
        : {
            PointInTimeRecoveryStatus: 'ENABLED',
            RecoveryPeriodInDays: recovery.days,
            EarliestRestorableDateTime: new Date(
              Math.max(recovery.since, now - recovery.days * 86_400_000),
            ),
            LatestRestorableDateTime: new Date(
              Math.max(recovery.since, now - RESTORE_LAG_MILLISECONDS),
            ),
          },
  },
});
