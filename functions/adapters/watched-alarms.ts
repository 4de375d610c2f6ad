import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricAlarm,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { RULE_DEPTH_MAX, type WatchedAlarm, type WatchedMetric } from '../domain/alarm-gate.ts';
import { leavesOf } from '../domain/alarm-rule.ts';
import type { AlarmState } from '../domain/tick-sight.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

/** DescribeAlarms takes at most 100 names. */
const NAMES_MAX = 100;
/** Beyond so many alarms below the watched ones nobody understands the composite alarm any more. */
const CHILDREN_MAX = 200;
/** Periods that must have had data, and the delay with which metrics arrive. */
const PERIODS = 3;
const DELAY_SECONDS = 120;
const LATELY_SECONDS = 14 * 86_400;

const secondsOf = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/**
 * The watched alarms and, of composite alarms, the alarms they stand on, each once, with what says whether they could fire. What
 * an alarm compares is asked of CloudWatch by the alarm's own queries: so metric math and anomaly bands are judged by what they
 * give, not by what we think of them.
 */
export const watchedAlarms = async (
  runtime: Runtime,
  place: Place,
  names: readonly string[],
): Promise<WatchedAlarm[]> => {
  const cloudWatch = aws(runtime)(CloudWatchClient, place);

  const describe = async (some: readonly string[]) => {
    const found = new Map<string, MetricAlarm | CompositeAlarm>();
    for (let from = 0; from < some.length; from += NAMES_MAX) {
      const answer = await cloudWatch.send(
        new DescribeAlarmsCommand({
          AlarmNames: some.slice(from, from + NAMES_MAX),
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        }),
      );
      for (const alarm of [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])]) {
        found.set(alarm.AlarmName ?? '', alarm);
      }
    }
    return found;
  };

  /** Which of the queries that return data have any since then; a query that CloudWatch refuses has none. */
  const withData = async (
    queries: readonly MetricDataQuery[],
    seconds: number,
  ): Promise<ReadonlySet<string>> => {
    const now = secondsOf(runtime.now());
    try {
      const answer = await cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: [...queries],
          StartTime: new Date((now - seconds) * 1000),
          EndTime: new Date(now * 1000),
        }),
      );
      return new Set(
        (answer.MetricDataResults ?? [])
          .filter(({ Values }) => (Values ?? []).length > 0)
          .map(({ Id }) => Id ?? ''),
      );
    } catch (error) {
      if (error instanceof Error && error.name === 'ValidationError') return new Set();
      throw error;
    }
  };

  const metricOf = async (query: MetricDataQuery, silent: boolean): Promise<WatchedMetric> => {
    const metric = query.MetricStat?.Metric;
    const dimensions = Object.fromEntries(
      (metric?.Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']),
    );
    const namespace = metric?.Namespace ?? '';
    const asked = silent
      ? await pastOf(metric ?? {}, namespace)
      : { companion: true, lately: true };
    return {
      namespace,
      name: metric?.MetricName ?? '',
      dimensions,
      companionHasData: asked.companion,
      seenLately: asked.lately,
    };
  };

  /** Only of a metric that is silent now. */
  const pastOf = async (metric: object, namespace: string) => {
    const stat = (over: object, Period: number): MetricDataQuery => ({
      Id: 'm',
      MetricStat: { Metric: { ...metric, ...over }, Period, Stat: 'SampleCount' },
    });
    if (namespace === 'AWS/ApplicationELB') {
      const beside = await withData(
        [stat({ MetricName: 'RequestCount' }, 60)],
        PERIODS * 60 + DELAY_SECONDS,
      );
      return { companion: beside.has('m'), lately: false };
    }
    const lately = await withData([stat({}, 3600)], LATELY_SECONDS);
    return { companion: false, lately: lately.has('m') };
  };

  const ofMetric = async (alarm: MetricAlarm): Promise<WatchedAlarm> => {
    const band = alarm.ThresholdMetricId;
    const queries = queriesOf(alarm);
    const compared = queries.find(({ Id, ReturnData }) => Id !== band && ReturnData !== false)?.Id;
    const asked = queries.map((query) => ({
      ...query,
      ReturnData: query.Id === compared || query.Id === band,
    }));
    const period = Math.max(
      60,
      ...queries.map((query) => query.MetricStat?.Period ?? query.Period ?? 0),
    );
    const data = await withData(asked, PERIODS * period + DELAY_SECONDS);
    const hasData = compared !== undefined && data.has(compared);
    return {
      ...common(alarm),
      kind: band === undefined ? 'metric' : 'anomaly',
      treatMissingData: alarm.TreatMissingData ?? 'missing',
      hasData,
      bandHasData: band === undefined || data.has(band),
      metrics: await Promise.all(
        queries
          .filter(({ MetricStat }) => MetricStat?.Metric?.MetricName !== undefined)
          .map((query) => metricOf(query, !hasData && alarm.TreatMissingData === 'notBreaching')),
      ),
      rule: null,
      suppressedBy: null,
    };
  };

  const all = new Map<string, WatchedAlarm>();
  let next = [...new Set(names)];
  for (let depth = 0; depth <= RULE_DEPTH_MAX && next.length > 0; depth += 1) {
    const found = await describe(next);
    const read = await Promise.all(
      next.map(async (name) => {
        const alarm = found.get(name);
        if (alarm === undefined) return { ...absent, name };
        return 'AlarmRule' in alarm ? ofComposite(alarm) : ofMetric(alarm);
      }),
    );
    for (const alarm of read) all.set(alarm.name, alarm);
    next = [...new Set(read.flatMap(({ rule }) => leavesOf(rule ?? '').map((leaf) => leaf.alarm)))]
      .filter((name) => !all.has(name))
      .slice(0, CHILDREN_MAX);
  }
  return [...all.values()];
};

const common = (alarm: MetricAlarm | CompositeAlarm) => ({
  name: alarm.AlarmName ?? '',
  state: (alarm.StateValue ?? null) as AlarmState | null,
  muted: alarm.ActionsEnabled === false,
});

const absent: Omit<WatchedAlarm, 'name'> = {
  state: null,
  kind: 'metric',
  treatMissingData: 'missing',
  hasData: false,
  bandHasData: true,
  metrics: [],
  rule: null,
  muted: false,
  suppressedBy: null,
};

const ofComposite = (alarm: CompositeAlarm): WatchedAlarm => ({
  ...absent,
  ...common(alarm),
  kind: 'composite',
  rule: alarm.AlarmRule ?? '',
  suppressedBy: alarm.ActionsSuppressedBy ?? null,
});

/** A metric alarm's queries as CloudWatch evaluates them: one of a single metric is written as one query. */
const queriesOf = (alarm: MetricAlarm): MetricDataQuery[] => {
  if (alarm.Metrics !== undefined && alarm.Metrics.length > 0) return alarm.Metrics;
  return [
    {
      Id: 'm1',
      MetricStat: {
        Metric: {
          Namespace: alarm.Namespace,
          MetricName: alarm.MetricName,
          Dimensions: alarm.Dimensions,
        },
        Period: alarm.Period,
        Stat: alarm.Statistic ?? alarm.ExtendedStatistic,
      },
      ReturnData: true,
    },
  ];
};
