import type {
  Datapoint,
  GetMetricDataInput,
  GetMetricDataOutput,
  GetMetricStatisticsInput,
  ListMetricsInput,
  MetricDataResult,
  MetricDatum,
  PutMetricDataInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import type { Aggregate } from './aggregate.ts';
import type { AnomalyDetectors } from './anomaly-detectors.ts';
import {
  invalidCombination,
  invalidParameter,
  unsupportedField,
  validationError,
} from './cloudwatch-error.ts';
import { MetricQueries, timesIn } from './metric-query.ts';
import type { MetricName, MetricStore, Observation } from './metric-store.ts';
import { page } from './page.ts';
import { checkPeriod, checkStatistic, dimensionsOf } from './query-parts.ts';
import type { TimeSeries } from './time-series.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MOST_POINTS = 100_800;

const valuesOf = (datum: MetricDatum): Observation['values'] => {
  if (datum.Value !== undefined) return [{ value: datum.Value, count: 1 }];
  const counts = datum.Counts;
  if (counts && counts.length !== datum.Values?.length) {
    throw invalidParameter(
      `The parameters MetricData.member.Values and MetricData.member.Counts must be of the same size.`,
    );
  }
  return (datum.Values ?? []).map((value, index) => ({ value, count: counts?.[index] ?? 1 }));
};

const observationOf = (namespace: string, datum: MetricDatum, now: number): Observation => {
  const name = datum.MetricName;
  if (!name) throw invalidParameter('The parameter MetricData.member.MetricName is required.');
  const given = [datum.Value, datum.Values, datum.StatisticValues].filter((v) => v !== undefined);
  if (given.length !== 1) {
    throw invalidCombination(
      `The parameters MetricData.member.Value, Values and StatisticValues of ${name} are mutually exclusive and one is required.`,
    );
  }
  const values = valuesOf(datum);
  const wrong = values.find(({ value }) => !Number.isFinite(value));
  if (wrong) {
    throw invalidParameter(
      `The value ${wrong.value} for parameter MetricData.member.Value is invalid.`,
    );
  }
  if ((datum.Dimensions ?? []).length > 30) {
    throw invalidParameter(
      `The collection Dimensions of ${name} must not have a size greater than 30.`,
    );
  }
  const at = datum.Timestamp?.getTime() ?? now;
  if (at > now + 2 * HOUR || at < now - 14 * 24 * HOUR) {
    throw invalidParameter(
      `The parameter MetricData.member.Timestamp ${new Date(at).toISOString()} must specify a time within the past two weeks and no more than two hours in the future.`,
    );
  }
  const resolution = datum.StorageResolution ?? 60;
  if (resolution !== 1 && resolution !== 60) {
    throw invalidParameter(
      `The value ${resolution} for parameter StorageResolution must be 1 or 60.`,
    );
  }
  const set = datum.StatisticValues;
  return {
    namespace,
    name,
    dimensions: dimensionsOf(datum.Dimensions),
    at,
    unit: datum.Unit,
    resolution,
    values,
    statistics: set && {
      count: set.SampleCount ?? 0,
      sum: set.Sum ?? 0,
      min: set.Minimum ?? 0,
      max: set.Maximum ?? 0,
    },
  };
};

/** Checks a PutMetricData request; nothing is kept unless all of it can be. */
export const observationsOf = (input: PutMetricDataInput, now: number): Observation[] => {
  const namespace = input.Namespace ?? '';
  if (namespace === '' || namespace.startsWith('AWS/')) {
    throw invalidParameter(`The value ${namespace} for parameter Namespace is invalid.`);
  }
  if (input.EntityMetricData) throw unsupportedField('PutMetricData', 'EntityMetricData');
  const data = input.MetricData ?? [];
  if (data.length > 1_000) {
    throw invalidParameter('The collection MetricData must not have a size greater than 1000.');
  }
  return data.map((datum) => observationOf(namespace, datum, now));
};

const rangeOf = (
  start: Date | undefined,
  end: Date | undefined,
  grain: number,
): { from: number; to: number } => {
  if (!start || !end) throw validationError('The parameters StartTime and EndTime are required.');
  if (start.getTime() >= end.getTime()) {
    throw validationError('The parameter StartTime must be less than the parameter EndTime.');
  }
  return { from: Math.floor(start.getTime() / grain) * grain, to: end.getTime() };
};

interface Line {
  readonly id: string;
  readonly series: TimeSeries;
}

const resultsOf = (
  lines: readonly Line[],
  descending: boolean,
  size: number,
  offset: number,
): { results: MetricDataResult[]; more: boolean } => {
  let passed = 0;
  const results = lines.map(({ id, series }): MetricDataResult => {
    const points = [...series.points].sort(([a], [b]) => (descending ? b - a : a - b));
    const from = Math.max(0, offset - passed);
    const to = Math.max(0, offset + size - passed);
    passed += points.length;
    const shown = points.slice(from, to);
    return {
      Id: id,
      Label: series.label,
      Timestamps: shown.map(([time]) => new Date(time)),
      Values: shown.map(([, value]) => value),
      StatusCode: points.length > to ? 'PartialData' : 'Complete',
    };
  });
  return { results, more: passed > offset + size };
};

/** GetMetricData. */
export const getMetricData = (
  input: GetMetricDataInput,
  store: MetricStore,
  now: number,
  detectors: AnomalyDetectors,
): GetMetricDataOutput => {
  const list = input.MetricDataQueries ?? [];
  if (list.length === 0) throw validationError('The parameter MetricDataQueries is required.');
  if (list.length > 500) {
    throw validationError(
      'The collection MetricDataQueries must not have a size greater than 500.',
    );
  }
  const size = input.MaxDatapoints ?? MOST_POINTS;
  if (size < 1 || size > MOST_POINTS) {
    throw validationError(
      `The value ${size} for parameter MaxDatapoints must be 1 to ${MOST_POINTS}.`,
    );
  }
  const queries = new MetricQueries(list);
  const returned = list.filter(({ ReturnData }) => ReturnData !== false);
  if (returned.length === 0) {
    throw validationError('At least one query must return data (ReturnData true).');
  }
  const periods = list.map(({ Id }) => queries.periodOf(Id ?? ''));
  const grain = Math.min(MINUTE, Math.max(...periods));
  const range = rangeOf(input.StartTime, input.EndTime, grain);
  const answer = queries.over(range, store, now, detectors);
  const lines = returned.flatMap(({ Id }) =>
    answer(Id ?? '').map((series) => ({ id: Id ?? '', series })),
  );
  const offset = input.NextToken === undefined ? 0 : offsetOf(input.NextToken);
  const { results, more } = resultsOf(lines, input.ScanBy !== 'TimestampAscending', size, offset);
  return {
    MetricDataResults: results,
    Messages: [],
    ...(more ? { NextToken: Buffer.from(String(offset + size)).toString('base64url') } : {}),
  };
};

const offsetOf = (token: string): number => {
  const offset = Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (Number.isSafeInteger(offset) && offset > 0) return offset;
  throw new AwsError('InvalidNextToken', 'The next token specified is invalid.');
};

const BASIC: Readonly<Record<string, 'SampleCount' | 'Sum' | 'Average' | 'Minimum' | 'Maximum'>> = {
  SampleCount: 'SampleCount',
  Sum: 'Sum',
  Average: 'Average',
  Minimum: 'Minimum',
  Maximum: 'Maximum',
};

const datapointOf = (
  aggregate: Aggregate,
  time: number,
  input: GetMetricStatisticsInput,
  unit: string | undefined,
): Datapoint => {
  const point: Datapoint = {
    Timestamp: new Date(time),
    Unit: (unit ?? 'None') as NonNullable<Datapoint['Unit']>,
  };
  for (const name of input.Statistics ?? []) {
    const key = BASIC[name];
    if (!key) throw invalidParameter(`The value ${name} for parameter Statistics is invalid.`);
    point[key] = checkStatistic(name)(aggregate);
  }
  const extended = (input.ExtendedStatistics ?? []).flatMap((name) => {
    const value = checkStatistic(name)(aggregate);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (input.ExtendedStatistics) point.ExtendedStatistics = Object.fromEntries(extended);
  return point;
};

/** GetMetricStatistics. */
export const getMetricStatistics = (
  input: GetMetricStatisticsInput,
  store: MetricStore,
  now: number,
): { Label: string; Datapoints: Datapoint[] } => {
  const period = checkPeriod(input.Period) * 1_000;
  if ((input.Statistics === undefined) === (input.ExtendedStatistics === undefined)) {
    throw invalidCombination('Exactly one of Statistics and ExtendedStatistics must be given.');
  }
  const range = rangeOf(input.StartTime, input.EndTime, Math.min(MINUTE, period));
  const times = timesIn(range, period);
  if (times.length > 1_440) {
    throw invalidCombination(
      `You have requested up to ${times.length} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const metric: MetricName = {
    namespace: input.Namespace ?? '',
    name: input.MetricName ?? '',
    dimensions: dimensionsOf(input.Dimensions),
  };
  const unit = store.unitOf(metric);
  if (input.Unit && input.Unit !== (unit ?? 'None')) return { Label: metric.name, Datapoints: [] };
  const Datapoints = times.flatMap((time) => {
    const aggregate = store.read(metric, time, Math.min(time + period, range.to), now);
    return aggregate ? [datapointOf(aggregate, time, input, unit)] : [];
  });
  return { Label: metric.name, Datapoints };
};

/** ListMetrics: what had data in the past two weeks (or three hours, if asked). */
export const listMetrics = (input: ListMetricsInput, store: MetricStore, now: number) => {
  if (input.IncludeLinkedAccounts) throw unsupportedField('ListMetrics', 'IncludeLinkedAccounts');
  const since = now - (input.RecentlyActive === 'PT3H' ? 3 * HOUR : 14 * 24 * HOUR);
  const found = store
    .list(since, now)
    .filter(
      ({ namespace, name, dimensions }) =>
        (input.Namespace === undefined || input.Namespace === namespace) &&
        (input.MetricName === undefined || input.MetricName === name) &&
        (input.Dimensions ?? []).every(
          ({ Name, Value }) =>
            Object.hasOwn(dimensions, Name ?? '') &&
            (Value === undefined || dimensions[Name ?? ''] === Value),
        ),
    );
  const { items, NextToken } = page(found, 500, input.NextToken);
  return {
    Metrics: items.map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    })),
    ...(NextToken === undefined ? {} : { NextToken }),
  };
};
