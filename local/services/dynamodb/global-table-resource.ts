import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';
import { validation } from './errors.ts';
import {
  applySettings,
  dynamodbOf,
  needsReplacement,
  physicalName,
  refuse,
  type TableProperties,
  tableInput,
  tableState,
} from './table-resources.ts';

const TYPE = 'AWS::DynamoDB::GlobalTable';

interface ReplicaProperties
  extends Pick<
    TableProperties,
    'PointInTimeRecoverySpecification' | 'DeletionProtectionEnabled' | 'TableClass' | 'Tags'
  > {
  readonly Region: string;
  readonly SSESpecification?: { readonly KMSMasterKeyId?: string };
}

interface GlobalTableProperties extends TableProperties {
  readonly Replicas: readonly ReplicaProperties[];
  readonly MultiRegionConsistency?: 'EVENTUAL' | 'STRONG';
  readonly GlobalTableWitnesses?: readonly { readonly Region: string }[];
}

const UNSUPPORTED = [
  'GlobalTableSourceArn',
  'GlobalTableSettingsReplicationMode',
  'ReplicaSpecification',
  'WarmThroughput',
];
const UNSUPPORTED_REPLICA = [
  'ContributorInsightsSpecification',
  'KinesisStreamSpecification',
  'ReplicaStreamSpecification',
  'ResourcePolicy',
];

/** Multi-Region strong consistency: exactly three Regions, of which one may be a witness. */
const checkConsistency = (properties: GlobalTableProperties): void => {
  const strong = properties.MultiRegionConsistency === 'STRONG';
  const witnesses = properties.GlobalTableWitnesses?.length ?? 0;
  const total = properties.Replicas.length + witnesses;
  if (!strong && witnesses > 0) {
    throw validation('GlobalTableWitnesses need MultiRegionConsistency STRONG');
  }
  if (strong && (total !== 3 || witnesses > 1)) {
    throw validation(
      `A global table with multi-Region strong consistency needs three replicas, or two and a witness; given: ${properties.Replicas.length} and ${witnesses}`,
    );
  }
  if (strong && properties.TimeToLiveSpecification !== undefined) {
    throw validation('TimeToLive is not supported on tables with multi-Region strong consistency');
  }
  if (strong && (properties.LocalSecondaryIndexes?.length ?? 0) > 0) {
    throw validation(
      'Local secondary indexes are not supported on tables with multi-Region strong consistency',
    );
  }
};

/** What one Region's table is, of the whole and of its own replica's settings. */
const replicaTable = (
  properties: GlobalTableProperties,
  replica: ReplicaProperties,
): TableProperties => {
  const several = properties.Replicas.length > 1;
  const provisioned = (properties.BillingMode ?? 'PROVISIONED') === 'PROVISIONED';
  return {
    ...properties,
    ...replica,
    // Capacity is autoscaled per replica and has no effect here.
    ...(provisioned
      ? { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }
      : {}),
    ...(several && properties.StreamSpecification === undefined
      ? { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } }
      : {}),
    ...(properties.SSESpecification === undefined
      ? {}
      : {
          SSESpecification: {
            ...properties.SSESpecification,
            ...(replica.SSESpecification?.KMSMasterKeyId === undefined
              ? {}
              : { KMSMasterKeyId: replica.SSESpecification.KMSMasterKeyId }),
          },
        }),
  } as unknown as TableProperties;
};

const deploy = (
  properties: GlobalTableProperties,
  name: string,
  existing: ReadonlySet<string>,
  context: ResourceContext,
): ResourceState => {
  refuse(TYPE, properties, UNSUPPORTED);
  for (const replica of properties.Replicas) refuse(TYPE, replica, UNSUPPORTED_REPLICA);
  checkConsistency(properties);
  const regions = properties.Replicas.map(({ Region }) => Region);
  if (!regions.includes(context.region)) {
    throw validation(
      `Replicas of ${name} must have one in the stack's own Region ${context.region}; given: ${regions.join(', ')}`,
    );
  }
  for (const replica of properties.Replicas) {
    const { tables } = dynamodbOf(context, replica.Region);
    const table = replicaTable(properties, replica);
    const record = existing.has(replica.Region)
      ? tables.redefine(name, tableInput(table, name))
      : tables.create(tableInput(table, name));
    applySettings(record, table, context.cloud.clock.now());
  }
  const here = dynamodbOf(context);
  if (regions.length > 1 || existing.size > 1) {
    here.replicate(name, regions, properties.MultiRegionConsistency ?? 'EVENTUAL');
  }
  for (const region of existing) {
    if (!regions.includes(region)) dynamodbOf(context, region).tables.delete(name);
  }
  return tableState(here.tables.record(name));
};

const regionsOf = (properties: unknown): ReadonlySet<string> =>
  new Set((properties as GlobalTableProperties).Replicas.map(({ Region }) => Region));

/** AWS::DynamoDB::GlobalTable: also what CDK's TableV2 makes for a table in one Region. */
export const globalTableResource: ResourceProvider = {
  create: (properties: GlobalTableProperties, context) =>
    deploy(properties, physicalName(properties.TableName, context), new Set(), context),
  update: (properties: GlobalTableProperties, previous, context) => {
    const before = previous.properties as GlobalTableProperties;
    return needsReplacement(before, properties)
      ? deploy(properties, physicalName(properties.TableName, context), new Set(), context)
      : deploy(properties, previous.physicalId, regionsOf(before), context);
  },
  remove: (previous, context) => {
    const regions = regionsOf(previous.properties);
    if (regions.size > 1) dynamodbOf(context).replicate(previous.physicalId, [], 'EVENTUAL');
    for (const region of regions) dynamodbOf(context, region).tables.delete(previous.physicalId);
  },
};
