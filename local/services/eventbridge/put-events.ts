import type { PutEventsRequest, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';
import { eventTime } from './event-envelope.ts';
import type { EventBridgeService } from './eventbridge-service.ts';
import type { ForwardingContext } from './target-call.ts';

const ENTRY_LIMIT = 262_144;
const MOST_ENTRIES = 10;

/** Bytes of an entry as AWS counts them: 14 for a time, and the texts. */
const sizeOf = (entry: PutEventsRequestEntry): number => {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
  return bytes + (entry.Time === undefined ? 0 : 14);
};

interface EntryFault {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

const invalidArgument = (ErrorMessage: string): EntryFault => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage,
});

const parseDetail = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const busPlace = (busName: string | undefined, here: Place): Place & { name: string } => {
  const arn = /^arn:[^:]+:events:([^:]*):([^:]*):event-bus\/(.+)$/.exec(busName ?? '');
  return arn === null
    ? { ...here, name: busName ?? 'default' }
    : { region: arn[1] ?? '', account: arn[2] ?? '', name: arn[3] ?? '' };
};

const putEntry = (
  cloud: CloudContext,
  here: Place,
  entry: PutEventsRequestEntry,
  context: ForwardingContext,
): { EventId: string } | EntryFault => {
  const { Source, DetailType, Detail, EventBusName } = entry;
  if (!Source)
    return invalidArgument('Parameter Source is not valid. Reason: Source is a required argument.');
  if (!DetailType)
    return invalidArgument(
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    );
  if (!Detail)
    return invalidArgument('Parameter Detail is not valid. Reason: Detail is a required argument.');
  const { forwardedEvent } = context;
  if (Source.startsWith('aws.') && forwardedEvent === undefined) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    };
  }
  const detail = parseDetail(Detail);
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  }
  const { name, ...place } = busPlace(EventBusName, here);
  const events = cloud.service<EventBridgeService>('eventbridge', place);
  if (!events.buses().some((bus) => bus.name === name)) {
    // AWS takes such an entry in, and loses it.
    cloud.warn(
      `events: an event of ${Source} went to the bus ${name} of ${place.account} in ${place.region}, which does not exist`,
    );
    return { EventId: cloud.uuid() };
  }
  const event = forwardedEvent ?? {
    version: '0' as const,
    id: cloud.uuid(),
    'detail-type': DetailType,
    source: Source,
    account: context.principal.account,
    time: eventTime(entry.Time?.getTime() ?? cloud.clock.now()),
    region: here.region,
    resources: entry.Resources ?? [],
    detail,
  };
  events.receive(event, name);
  return { EventId: event.id };
};

/** PutEvents: each entry for itself, the call as a whole only refused for its size. */
export const putEvents = (
  cloud: CloudContext,
  here: Place,
  input: PutEventsRequest,
  context: ForwardingContext,
) => {
  if (input.EndpointId !== undefined) throw notImplemented('events', 'PutEvents with EndpointId');
  const entries = input.Entries ?? [];
  if (entries.length < 1 || entries.length > MOST_ENTRIES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${entries.length} entries' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${MOST_ENTRIES} and greater than or equal to 1`,
    );
  }
  const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (size > ENTRY_LIMIT) {
    throw new AwsError(
      'ValidationException',
      `Total size of the entries in the request is over the limit of ${ENTRY_LIMIT} bytes.`,
    );
  }
  const Entries = entries.map((entry) => putEntry(cloud, here, entry, context));
  const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
  return { FailedEntryCount, Entries };
};
