import type {
  Edge,
  GetServiceGraphRequest,
  GetTimeSeriesServiceStatisticsRequest,
  Service,
  TimeSeriesServiceStatistics,
} from '@aws-sdk/client-xray';
import { callerOf, matches } from './filter-match.ts';
import { type Filter, parseFilter } from './filter-parser.ts';
import type { Groups } from './groups.ts';
import { Tally } from './statistics.ts';
import type { Segment, Trace } from './trace.ts';
import type { TraceStore } from './trace-store.ts';
import { invalidRequest, notDone } from './xray-error.ts';

const SIX_HOURS = 6 * 60 * 60_000;

/** A time range that must be there and not longer than X-Ray answers. */
export const checkedRange = (
  start: Date | undefined,
  end: Date | undefined,
  longest: number = SIX_HOURS,
): { from: number; to: number } => {
  if (!start || !end) throw invalidRequest('StartTime and EndTime are required');
  const from = start.getTime();
  const to = end.getTime();
  if (from >= to) throw invalidRequest('StartTime must be before EndTime');
  if (to - from > longest) {
    throw invalidRequest(`The time range cannot be longer than ${longest / 3_600_000} hours`);
  }
  return { from, to };
};

const groupOf = (
  groups: Groups,
  { GroupName, GroupARN }: Pick<GetServiceGraphRequest, 'GroupName' | 'GroupARN'>,
) =>
  GroupName === undefined && GroupARN === undefined
    ? undefined
    : groups.get({ GroupName, GroupARN });

/** What of a trace an entity selector picks: a service's segments, or those called over an edge. */
const selected = (selector: Filter, trace: Trace): readonly Segment[] =>
  trace.segments.filter((segment) => {
    // The segment alone, so that the selector speaks of it and not of its neighbours.
    if (selector.kind === 'service') return matches(selector, { ...trace, segments: [segment] });
    const caller = callerOf(segment, trace);
    return caller !== undefined && matches(selector, { ...trace, segments: [caller, segment] });
  });

const selectorOf = (expression: string | undefined): Filter | undefined => {
  if (expression === undefined) return undefined;
  if (expression.length > 500) {
    throw invalidRequest('EntitySelectorExpression must not exceed 500 characters');
  }
  const selector = parseFilter(expression);
  if (selector.kind === 'service' || selector.kind === 'edge') return selector;
  throw invalidRequest(
    `EntitySelectorExpression must select a service or an edge, such as service("name"), got ${expression}`,
  );
};

/** GetTimeSeriesServiceStatistics: without a selector, statistics of all edges together. */
export const timeSeriesStatistics = (
  input: GetTimeSeriesServiceStatisticsRequest,
  store: TraceStore,
  groups: Groups,
) => {
  if (input.ForecastStatistics) throw notDone('ForecastStatistics');
  const { from, to } = checkedRange(input.StartTime, input.EndTime);
  const period = (input.Period ?? 60) * 1_000;
  if (period !== 60_000 && period !== 300_000) {
    throw invalidRequest(`Period ${input.Period} must be 60 or 300 seconds`);
  }
  const group = groupOf(groups, input);
  const selector = selectorOf(input.EntitySelectorExpression);
  const tallies = new Map<number, Tally>();
  for (const trace of store.between(from, to, group?.arn)) {
    const segments = selector ? selected(selector, trace) : trace.segments;
    if (segments.length === 0) continue;
    const start = Math.floor(trace.at / period) * period;
    const tally = tallies.get(start) ?? new Tally();
    tallies.set(start, tally);
    for (const segment of segments) tally.add(segment, trace.count);
  }
  const key = selector?.kind === 'service' ? 'ServiceSummaryStatistics' : 'EdgeSummaryStatistics';
  const series = [...tallies]
    .sort(([a], [b]) => a - b)
    .map(
      ([start, tally]): TimeSeriesServiceStatistics => ({
        Timestamp: new Date(start),
        [key]: tally.statistics,
        ResponseTimeHistogram: tally.histogram,
      }),
    );
  return {
    TimeSeriesServiceStatistics: series,
    ContainsOldGroupVersions: (group?.changedAt ?? Number.NEGATIVE_INFINITY) > from,
  };
};

interface Node {
  readonly id: number;
  readonly segments: Tally;
  readonly edges: Map<number, Tally>;
  root: boolean;
  origin: string | undefined;
}

/** GetServiceGraph: the services of a time range and who called whom. */
export const serviceGraph = (
  input: GetServiceGraphRequest,
  store: TraceStore,
  groups: Groups,
  account: string,
) => {
  const { from, to } = checkedRange(input.StartTime, input.EndTime);
  const group = groupOf(groups, input);
  const nodes = new Map<string, Node>();
  const clients = new Map<string, { readonly id: number; readonly edge: Tally }>();
  let ids = 0;
  const nodeOf = ({ name, origin }: Segment): Node => {
    const known = nodes.get(name);
    if (known) return known;
    const node = { id: ids++, segments: new Tally(), edges: new Map(), root: false, origin };
    nodes.set(name, node);
    return node;
  };
  for (const trace of store.between(from, to, group?.arn)) {
    for (const segment of trace.segments) {
      const node = nodeOf(segment);
      node.origin ??= segment.origin;
      node.segments.add(segment, trace.count);
      const caller = callerOf(segment, trace);
      if (caller) {
        const { edges } = nodeOf(caller);
        const edge = edges.get(node.id) ?? new Tally();
        edges.set(node.id, edge);
        edge.add(segment, trace.count);
        continue;
      }
      node.root = true;
      const client = clients.get(segment.name) ?? { id: ids++, edge: new Tally() };
      clients.set(segment.name, client);
      client.edge.add(segment, trace.count);
    }
  }
  const times = { StartTime: new Date(from), EndTime: new Date(to) };
  const edgeView = (id: number, tally: Tally): Edge => ({
    ReferenceId: id,
    ...times,
    SummaryStatistics: tally.statistics,
    ResponseTimeHistogram: tally.histogram,
    Aliases: [],
  });
  const services = [...nodes].map(
    ([name, node]): Service => ({
      ReferenceId: node.id,
      Name: name,
      Names: [name],
      Root: node.root,
      AccountId: account,
      ...(node.origin === undefined ? {} : { Type: node.origin }),
      State: 'active',
      ...times,
      Edges: [...node.edges].map(([id, tally]) => edgeView(id, tally)),
      SummaryStatistics: node.segments.statistics,
      DurationHistogram: node.segments.histogram,
      ResponseTimeHistogram: node.segments.histogram,
    }),
  );
  const outside = [...clients].map(
    ([name, { id, edge }]): Service => ({
      ReferenceId: id,
      Name: name,
      Names: [name],
      Type: 'client',
      State: 'unknown',
      ...times,
      Edges: [edgeView(nodes.get(name)?.id ?? 0, edge)],
    }),
  );
  return {
    ...times,
    Services: [...services, ...outside].sort((a, b) => (a.ReferenceId ?? 0) - (b.ReferenceId ?? 0)),
    ContainsOldGroupVersions: (group?.changedAt ?? Number.NEGATIVE_INFINITY) > from,
  };
};
