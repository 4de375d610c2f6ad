import type {
  GetTraceSummariesRequest,
  GetTraceSummariesResult,
  ServiceId,
  TraceSummary,
  ValueWithServiceIds,
} from '@aws-sdk/client-xray';
import { durationOf, matches } from './filter-match.ts';
import { parseFilter } from './filter-parser.ts';
import { checkedRange } from './service-statistics.ts';
import { type AnnotationValue, rootOf, type Segment, type Trace } from './trace.ts';
import type { TraceStore } from './trace-store.ts';
import { invalidRequest, notDone } from './xray-error.ts';

const DAY = 24 * 60 * 60_000;
const PAGE = 1_000;

const serviceIdOf = ({ name, origin }: Segment, AccountId: string): ServiceId => ({
  Name: name,
  Names: [name],
  AccountId,
  ...(origin === undefined ? {} : { Type: origin }),
});

const annotationValue = (
  value: AnnotationValue,
): NonNullable<ValueWithServiceIds['AnnotationValue']> => {
  if (typeof value === 'number') return { NumberValue: value };
  return typeof value === 'boolean' ? { BooleanValue: value } : { StringValue: value };
};

const annotationsOf = (trace: Trace, account: string): Record<string, ValueWithServiceIds[]> => {
  const found: Record<string, ValueWithServiceIds[]> = {};
  for (const segment of trace.segments) {
    for (const [key, value] of Object.entries(segment.annotations)) {
      found[key] = [
        ...(found[key] ?? []),
        { AnnotationValue: annotationValue(value), ServiceIds: [serviceIdOf(segment, account)] },
      ];
    }
  }
  return found;
};

const summaryOf = (trace: Trace, id: string, account: string): TraceSummary => {
  const root = rootOf(trace);
  const starts = trace.segments.map(({ startTime }) => startTime);
  const http = root?.http ?? {};
  return {
    Id: id,
    StartTime: new Date(Math.min(...starts)),
    Duration: durationOf(trace),
    ResponseTime: (root?.duration ?? 0) / 1_000,
    HasFault: trace.segments.some(({ fault }) => fault),
    HasError: trace.segments.some(({ error }) => error),
    HasThrottle: trace.segments.some(({ throttle }) => throttle),
    IsPartial: trace.segments.some(({ duration }) => duration === undefined),
    Http: {
      ...(http.url === undefined ? {} : { HttpURL: http.url }),
      ...(http.status === undefined ? {} : { HttpStatus: http.status }),
      ...(http.method === undefined ? {} : { HttpMethod: http.method }),
    },
    Annotations: annotationsOf(trace, account),
    ServiceIds: trace.segments.map((segment) => serviceIdOf(segment, account)),
    ...(root ? { EntryPoint: serviceIdOf(root, account) } : {}),
    Revision: trace.segments.length,
  };
};

/** GetTraceSummaries. Each request has a summary of its own, also where many went alike. */
export const traceSummaries = (
  input: GetTraceSummariesRequest,
  store: TraceStore,
  account: string,
  now: number,
): GetTraceSummariesResult => {
  if (input.Sampling || input.SamplingStrategy) throw notDone('Sampling of GetTraceSummaries');
  if (input.TimeRangeType === 'Service') throw notDone('TimeRangeType Service');
  const { from, to } = checkedRange(input.StartTime, input.EndTime, DAY);
  const filter =
    input.FilterExpression === undefined ? undefined : parseFilter(input.FilterExpression);
  const traces = store.between(from, to, undefined);
  const found = traces
    .filter((trace) => filter === undefined || matches(filter, trace))
    .flatMap((trace) => store.idsOf(trace).map((id) => ({ trace, id })));
  const start = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isSafeInteger(start) || start < 0) throw invalidRequest('Invalid NextToken');
  const next = start + PAGE;
  return {
    TraceSummaries: found.slice(start, next).map(({ trace, id }) => summaryOf(trace, id, account)),
    ApproximateTime: new Date(now),
    TracesProcessedCount: traces.reduce((sum, { count }) => sum + count, 0),
    ...(next < found.length ? { NextToken: String(next) } : {}),
  };
};
