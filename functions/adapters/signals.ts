import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandOutput,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import {
  GetTimeSeriesServiceStatisticsCommand,
  type TimeSeriesServiceStatistics,
  XRayClient,
} from '@aws-sdk/client-xray';
import { MINUTE } from '../domain/instant.ts';
import type { ColorReading, Window } from '../domain/step-evidence.ts';
import type { AlarmState } from '../domain/tick-sight.ts';
import type { AlarmMetric, ColorAsked, Signals } from '../ports/signals.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

const PERIOD = 60;
const HOUR = 3_600;
/** DescribeAlarms takes at most 100 names. */
const NAMES_MAX = 100;

const SERIES = {
  requests: ['RequestCount', 'Sum'],
  success: ['HTTPCode_Target_2XX_Count', 'Sum'],
  redirect: ['HTTPCode_Target_3XX_Count', 'Sum'],
  clientError: ['HTTPCode_Target_4XX_Count', 'Sum'],
  serverError: ['HTTPCode_Target_5XX_Count', 'Sum'],
} as const;
type Series = keyof typeof SERIES | 'fast' | 'slow' | 'failed';

/** `arn:…:targetgroup/name/id` → `targetgroup/name/id`: the `TargetGroup` dimension. */
export const groupFullName = (targetGroupArn: string): string =>
  targetGroupArn.slice(targetGroupArn.indexOf('targetgroup/'));

