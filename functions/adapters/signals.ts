import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandOutput,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { GetTimeSeriesServiceStatisticsCommand, XRayClient } from '@aws-sdk/client-xray';
import type { ColorReading, Window } from '../domain/step-evidence.ts';
import type { AlarmState } from '../domain/tick-sight.ts';
import type { AlarmMetric, AlarmSight, Signals } from '../ports/signals.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

const PERIOD = 60;
/** DescribeAlarms takes at most 100 names. */
const NAMES_MAX = 100;

const SERIES = {
  requests: ['RequestCount', 'Sum'],
  success: ['HTTPCode_Target_2XX_Count', 'Sum'],
  redirect: ['HTTPCode_Target_3XX_Count', 'Sum'],
  clientError: ['HTTPCode_Target_4XX_Count', 'Sum'],
  p99: ['TargetResponseTime', 'p99'],
} as const;
type Series = keyof typeof SERIES;
const SERIES_NAMES = Object.keys(SERIES) as Series[];

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

  const queriesOf = (role: string, group: string): MetricDataQuery[] =>
    SERIES_NAMES.map((series) => ({
      Id: `${role}_${series}`,
      MetricStat: {
        Metric: {
          Namespace: 'AWS/ApplicationELB',
          MetricName: SERIES[series][0],
          Dimensions: [
            { Name: 'LoadBalancer', Value: loadBalancerFullName },
            { Name: 'TargetGroup', Value: group },
          ],
        },
        Period: PERIOD,
        Stat: SERIES[series][1],
      },
    }));

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
    read: async (groups, window) => {
      const results = await metricData(
        [...queriesOf('stable', groups.stable), ...queriesOf('candidate', groups.candidate)],
        window,
      );
      return {
        stable: colorReading('stable', results),
        candidate: colorReading('candidate', results),
      };
    },
    states: async (names) => {
      const found = await describe(names);
      const states = new Map(
        [...found.metric, ...found.composite].map((each) => [each.AlarmName, each.StateValue]),
      );
      return new Map(names.map((name) => [name, (states.get(name) ?? null) as AlarmState | null]));
    },
    alarms: async (names) => {
      const found = await describe(names);
      return names.map((name): AlarmSight => {
        const metric = found.metric.find((each) => each.AlarmName === name);
        const composite = found.composite.find((each) => each.AlarmName === name);
        const own: AlarmMetric[] =
          metric?.MetricName === undefined
            ? []
            : [metricOf(metric.Namespace, metric.MetricName, metric.Dimensions)];
        const queried = (metric?.Metrics ?? []).flatMap(({ MetricStat }) =>
          MetricStat?.Metric?.MetricName === undefined
            ? []
            : [
                metricOf(
                  MetricStat.Metric.Namespace,
                  MetricStat.Metric.MetricName,
                  MetricStat.Metric.Dimensions,
                ),
              ],
        );
        return {
          name,
          state: (metric?.StateValue ?? composite?.StateValue ?? null) as AlarmState | null,
          composite: composite !== undefined,
          treatMissingData: metric?.TreatMissingData ?? 'missing',
          metrics: [...own, ...queried],
        };
      });
    },
    withData: async (metrics, window) => {
      if (metrics.length === 0) return [];
      const results = await metricData(
        metrics.map(({ namespace, name, dimensions }, index) => ({
          Id: `m${index}`,
          MetricStat: {
            Metric: {
              Namespace: namespace,
              MetricName: name,
              Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            },
            Period: PERIOD,
            Stat: 'SampleCount',
          },
        })),
        window,
      );
      return metrics.map((_, index) => (results.get(`m${index}`)?.Values ?? []).length > 0);
    },
    traces: async (GroupName, service, window) => {
      const answer = await xray.send(
        new GetTimeSeriesServiceStatisticsCommand({
          StartTime: new Date(window.from),
          EndTime: new Date(window.until),
          GroupName,
          EntitySelectorExpression: `service("${service}")`,
          Period: PERIOD,
        }),
      );
      const summaries = (answer.TimeSeriesServiceStatistics ?? []).map(
        (each) => each.ServiceSummaryStatistics,
      );
      const sum = (count: (summary: (typeof summaries)[number]) => number | undefined) =>
        summaries.reduce((total, summary) => total + (count(summary) ?? 0), 0);
      return {
        requests: sum((summary) => summary?.TotalCount),
        faults: sum((summary) => summary?.FaultStatistics?.TotalCount),
      };
    },
  };
};

const metricOf = (
  namespace: string | undefined,
  name: string,
  dimensions: { Name?: string | undefined; Value?: string | undefined }[] | undefined,
): AlarmMetric => ({
  namespace: namespace ?? '',
  name,
  dimensions: Object.fromEntries(
    (dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']),
  ),
});

/** One series per metric; a series that is not Complete makes the whole reading unbelievable. */
const colorReading = (role: string, results: Map<string, MetricDataResult>): ColorReading => {
  const series = Object.fromEntries(
    SERIES_NAMES.map((name) => [name, results.get(`${role}_${name}`)]),
  ) as Record<Series, MetricDataResult | undefined>;
  const complete = SERIES_NAMES.every((name) => series[name]?.StatusCode === 'Complete');
  const valueAt = (name: Series, at: number): number | null => {
    const index = (series[name]?.Timestamps ?? []).findIndex((time) => time.getTime() === at);
    return series[name]?.Values?.[index] ?? null;
  };
  const p99Ms = (at: number): number | null => {
    const seconds = valueAt('p99', at);
    return seconds === null ? null : seconds * 1000;
  };
  const periods = (series.requests?.Timestamps ?? []).map((time) => {
    const startAt = time.getTime();
    return {
      startAt,
      requests: valueAt('requests', startAt),
      success: valueAt('success', startAt),
      redirect: valueAt('redirect', startAt),
      clientError: valueAt('clientError', startAt),
      p99Ms: p99Ms(startAt),
    };
  });
  return { complete, periods };
};
