import type {
  CreateLogGroupRequest,
  CreateLogStreamRequest,
  DescribeLogGroupsRequest,
  DescribeLogStreamsRequest,
  DescribeMetricFiltersRequest,
  FilterLogEventsRequest,
  GetLogEventsRequest,
  PutLogEventsRequest,
  PutMetricFilterRequest,
  PutResourcePolicyRequest,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Operation } from '../service.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import type { LogGroup } from './log-groups.ts';
import type { CloudWatchLogs } from './logs-service.ts';

const BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD = 26;
const EVENT_BYTES = 1_048_576;
const HOUR = 3_600_000;

/** A page of `items` and the token of the next. */
const page = <T>(
  items: readonly T[],
  limit: number,
  token: string | undefined,
): { items: T[]; nextToken?: string } => {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(from) || from < 0) {
    throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  }
  const next = from + limit;
  return {
    items: items.slice(from, next),
    ...(next < items.length ? { nextToken: String(next) } : {}),
  };
};

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

const eventOperations = (logs: CloudWatchLogs, cloud: CloudContext): Record<string, Operation> => ({
  PutLogEvents: (input: PutLogEventsRequest) => {
    const group = logs.groups.get(input.logGroupName);
    logs.groups.stream(group, input.logStreamName);
    const events = input.logEvents ?? [];
    const bytes = events.reduce(
      (sum, event) => sum + Buffer.byteLength(event.message ?? '') + EVENT_OVERHEAD,
      0,
    );
    if (bytes > BATCH_BYTES) {
      throw new AwsError(
        'InvalidParameterException',
        `Upload too large: ${bytes} bytes exceeds limit of ${BATCH_BYTES}`,
      );
    }
    const now = cloud.clock.now();
    let tooNew: number | undefined;
    let tooOld: number | undefined;
    for (const [index, event] of events.entries()) {
      const timestamp = event.timestamp ?? now;
      const message = event.message ?? '';
      if (index > 0 && timestamp < (events[index - 1]?.timestamp ?? timestamp)) {
        throw new AwsError(
          'InvalidParameterException',
          'Log events in a single PutLogEvents request must be in chronological order.',
        );
      }
      if (message === '' || Buffer.byteLength(message) + EVENT_OVERHEAD > EVENT_BYTES) {
        throw new AwsError(
          'InvalidParameterException',
          `Log event too large: ${Buffer.byteLength(message) + EVENT_OVERHEAD} bytes exceeds limit of ${EVENT_BYTES}`,
        );
      }
      if (timestamp > now + 2 * HOUR) {
        tooNew ??= index;
      } else if (timestamp < now - 14 * 24 * HOUR) {
        tooOld = index + 1;
      } else {
        logs.store(group, input.logStreamName ?? '', message, timestamp);
      }
    }
    return {
      nextSequenceToken: cloud.token(56),
      ...(tooNew === undefined && tooOld === undefined
        ? {}
        : {
            rejectedLogEventsInfo: {
              tooNewLogEventStartIndex: tooNew,
              tooOldLogEventEndIndex: tooOld,
            },
          }),
    };
  },
  FilterLogEvents: (input: FilterLogEventsRequest) => {
    const group = logs.groups.get(input.logGroupName ?? input.logGroupIdentifier);
    logs.groups.expire(group);
    const matches = compileFilterPattern(input.filterPattern);
    const found = [...group.streams.values()]
      .filter((stream) => input.logStreamNames?.includes(stream.name) ?? true)
      .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''))
      .flatMap((stream) => stream.events.map((event) => ({ logStreamName: stream.name, ...event })))
      .filter((event) => event.timestamp >= (input.startTime ?? 0))
      .filter((event) => event.timestamp < (input.endTime ?? Number.POSITIVE_INFINITY))
      .filter((event) => matches(event.message))
      .sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
    const { items, nextToken } = page(found, input.limit ?? 10_000, input.nextToken);
    return { events: items, searchedLogStreams: [], nextToken };
  },
  GetLogEvents: (input: GetLogEventsRequest) => {
    const group = logs.groups.get(input.logGroupName ?? input.logGroupIdentifier);
    logs.groups.expire(group);
    const events = logs.groups
      .stream(group, input.logStreamName)
      .events.filter((event) => event.timestamp >= (input.startTime ?? 0))
      .filter((event) => event.timestamp < (input.endTime ?? Number.POSITIVE_INFINITY));
    const limit = input.limit ?? 10_000;
    const at = /^[fb]\/(\d+)$/.exec(input.nextToken ?? '')?.[1];
    const back = input.nextToken?.startsWith('b') ?? false;
    const position = at === undefined ? undefined : Number(at);
    const from =
      position === undefined
        ? input.startFromHead === true
          ? 0
          : Math.max(0, events.length - limit)
        : back
          ? Math.max(0, position - limit)
          : position;
    const slice = events.slice(from, back ? position : from + limit);
    return {
      events: slice.map(({ timestamp, message, ingestionTime }) => ({
        timestamp,
        message,
        ingestionTime,
      })),
      nextForwardToken: `f/${from + slice.length}`,
      nextBackwardToken: `b/${from}`,
    };
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