/** CloudWatch and X-Ray for the target behind one load balancer. */
export const signals = (runtime: Runtime, place: Place, loadBalancerFullName: string): Signals => {
  const cloudWatch = aws(runtime)(CloudWatchClient, place);
  const xray = aws(runtime)(XRayClient, place);

  const metricData = async (
    queries: MetricDataQuery[],
    window: Window,
  ): Promise<Map<string, MetricDataResult>> => {
    const results = new Map<string, MetricDataResult>();
    let NextToken: string | undefined;
    do {
      const page = await cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: queries,
          StartTime: new Date(window.from),
          EndTime: new Date(window.until),
          ScanBy: 'TimestampAscending',
          NextToken,
        }),
      );
      for (const result of page.MetricDataResults ?? []) {
        const before = results.get(result.Id ?? '');
        results.set(result.Id ?? '', {
          ...result,
          Timestamps: [...(before?.Timestamps ?? []), ...(result.Timestamps ?? [])],
          Values: [...(before?.Values ?? []), ...(result.Values ?? [])],
        });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return results;
  };

  const queryOf = (Id: string, metric: AlarmMetric, Stat: string, Period = PERIOD) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace: metric.namespace,
        MetricName: metric.name,
        Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period,
      Stat,
    },
  });

  const balancerMetric = (name: string, TargetGroup: string): AlarmMetric => ({
    namespace: 'AWS/ApplicationELB',
    name,
    dimensions: { LoadBalancer: loadBalancerFullName, TargetGroup },
  });

  const queriesOf = (
    role: string,
    { targetGroup, errors }: ColorAsked,
    slowAboveMs: number | null,
  ): MetricDataQuery[] => {
    const counts = Object.entries(SERIES).map(([series, [name, stat]]) =>
      queryOf(`${role}_${series}`, balancerMetric(name, targetGroup), stat),
    );
    const times = balancerMetric('TargetResponseTime', targetGroup);
    // A trimmed count's lower bound is exclusive, its upper one inclusive: together they are all answers.
    const limit = (slowAboveMs ?? 0) / 1000;
    return [
      ...counts,
      ...(slowAboveMs === null
        ? []
        : [
            queryOf(`${role}_fast`, times, `TC(:${limit})`),
            queryOf(`${role}_slow`, times, `TC(${limit}:)`),
          ]),
      ...(errors === null ? [] : [queryOf(`${role}_failed`, errors, 'Sum')]),
    ];
  };

  const traceSeries = async (
    GroupName: string,
    service: string,
    window: Window,
  ): Promise<TimeSeriesServiceStatistics[]> => {
    const series: TimeSeriesServiceStatistics[] = [];
    let NextToken: string | undefined;
    do {
      const page = await xray.send(
        new GetTimeSeriesServiceStatisticsCommand({
          StartTime: new Date(window.from),
          EndTime: new Date(window.until),
          GroupName,
          EntitySelectorExpression: `service("${service}")`,
          Period: PERIOD,
          NextToken,
        }),
      );
      series.push(...(page.TimeSeriesServiceStatistics ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return series;
  };

  const describe = async (names: readonly string[]) => {
    const answers: DescribeAlarmsCommandOutput[] = [];
    for (let from = 0; from < names.length; from += NAMES_MAX) {
      answers.push(
        await cloudWatch.send(
          new DescribeAlarmsCommand({
            AlarmNames: names.slice(from, from + NAMES_MAX),
            AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          }),
        ),
      );
    }
    return {
      metric: answers.flatMap((answer) => answer.MetricAlarms ?? []),
      composite: answers.flatMap((answer) => answer.CompositeAlarms ?? []),
    };
  };

  return {
    read: async ({ stable, candidate, slowAboveMs }, window) => {
      const results = await metricData(
        [
          ...queriesOf('stable', stable, slowAboveMs),
          ...queriesOf('candidate', candidate, slowAboveMs),
        ],
        window,
      );
      return {
        stable: colorReading('stable', results),
        candidate: colorReading('candidate', results),
      };
    },
    hourlyRequests: async (targetGroups, window) => {
      const results = await metricData(
        targetGroups.map((group, index) =>
          queryOf(`g${index}`, balancerMetric('RequestCount', group), 'Sum', HOUR),
        ),
        window,
      );
      const hours = new Map<number, number>();
      for (const { Timestamps = [], Values = [] } of results.values()) {
        for (const [index, time] of Timestamps.entries()) {
          const startAt = time.getTime();
          hours.set(startAt, (hours.get(startAt) ?? 0) + (Values[index] ?? 0));
        }
      }
      return [...hours].map(([startAt, requests]) => ({ startAt, requests }));
    },
    states: async (names) => {
      const found = await describe(names);
      const states = new Map(
        [...found.metric, ...found.composite].map((each) => [each.AlarmName, each.StateValue]),
      );
      return new Map(names.map((name) => [name, (states.get(name) ?? null) as AlarmState | null]));
    },
    withData: async (metrics, window) => {
      if (metrics.length === 0) return [];
      const results = await metricData(
        metrics.map((metric, index) => queryOf(`m${index}`, metric, 'SampleCount')),
        window,
      );
      return metrics.map((_, index) => (results.get(`m${index}`)?.Values ?? []).length > 0);
    },
    traces: async (group, service, window) => {
      const series = (await traceSeries(group, service, window)).map(traced);
      const sum = (of: (one: (typeof series)[number]) => number) =>
        series.reduce((total, one) => total + of(one), 0);
      return { requests: sum(({ requests }) => requests), faults: sum(({ faults }) => faults) };
    },
    tracedPeriods: async (group, service, window) =>
      (await traceSeries(group, service, window)).map(traced),
  };
};

const traced = ({ Timestamp, ServiceSummaryStatistics }: TimeSeriesServiceStatistics) => ({
  startAt: Math.floor((Timestamp?.getTime() ?? 0) / MINUTE) * MINUTE,
  requests: ServiceSummaryStatistics?.TotalCount ?? 0,
  faults: ServiceSummaryStatistics?.FaultStatistics?.TotalCount ?? 0,
});

/** One series per metric that was asked for; one that is not Complete makes the whole reading unbelievable. */
const colorReading = (role: string, results: Map<string, MetricDataResult>): ColorReading => {
  const own = [...results].filter(([id]) => id.startsWith(`${role}_`)).map(([, result]) => result);
  const complete =
    own.length >= Object.keys(SERIES).length &&
    own.every(({ StatusCode }) => StatusCode === 'Complete');
  const valueAt = (name: Series, at: number): number | null => {
    const series = results.get(`${role}_${name}`);
    const index = (series?.Timestamps ?? []).findIndex((time) => time.getTime() === at);
    return series?.Values?.[index] ?? null;
  };
  const periods = (results.get(`${role}_requests`)?.Timestamps ?? []).map((time) => {
    const startAt = time.getTime();
    return {
      startAt,
      requests: valueAt('requests', startAt),
      success: valueAt('success', startAt),
      redirect: valueAt('redirect', startAt),
      clientError: valueAt('clientError', startAt),
      serverError: valueAt('serverError', startAt),
      fast: valueAt('fast', startAt),
      slow: valueAt('slow', startAt),
      failed: valueAt('failed', startAt),
    };
  });
  return { complete, periods };
};
