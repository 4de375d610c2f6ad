import type {
  CreateLogGroupRequest,
  CreateLogStreamRequest,
  DescribeLogGroupsRequest,
  DescribeLogStreamsRequest,
  DescribeMetricFiltersRequest,
  PutMetricFilterRequest,
  PutResourcePolicyRequest,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Operation } from '../service.ts';
import { eventOperations } from './event-operations.ts';
import type { LogGroup } from './log-groups.ts';
import type { CloudWatchLogs } from './logs-service.ts';
import { page } from './page.ts';

const describeGroup = (group: LogGroup, metricFilterCount: number) => ({
  logGroupName: group.name,
  creationTime: group.createdAt,
  retentionInDays: group.retentionInDays,
  metricFilterCount,
  arn: `${group.arn}:*`,
  logGroupArn: group.arn,
  logGroupClass: group.logGroupClass,
  kmsKeyId: group.kmsKeyId,
  storedBytes: [...group.streams.values()]
    .flatMap((stream) => stream.events)
    .reduce((bytes, event) => bytes + Buffer.byteLength(event.message), 0),
});

const groupOperations = (logs: CloudWatchLogs): Record<string, Operation> => ({
  CreateLogGroup: (input: CreateLogGroupRequest) => {
    logs.groups.create(input.logGroupName ?? '', {
      ...(input.tags === undefined ? {} : { tags: input.tags }),
      ...(input.kmsKeyId === undefined ? {} : { kmsKeyId: input.kmsKeyId }),
      ...(input.logGroupClass === undefined ? {} : { class: input.logGroupClass }),
    });
    return {};
  },
  DeleteLogGroup: (input: { logGroupName?: string }) => {
    logs.groups.remove(input.logGroupName ?? '');
    return {};
  },
  PutRetentionPolicy: (input: PutRetentionPolicyRequest) => {
    logs.groups.setRetention(logs.groups.get(input.logGroupName), input.retentionInDays);
    return {};
  },
  DeleteRetentionPolicy: (input: { logGroupName?: string }) => {
    logs.groups.setRetention(logs.groups.get(input.logGroupName), undefined);
    return {};
  },
  DescribeLogGroups: (input: DescribeLogGroupsRequest) => {
    const matching = logs.groups
      .all()
      .filter((group) => group.name.startsWith(input.logGroupNamePrefix ?? ''))
      .filter((group) => group.name.includes(input.logGroupNamePattern ?? ''));
    const { items, nextToken } = page(matching, input.limit ?? 50, input.nextToken);
    return {
      logGroups: items.map((group) => {
        logs.groups.expire(group);
        return describeGroup(group, logs.metricFilters.list(group.name).length);
      }),
      nextToken,
    };
  },
  CreateLogStream: (input: CreateLogStreamRequest) => {
    logs.groups.createStream(logs.groups.get(input.logGroupName), input.logStreamName ?? '');
    return {};
  },
  DeleteLogStream: (input: CreateLogStreamRequest) => {
    const group = logs.groups.get(input.logGroupName);
    group.streams.delete(logs.groups.stream(group, input.logStreamName).name);
    return {};
  },
  DescribeLogStreams: (input: DescribeLogStreamsRequest) => {
    const group = logs.groups.get(input.logGroupName ?? input.logGroupIdentifier);
    const streams = [...group.streams.values()]
      .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''))
      .map((stream) => ({
        logStreamName: stream.name,
        creationTime: stream.createdAt,
        firstEventTimestamp: stream.events[0]?.timestamp,
        lastEventTimestamp: stream.events.at(-1)?.timestamp,
        lastIngestionTime: stream.events.at(-1)?.ingestionTime,
        arn: `${group.arn}:log-stream:${stream.name}`,
        storedBytes: 0,
      }));
    const byTime = input.orderBy === 'LastEventTime';
    streams.sort((a, b) =>
      byTime
        ? (a.lastEventTimestamp ?? 0) - (b.lastEventTimestamp ?? 0)
        : a.logStreamName < b.logStreamName
          ? -1
          : 1,
    );
    if (input.descending === true) streams.reverse();
    const { items, nextToken } = page(streams, input.limit ?? 50, input.nextToken);
    return { logStreams: items, nextToken };
  },
});

const policyOperations = (
  logs: CloudWatchLogs,
  cloud: CloudContext,
): Record<string, Operation> => ({
  PutMetricFilter: (input: PutMetricFilterRequest) => {
    const group = logs.groups.get(input.logGroupName);
    logs.metricFilters.put({
      filterName: input.filterName ?? '',
      logGroupName: group.name,
      filterPattern: input.filterPattern ?? '',
      metricTransformations: (input.metricTransformations ?? []).map((one) => ({
        metricName: one.metricName ?? '',
        metricNamespace: one.metricNamespace ?? '',
        metricValue: one.metricValue ?? '',
        defaultValue: one.defaultValue,
        dimensions: one.dimensions,
        unit: one.unit,
      })),
      creationTime: cloud.clock.now(),
    });
    return {};
  },
  DeleteMetricFilter: (input: { logGroupName?: string; filterName?: string }) => {
    logs.metricFilters.remove(input.logGroupName ?? '', input.filterName ?? '');
    return {};
  },
  DescribeMetricFilters: (input: DescribeMetricFiltersRequest) => {
    const filters = logs.metricFilters
      .list(input.logGroupName)
      .filter((filter) => filter.filterName.startsWith(input.filterNamePrefix ?? ''));
    const { items, nextToken } = page(filters, input.limit ?? 50, input.nextToken);
    return { metricFilters: items, nextToken };
  },
  PutResourcePolicy: (input: PutResourcePolicyRequest) => {
    const [policyName, policyDocument] = [input.policyName ?? '', input.policyDocument ?? ''];
    logs.resourcePolicies.set(policyName, policyDocument);
    return {
      resourcePolicy: { policyName, policyDocument, lastUpdatedTime: cloud.clock.now() },
    };
  },
  DeleteResourcePolicy: (input: { policyName?: string }) => {
    if (!logs.resourcePolicies.delete(input.policyName ?? '')) {
      throw new AwsError(
        'ResourceNotFoundException',
        `Policy with name [${input.policyName}] does not exist`,
      );
    }
    return {};
  },
  DescribeResourcePolicies: () => ({
    resourcePolicies: [...logs.resourcePolicies].map(([policyName, policyDocument]) => ({
      policyName,
      policyDocument,
    })),
  }),
  TagResource: (input: { resourceArn?: string; tags?: Record<string, string> }) => {
    Object.assign(logs.groups.get(input.resourceArn).tags, input.tags);
    return {};
  },
  UntagResource: (input: { resourceArn?: string; tagKeys?: string[] }) => {
    const { tags } = logs.groups.get(input.resourceArn);
    for (const key of input.tagKeys ?? []) delete tags[key];
    return {};
  },
  ListTagsForResource: (input: { resourceArn?: string }) => ({
    tags: logs.groups.get(input.resourceArn).tags,
  }),
});

/** The API of CloudWatch Logs over one account and Region. */
export const logsOperations = (
  logs: CloudWatchLogs,
  cloud: CloudContext,
): Record<string, Operation> => ({
  ...groupOperations(logs),
  ...eventOperations(logs, cloud),
  ...policyOperations(logs, cloud),
});
