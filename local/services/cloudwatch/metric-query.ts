import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import { bandLines, bandsAsked, modelledBy } from './anomaly-band.ts';
import type { AnomalyDetectors, Modelled } from './anomaly-detectors.ts';
import { validationError } from './cloudwatch-error.ts';
import { evaluate } from './expression-evaluator.ts';
import { callsIn, type Expression, ExpressionError, namesIn } from './expression-parser.ts';
import type { MetricName, MetricStore } from './metric-store.ts';
import { checkPeriod, checkStatistic, compileExpression, dimensionsOf } from './query-parts.ts';
import { isSeries, isSeriesArray, type Scope, seriesOf, type TimeSeries } from './time-series.ts';

/** A time range in milliseconds: from inclusive, to exclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

interface Around {
  readonly range: Range;
  readonly store: MetricStore;
  readonly now: number;
  readonly detectors: AnomalyDetectors;
}

interface Compiled {
  readonly query: MetricDataQuery;
  readonly expression?: Expression;
}

const ID = /^[a-z]\w*$/;

/** The queries of one request or alarm, checked; answers series for a time range. */
export class MetricQueries {
  readonly #compiled = new Map<string, Compiled>();

  constructor(queries: readonly MetricDataQuery[]) {
    for (const query of queries) {
      const id = query.Id ?? '';
      if (!ID.test(id)) {
        throw validationError(
          `The value ${id} for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
        );
      }
      if (this.#compiled.has(id)) {
        throw validationError(`The values for parameter id in MetricDataQueries are not unique.`);
      }
      this.#compiled.set(id, this.#compile(id, query));
    }
    for (const id of this.#compiled.keys()) this.#checkReferences(id, []);
  }

  #compile(id: string, query: MetricDataQuery): Compiled {
    const { MetricStat, Expression } = query;
    if ((MetricStat === undefined) === (Expression === undefined)) {
      throw validationError(
        `Exactly one of MetricStat or Expression must be given for MetricDataQuery '${id}'.`,
      );
    }
    if (query.AccountId) {
      throw new AwsError('NotImplemented', `the local cloud does not do AccountId of a query`, {
        status: 501,
      });
    }
    if (Expression !== undefined) {
      return { query, expression: compileExpression(id, Expression) };
    }
    checkPeriod(MetricStat?.Period);
    checkStatistic(MetricStat?.Stat);
    if (!MetricStat?.Metric?.Namespace || !MetricStat.Metric.MetricName) {
      throw validationError(`The Namespace and MetricName of query '${id}' must be given.`);
    }
    return { query };
  }

  #checkReferences(id: string, path: readonly string[]): void {
    if (path.includes(id)) {
      throw validationError(
        `Error in expression '${id}': Circular reference ${[...path, id].join(' -> ')}`,
      );
    }
    const expression = this.#compiled.get(id)?.expression;
    if (!expression) return;
    for (const name of namesIn(expression)) {
      if (!this.#compiled.has(name)) {
        throw validationError(`Error in expression '${id}': Undefined variable ${name}`);
      }
      this.#checkReferences(name, [...path, id]);
    }
  }

  /** The period of a query in milliseconds: an expression has that of the metrics it uses. */
  periodOf(id: string): number {
    const { query, expression } = this.#compiled.get(id) ?? {};
    if (query?.MetricStat?.Period !== undefined) return query.MetricStat.Period * 1_000;
    const named = expression ? namesIn(expression) : [];
    const periods = (named.length > 0 ? named : this.#metricIds()).map((name) =>
      this.periodOf(name),
    );
    return Math.max(...periods, query?.Period === undefined ? 0 : query.Period * 1_000) || 60_000;
  }

  #metricIds(): string[] {
    return [...this.#compiled].filter(([, { expression }]) => !expression).map(([id]) => id);
  }

  /** The metrics behind a query, its own or those of the expressions it uses. */
  metricsOf(id: string): MetricName[] {
    const { query, expression } = this.#compiled.get(id) ?? {};
    if (expression) {
      const named = namesIn(expression);
      const all = callsIn(expression).includes('METRICS') ? this.#metricIds() : [];
      return [...new Set([...named, ...all])].flatMap((name) => this.metricsOf(name));
    }
    const metric = query?.MetricStat?.Metric;
    if (!metric) return [];
    return [
      {
        namespace: metric.Namespace ?? '',
        name: metric.MetricName ?? '',
        dimensions: dimensionsOf(metric.Dimensions),
      },
    ];
  }

  /** Answers what queries come to over `range`, each evaluated once. */
  over(
    range: Range,
    store: MetricStore,
    now: number,
    detectors: AnomalyDetectors,
  ): (id: string) => readonly TimeSeries[] {
    const results = new Map<string, TimeSeries | readonly TimeSeries[]>();
    const resolve = (id: string): TimeSeries | readonly TimeSeries[] => {
      const known = results.get(id);
      if (known) return known;
      const result = this.#answer(id, { range, store, now, detectors }, resolve);
      results.set(id, result);
      return result;
    };
    return (id) => {
      const result = resolve(id);
      return isSeriesArray(result) ? result : [result];
    };
  }

  #answer(
    id: string,
    around: Around,
    resolve: (id: string) => TimeSeries | readonly TimeSeries[],
  ): TimeSeries | readonly TimeSeries[] {
    const { query, expression } = this.#compiled.get(id) ?? {};
    const period = this.periodOf(id);
    const { range, store, now } = around;
    const times = timesIn(range, period);
    if (!expression) return this.#metric(query, times, period, range, store, now);
    const scope: Scope = {
      times,
      period,
      resolve,
      band: (of, deviations) => this.#band(of, deviations, times, around),
      metrics: () =>
        new Map(
          this.#metricIds().map((metric) => {
            const series = resolve(metric);
            return [metric, isSeriesArray(series) ? seriesOf(metric, []) : series];
          }),
        ),
    };
    return this.#evaluated(id, query?.Label, expression, scope);
  }

  #band(
    id: string,
    deviations: number,
    times: readonly number[],
    { store, now, detectors }: Around,
  ): readonly [TimeSeries, TimeSeries] {
    const model = detectors.model(modelledBy(this.#compiled, id), now, (range) => {
      const [series] = this.over(range, store, now, detectors)(id);
      return series?.points ?? new Map();
    });
    return bandLines(model, deviations, times);
  }

  /** What anomaly models of these queries are models of. */
  modelled(): Modelled[] {
    return bandsAsked(this.#compiled).map((id) => modelledBy(this.#compiled, id));
  }

  #evaluated(
    id: string,
    label: string | undefined,
    expression: Expression,
    scope: Scope,
  ): TimeSeries | readonly TimeSeries[] {
    try {
      const value = evaluate(expression, scope);
      if (isSeries(value)) return { label: label ?? id, points: value.points };
      if (isSeriesArray(value)) {
        return value.map((series) => ({ ...series, label: `${label ?? id} ${series.label}` }));
      }
      throw new ExpressionError('The expression must give a time series');
    } catch (error) {
      if (error instanceof ExpressionError) {
        throw validationError(`Error in expression '${id}': ${error.message}`);
      }
      throw error;
    }
  }

  #metric(
    query: MetricDataQuery | undefined,
    times: readonly number[],
    period: number,
    range: Range,
    store: MetricStore,
    now: number,
  ): TimeSeries {
    const stat = query?.MetricStat;
    const metric: MetricName = {
      namespace: stat?.Metric?.Namespace ?? '',
      name: stat?.Metric?.MetricName ?? '',
      dimensions: dimensionsOf(stat?.Metric?.Dimensions),
    };
    const label = query?.Label ?? metric.name;
    // Data of another unit than the one asked for doesn't count.
    if (stat?.Unit && (store.unitOf(metric) ?? 'None') !== stat.Unit) return seriesOf(label, []);
    const statistic = checkStatistic(stat?.Stat);
    const points: [number, number][] = [];
    for (const time of times) {
      const aggregate = store.read(metric, time, Math.min(time + period, range.to), now);
      if (aggregate) points.push([time, statistic(aggregate) ?? Number.NaN]);
    }
    return seriesOf(label, points);
  }
}

/** The starts of the periods in `range`, oldest first. */
export const timesIn = (range: Range, period: number): number[] => {
  const times: number[] = [];
  for (let time = range.from; time < range.to; time += period) times.push(time);
  return times;
};
