import type {
  FilterLogEventsRequest,
  GetLogEventsRequest,
  PutLogEventsRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Operation } from '../service.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import type { LogGroup } from './log-groups.ts';
import type { CloudWatchLogs } from './logs-service.ts';
import { page } from './page.ts';

const BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD = 26;
const EVENT_BYTES = 1_048_576;
const HOUR = 3_600_000;

const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message);

/** Refuses a batch whose events are out of order, empty or too large: none of it is stored then. */
const checkEvents = (events: NonNullable<PutLogEventsRequest['logEvents']>): void => {
  let before = Number.NEGATIVE_INFINITY;
  for (const { timestamp = before, message = '' } of events) {
    if (timestamp < before) {
      throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
    }
    before = timestamp;
    const bytes = Buffer.byteLength(message) + EVENT_OVERHEAD;
    if (message === '' || bytes > EVENT_BYTES) {
      throw invalid(`Log event too large: ${bytes} bytes exceeds limit of ${EVENT_BYTES}`);
    }
  }
};

/** Stores what is neither too old nor too new, and tells what was left out. */
const store = (logs: CloudWatchLogs, group: LogGroup, input: PutLogEventsRequest, now: number) => {
  const events = input.logEvents ?? [];
  checkEvents(events);
  let tooNewLogEventStartIndex: number | undefined;
  let tooOldLogEventEndIndex: number | undefined;
  for (const [index, { timestamp = now, message = '' }] of events.entries()) {
    if (timestamp > now + 2 * HOUR) tooNewLogEventStartIndex ??= index;
    else if (timestamp < now - 14 * 24 * HOUR) tooOldLogEventEndIndex = index + 1;
    else logs.store(group, input.logStreamName ?? '', message, timestamp);
  }
  const isComplete = tooNewLogEventStartIndex === undefined && tooOldLogEventEndIndex === undefined;
  if (isComplete) return {};
  return { rejectedLogEventsInfo: { tooNewLogEventStartIndex, tooOldLogEventEndIndex } };
};

/** The operations that write and read log events. */
export const eventOperations = (
  logs: CloudWatchLogs,
  cloud: CloudContext,
): Record<string, Operation> => ({
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
    return { nextSequenceToken: cloud.token(56), ...store(logs, group, input, cloud.clock.now()) };
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
