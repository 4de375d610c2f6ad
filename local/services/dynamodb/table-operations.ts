import type {
  CreateTableCommandInput,
  DeleteTableCommandInput,
  DescribeContinuousBackupsCommandInput,
  DescribeTableCommandInput,
  DescribeTimeToLiveCommandInput,
  ListTablesCommandInput,
  ListTagsOfResourceCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
  UpdateContinuousBackupsCommandInput,
  UpdateTimeToLiveCommandInput,
} from '@aws-sdk/client-dynamodb';
import { unsupportedField, validation } from './errors.ts';
import { recoveryDescription, tableDescription } from './table-description.ts';
import type { TableRecord, Tables } from './tables.ts';

const CREATE_FIELDS = new Set([
  'TableName',
  'AttributeDefinitions',
  'KeySchema',
  'BillingMode',
  'ProvisionedThroughput',
  'OnDemandThroughput',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
  'StreamSpecification',
  'SSESpecification',
  'DeletionProtectionEnabled',
  'TableClass',
  'Tags',
]);
const LIST_LIMIT = 100;

const create = (tables: Tables, input: CreateTableCommandInput): unknown => {
  for (const field of Object.keys(input)) {
    if (!CREATE_FIELDS.has(field) && input[field as keyof typeof input] !== undefined) {
      throw unsupportedField('CreateTable', field);
    }
  }
  return { TableDescription: tableDescription(tables.createSlowly(input)) };
};

const list = (tables: Tables, input: ListTablesCommandInput): unknown => {
  const after = input.ExclusiveStartTableName ?? '';
  const rest = tables.names().filter((name) => name > after);
  const names = rest.slice(0, input.Limit ?? LIST_LIMIT);
  return {
    TableNames: names,
    ...(names.length < rest.length ? { LastEvaluatedTableName: names.at(-1) } : {}),
  };
};

const updateTimeToLive = (tables: Tables, input: UpdateTimeToLiveCommandInput): unknown => {
  const { table, timeToLive } = tables.record(input.TableName);
  const { AttributeName, Enabled } = input.TimeToLiveSpecification ?? {};
  if (AttributeName === undefined || Enabled === undefined) {
    throw validation(
      'TimeToLiveSpecification must name an attribute and say whether it is enabled',
    );
  }
  if (table.multiRegionStrong) {
    throw validation('TimeToLive is not supported on tables with multi-Region strong consistency');
  }
  timeToLive.change(AttributeName, Enabled);
  return { TimeToLiveSpecification: { AttributeName, Enabled } };
};

const describeTimeToLive = (tables: Tables, input: DescribeTimeToLiveCommandInput): unknown => {
  const { attribute } = tables.record(input.TableName).timeToLive;
  return {
    TimeToLiveDescription:
      attribute === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute },
  };
};

const updateBackups = (tables: Tables, input: UpdateContinuousBackupsCommandInput): unknown => {
  const record = tables.record(input.TableName);
  const { PointInTimeRecoveryEnabled, RecoveryPeriodInDays } =
    input.PointInTimeRecoverySpecification ?? {};
  record.recovery = PointInTimeRecoveryEnabled
    ? {
        since: record.recovery?.since ?? tables.cloud.clock.now(),
        days: RecoveryPeriodInDays ?? 35,
      }
    : undefined;
  return recoveryDescription(record, tables.cloud.clock.now());
};

const taggedRecord = (tables: Tables, arn: string | undefined): TableRecord => {
  if (arn === undefined || !arn.startsWith('arn:')) {
    throw validation(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  }
  return tables.record(arn);
};

const tag = (tables: Tables, input: TagResourceCommandInput): unknown => {
  const { tags } = taggedRecord(tables, input.ResourceArn);
  for (const { Key, Value } of input.Tags ?? []) tags.set(Key ?? '', Value ?? '');
  return {};
};

const untag = (tables: Tables, input: UntagResourceCommandInput): unknown => {
  const { tags } = taggedRecord(tables, input.ResourceArn);
  for (const key of input.TagKeys ?? []) tags.delete(key);
  return {};
};

/** CreateTable and the operations on a table as a whole. */
export const tableOperations = (tables: Tables) => ({
  CreateTable: (input: CreateTableCommandInput) => create(tables, input),
  DescribeTable: (input: DescribeTableCommandInput) => ({
    Table: tableDescription(tables.record(input.TableName)),
  }),
  ListTables: (input: ListTablesCommandInput) => list(tables, input),
  DeleteTable: (input: DeleteTableCommandInput) => ({
    TableDescription: {
      ...tableDescription(tables.delete(input.TableName ?? '')),
      TableStatus: 'DELETING',
    },
  }),
  UpdateTimeToLive: (input: UpdateTimeToLiveCommandInput) => updateTimeToLive(tables, input),
  DescribeTimeToLive: (input: DescribeTimeToLiveCommandInput) => describeTimeToLive(tables, input),
  UpdateContinuousBackups: (input: UpdateContinuousBackupsCommandInput) =>
    updateBackups(tables, input),
  DescribeContinuousBackups: (input: DescribeContinuousBackupsCommandInput) =>
    recoveryDescription(tables.record(input.TableName), tables.cloud.clock.now()),
  TagResource: (input: TagResourceCommandInput) => tag(tables, input),
  UntagResource: (input: UntagResourceCommandInput) => untag(tables, input),
  ListTagsOfResource: (input: ListTagsOfResourceCommandInput) => ({
    Tags: [...taggedRecord(tables, input.ResourceArn).tags].map(([Key, Value]) => ({ Key, Value })),
  }),
});
