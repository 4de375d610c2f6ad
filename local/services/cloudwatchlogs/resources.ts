import { notImplemented } from '../aws-error.ts';
import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { LogGroup } from './log-groups.ts';
import type { LogsService } from './logs-service.ts';
import type { MetricTransformation } from './metric-filters.ts';

const logsOf = (context: ResourceContext): LogsService =>
  context.cloud.service<LogsService>('cloudwatchlogs', context);

const generatedName = (context: ResourceContext): string =>
  `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;

const tagsOf = (tags: readonly { Key: string; Value: string }[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

interface LogGroupProperties {
  readonly LogGroupName?: string;
  readonly RetentionInDays?: number | string;
  readonly KmsKeyId?: string;
  readonly LogGroupClass?: string;
  readonly Tags?: readonly { Key: string; Value: string }[];
  readonly [other: string]: unknown;
}

const groupState = (group: LogGroup) => ({
  physicalId: group.name,
  attributes: { Arn: `${group.arn}:*` },
});

const settle = (logs: LogsService, group: LogGroup, properties: LogGroupProperties): void => {
  for (const name of ['DataProtectionPolicy', 'FieldIndexPolicies', 'ResourcePolicyDocument']) {
    if (properties[name] !== undefined) {
      throw notImplemented('logs', `AWS::Logs::LogGroup property ${name}`);
    }
  }
  const days = properties.RetentionInDays;
  logs.groups.setRetention(group, days === undefined ? undefined : Number(days));
  group.kmsKeyId = properties.KmsKeyId;
  group.logGroupClass = properties.LogGroupClass ?? 'STANDARD';
  group.tags = tagsOf(properties.Tags);
};

const logGroup: ResourceProvider = {
  create(properties: LogGroupProperties, context) {
    const logs = logsOf(context);
    const group = logs.groups.create(properties.LogGroupName ?? generatedName(context));
    settle(logs, group, properties);
    return groupState(group);
  },
  update(properties: LogGroupProperties, previous, context) {
    const renamed =
      properties.LogGroupName !== undefined && properties.LogGroupName !== previous.physicalId;
    if (renamed) return logGroup.create(properties, context);
    const logs = logsOf(context);
    const group = logs.groups.get(previous.physicalId);
    settle(logs, group, properties);
    return groupState(group);
  },
  remove(previous, context) {
    const logs = logsOf(context);
    if (logs.groups.find(previous.physicalId)) logs.groups.remove(previous.physicalId);
  },
};

const logStream: ResourceProvider = {
  create(properties: { LogGroupName: string; LogStreamName?: string }, context) {
    const { groups } = logsOf(context);
    const name = properties.LogStreamName ?? generatedName(context);
    groups.createStream(groups.get(properties.LogGroupName), name);
    return { physicalId: name, attributes: {} };
  },
  remove(previous, context) {
    const { LogGroupName } = previous.properties as { LogGroupName: string };
    logsOf(context).groups.find(LogGroupName)?.streams.delete(previous.physicalId);
  },
};

interface MetricFilterProperties {
  readonly LogGroupName: string;
  readonly FilterName?: string;
  readonly FilterPattern: string;
  readonly MetricTransformations: readonly {
    readonly MetricName: string;
    readonly MetricNamespace: string;
    readonly MetricValue: string;
    readonly DefaultValue?: number;
    readonly Dimensions?: readonly { Key: string; Value: string }[];
    readonly Unit?: string;
  }[];
}

const metricFilter: ResourceProvider = {
  create(properties: MetricFilterProperties, context) {
    const logs = logsOf(context);
    const name = properties.FilterName ?? generatedName(context);
    putMetricFilter(logs, name, properties, context);
    return { physicalId: name, attributes: {} };
  },
  update(properties: MetricFilterProperties, previous, context) {
    const renamed =
      properties.FilterName !== undefined && properties.FilterName !== previous.physicalId;
    const moved = properties.LogGroupName !== previous.properties.LogGroupName;
    if (renamed || moved) return metricFilter.create(properties, context);
    putMetricFilter(logsOf(context), previous.physicalId, properties, context);
    return { physicalId: previous.physicalId, attributes: {} };
  },
  remove(previous, context) {
    const { LogGroupName } = previous.properties as MetricFilterProperties;
    const { metricFilters } = logsOf(context);
    const exists = metricFilters
      .list(LogGroupName)
      .some((filter) => filter.filterName === previous.physicalId);
    if (exists) metricFilters.remove(LogGroupName, previous.physicalId);
  },
};

const putMetricFilter = (
  logs: LogsService,
  name: string,
  properties: MetricFilterProperties,
  context: ResourceContext,
): void => {
  logs.metricFilters.put({
    filterName: name,
    logGroupName: logs.groups.get(properties.LogGroupName).name,
    filterPattern: properties.FilterPattern,
    metricTransformations: properties.MetricTransformations.map(
      (one): MetricTransformation => ({
        metricName: one.MetricName,
        metricNamespace: one.MetricNamespace,
        metricValue: String(one.MetricValue),
        defaultValue: one.DefaultValue,
        dimensions: tagsOf(one.Dimensions),
        unit: one.Unit,
      }),
    ),
    creationTime: context.cloud.clock.now(),
  });
};

const resourcePolicy: ResourceProvider = {
  create(properties: { PolicyName: string; PolicyDocument: string }, context) {
    logsOf(context).resourcePolicies.set(properties.PolicyName, properties.PolicyDocument);
    return { physicalId: properties.PolicyName, attributes: {} };
  },
  update(properties: { PolicyName: string; PolicyDocument: string }, _previous, context) {
    return resourcePolicy.create(properties, context);
  },
  remove(previous, context) {
    logsOf(context).resourcePolicies.delete(previous.physicalId);
  },
};

/** CloudFormation's resource types of CloudWatch Logs. */
export const logsResources: Record<string, ResourceProvider> = {
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::LogStream': logStream,
  'AWS::Logs::MetricFilter': metricFilter,
  'AWS::Logs::ResourcePolicy': resourcePolicy,
};
