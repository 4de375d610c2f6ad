import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';
import type { DynamodbService } from './dynamodb-service.ts';
import { unsupportedField } from './errors.ts';
import type { TableInput } from './table-definition.ts';
import type { TableRecord } from './tables.ts';

interface TimeToLiveProperty {
  readonly AttributeName?: string;
  readonly Enabled: boolean | string;
}

interface RecoveryProperty {
  readonly PointInTimeRecoveryEnabled?: boolean | string;
  readonly RecoveryPeriodInDays?: number | string;
}

/** The properties of AWS::DynamoDB::Table that are understood. */
export interface TableProperties extends Omit<TableInput, 'SSESpecification'> {
  readonly TimeToLiveSpecification?: TimeToLiveProperty;
  readonly PointInTimeRecoverySpecification?: RecoveryProperty;
  readonly SSESpecification?: {
    readonly SSEEnabled: boolean | string;
    readonly SSEType?: 'AES256' | 'KMS';
    readonly KMSMasterKeyId?: string;
  };
}

const UNSUPPORTED = [
  'ContributorInsightsSpecification',
  'ImportSourceSpecification',
  'KinesisStreamSpecification',
  'ResourcePolicy',
  'WarmThroughput',
];

/** CloudFormation lets templates write booleans as strings. */
export const isTrue = (value: boolean | string | undefined): boolean =>
  value === true || value === 'true';

/** The region's DynamoDB, as CloudFormation works on it. */
export const dynamodbOf = (context: ResourceContext, region = context.region): DynamodbService =>
  context.cloud.service<DynamodbService>('dynamodb', { account: context.account, region });

/** The explicit name or one that CloudFormation would make. */
export const physicalName = (given: string | undefined, context: ResourceContext): string =>
  given ?? `${context.stackName}-${context.logicalId}-${context.cloud.token(12).toUpperCase()}`;

/** Refuses properties whose effect is missing here, by name. */
export const refuse = (type: string, properties: object, names: readonly string[]): void => {
  for (const name of names) {
    if ((properties as Record<string, unknown>)[name] !== undefined) {
      throw unsupportedField(type, name);
    }
  }
};

/** A template's table as CreateTable takes it. */
export const tableInput = (properties: TableProperties, name: string): TableInput => {
  const { SSESpecification: sse, StreamSpecification: stream, ...rest } = properties;
  return {
    TableName: name,
    AttributeDefinitions: rest.AttributeDefinitions,
    KeySchema: rest.KeySchema,
    BillingMode: rest.BillingMode,
    ProvisionedThroughput: rest.ProvisionedThroughput,
    GlobalSecondaryIndexes: rest.GlobalSecondaryIndexes,
    LocalSecondaryIndexes: rest.LocalSecondaryIndexes,
    // Templates only name the view; naming it is switching the stream on.
    ...(stream === undefined
      ? {}
      : {
          StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType },
        }),
    ...(sse === undefined
      ? {}
      : {
          SSESpecification: {
            Enabled: isTrue(sse.SSEEnabled),
            SSEType: sse.SSEType,
            KMSMasterKeyId: sse.KMSMasterKeyId,
          },
        }),
    DeletionProtectionEnabled: isTrue(rest.DeletionProtectionEnabled),
    TableClass: rest.TableClass,
    Tags: rest.Tags,
  };
};

/** Switches on what is set beside the table's definition. */
export const applySettings = (
  record: TableRecord,
  properties: Pick<TableProperties, 'TimeToLiveSpecification' | 'PointInTimeRecoverySpecification'>,
  now: number,
): void => {
  const ttl = properties.TimeToLiveSpecification;
  if (ttl?.AttributeName !== undefined && isTrue(ttl.Enabled)) {
    record.timeToLive.enable(ttl.AttributeName);
  } else {
    record.timeToLive.disable();
  }
  const recovery = properties.PointInTimeRecoverySpecification;
  record.recovery = isTrue(recovery?.PointInTimeRecoveryEnabled)
    ? {
        since: record.recovery?.since ?? now,
        days: Number(recovery?.RecoveryPeriodInDays ?? 35),
      }
    : undefined;
};

/** What CloudFormation knows of a table afterwards. */
export const tableState = ({ table, streams }: TableRecord): ResourceState => ({
  physicalId: table.name,
  attributes: {
    Arn: table.arn,
    TableId: table.id,
    ...(streams.arn === undefined ? {} : { StreamArn: streams.arn }),
  },
});

/** Whether the change needs another table (another name, key, or set of local indexes). */
export const needsReplacement = (before: TableProperties, after: TableProperties): boolean =>
  before.TableName !== after.TableName ||
  JSON.stringify(before.KeySchema) !== JSON.stringify(after.KeySchema) ||
  JSON.stringify(before.LocalSecondaryIndexes) !== JSON.stringify(after.LocalSecondaryIndexes);

const TYPE = 'AWS::DynamoDB::Table';

const create = (properties: TableProperties, context: ResourceContext): ResourceState => {
  refuse(TYPE, properties, UNSUPPORTED);
  const name = physicalName(properties.TableName, context);
  const record = dynamodbOf(context).tables.create(tableInput(properties, name));
  applySettings(record, properties, context.cloud.clock.now());
  return tableState(record);
};

/** AWS::DynamoDB::Table. */
export const tableResource: ResourceProvider = {
  create,
  update: (properties: TableProperties, previous, context) => {
    if (needsReplacement(previous.properties as TableProperties, properties)) {
      return create(properties, context);
    }
    refuse(TYPE, properties, UNSUPPORTED);
    const name = previous.physicalId;
    const record = dynamodbOf(context).tables.redefine(name, tableInput(properties, name));
    applySettings(record, properties, context.cloud.clock.now());
    return tableState(record);
  },
  remove: (previous, context) => {
    dynamodbOf(context).tables.delete(previous.physicalId);
  },
};
