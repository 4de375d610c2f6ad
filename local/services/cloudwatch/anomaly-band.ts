import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Model, Modelled } from './anomaly-detectors.ts';
import { type Expression, namesIn } from './expression-parser.ts';
import { dimensionsOf } from './query-parts.ts';
import { seriesOf, type TimeSeries } from './time-series.ts';

type Compiled = ReadonlyMap<
  string,
  { readonly query: MetricDataQuery; readonly expression?: Expression }
>;

/** What an anomaly model of a query is a model of: a metric and its statistic, or the queries that its expression stands on. */
export const modelledBy = (compiled: Compiled, id: string): Modelled => {
  const metric = compiled.get(id)?.query.MetricStat?.Metric;
  if (!metric) return { math: queriesBelow(compiled, id) };
  return {
    single: {
      namespace: metric.Namespace ?? '',
      name: metric.MetricName ?? '',
      dimensions: dimensionsOf(metric.Dimensions),
      stat: compiled.get(id)?.query.MetricStat?.Stat ?? '',
    },
  };
};

const queriesBelow = (compiled: Compiled, id: string): MetricDataQuery[] => {
  const needed = new Set<string>();
  const need = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    const expression = compiled.get(name)?.expression;
    for (const below of expression ? namesIn(expression) : []) need(below);
  };
  need(id);
  return [...compiled].flatMap(([name, { query }]) => (needed.has(name) ? [query] : []));
};

/** The queries of which an anomaly detection band is asked. */
export const bandsAsked = (compiled: Compiled): string[] =>
  [...compiled.values()].flatMap(({ expression }) =>
    expression?.kind === 'call' && expression.name === 'ANOMALY_DETECTION_BAND'
      ? namesIn(expression)
      : [],
  );

/** Upper and lower edge at each time; empty without a model. */
export const bandLines = (
  model: Model | undefined,
  deviations: number,
  times: readonly number[],
): readonly [TimeSeries, TimeSeries] => {
  const line = (label: string, value: (of: Model) => number): TimeSeries =>
    seriesOf(label, model ? times.map((time) => [time, value(model)] as const) : []);
  return [
    line('upper', ({ mean, deviation }) => mean + deviations * deviation),
    line('lower', ({ mean, deviation }) => mean - deviations * deviation),
  ];
};
