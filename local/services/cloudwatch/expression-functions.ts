import { type Expression, ExpressionError } from './expression-parser.ts';
import {
  isSeries,
  isSeriesArray,
  mapSeries,
  type Scope,
  seriesOf,
  type TimeSeries,
  type Value,
} from './time-series.ts';

type Evaluate = (argument: Expression) => Value;
type MathFunction = (
  given: readonly Expression[],
  scope: Scope,
  evaluate: Evaluate,
  name: string,
) => Value;

/** Documented functions that the local CloudWatch does not do. */
const NOT_DONE: ReadonlySet<string> = new Set([
  'DB_PERF_INSIGHTS',
  'INSIGHT_RULE_METRIC',
  'LAMBDA',
  'SEARCH',
  'SERVICE_QUOTA',
  'SLICE',
  'SORT',
]);

const wrongArguments = (name: string): ExpressionError =>
  new ExpressionError(`Invalid arguments for function ${name}`);

const argument = (given: readonly Expression[], index: number, name: string): Expression => {
  const found = given[index];
  if (!found) throw wrongArguments(name);
  return found;
};

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: readonly number[]): number => total(values) / values.length;

const reductions: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: total,
  AVG: mean,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
  STDDEV: (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2))),
};

const eachValue: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  EXP: Math.exp,
  LOG: Math.log,
  LOG10: Math.log10,
};

/** One series becomes a number, several become the series of what they are together at each time. */
const reduce: MathFunction = (given, scope, evaluate, name) => {
  const over = reductions[name];
  const value = evaluate(argument(given, 0, name));
  if (!over || given.length !== 1 || typeof value === 'string') throw wrongArguments(name);
  if (typeof value === 'number') return value;
  if (isSeries(value)) {
    const values = [...value.points.values()];
    return values.length === 0 ? Number.NaN : over(values);
  }
  const at = new Map<number, number[]>();
  for (const { points } of value) {
    for (const [time, point] of points) at.set(time, [...(at.get(time) ?? []), point]);
  }
  const points = scope.times.flatMap((time) => {
    const values = at.get(time);
    return values ? [[time, over(values)] as const] : [];
  });
  return seriesOf(name, points);
};

const overEach = (
  value: Value,
  name: string,
  change: (series: TimeSeries) => TimeSeries,
): Value => {
  if (isSeriesArray(value)) return value.map(change);
  if (isSeries(value)) return change(value);
  throw wrongArguments(name);
};

const pointwise: MathFunction = (given, _scope, evaluate, name) => {
  const change = eachValue[name];
  const value = evaluate(argument(given, 0, name));
  if (!change || given.length !== 1) throw wrongArguments(name);
  return typeof value === 'number'
    ? change(value)
    : overEach(value, name, (series) => mapSeries(series, change));
};

const differences = (
  series: TimeSeries,
  change: (delta: number, milliseconds: number) => number,
): TimeSeries => {
  const points = [...series.points].sort(([a], [b]) => a - b);
  return seriesOf(
    series.label,
    points.slice(1).map(([time, value], index) => {
      const [before, previous] = points[index] ?? [time, value];
      return [time, change(value - previous, time - before)] as const;
    }),
  );
};

const between: MathFunction = (given, _scope, evaluate, name) =>
  overEach(evaluate(argument(given, 0, name)), name, (series) =>
    differences(series, (delta, elapsed) => {
      if (name === 'DIFF') return delta;
      return name === 'DIFF_TIME' ? elapsed / 1_000 : delta / (elapsed / 1_000);
    }),
  );

const runningSum: MathFunction = (given, scope, evaluate, name) =>
  overEach(evaluate(argument(given, 0, name)), name, (series) => {
    let sum = 0;
    return seriesOf(
      series.label,
      scope.times.map((time) => {
        sum += series.points.get(time) ?? 0;
        return [time, sum] as const;
      }),
    );
  });

const interpolated = (series: TimeSeries, times: readonly number[], at: number): number => {
  const known = times.filter((time) => series.points.has(time));
  const before = known.findLast((time) => time < at);
  const after = known.find((time) => time > at);
  if (before === undefined || after === undefined) return Number.NaN;
  const low = series.points.get(before) ?? Number.NaN;
  const high = series.points.get(after) ?? Number.NaN;
  return low + ((high - low) * (at - before)) / (after - before);
};

const fill: MathFunction = (given, scope, evaluate, name) => {
  const what = evaluate(argument(given, 0, name));
  const by = argument(given, 1, name);
  const word = by.kind === 'name' ? by.name : '';
  const filler = word === 'REPEAT' || word === 'LINEAR' ? undefined : evaluate(by);
  if (given.length !== 2 || typeof filler === 'string' || (filler && isSeriesArray(filler))) {
    throw wrongArguments(name);
  }
  return overEach(what, name, (series) => {
    let latest = Number.NaN;
    return seriesOf(
      series.label,
      scope.times.map((time) => {
        const known = series.points.get(time);
        if (known !== undefined) {
          latest = known;
          return [time, known] as const;
        }
        if (word === 'REPEAT') return [time, latest] as const;
        if (word === 'LINEAR') return [time, interpolated(series, scope.times, time)] as const;
        const value = typeof filler === 'number' ? filler : filler?.points.get(time);
        return [time, value ?? Number.NaN] as const;
      }),
    );
  });
};

const at = (value: Value, time: number): number => {
  if (typeof value === 'number') return value;
  return isSeries(value) ? (value.points.get(time) ?? Number.NaN) : Number.NaN;
};

const either: MathFunction = (given, scope, evaluate, name) => {
  if (given.length !== 2 && given.length !== 3) throw wrongArguments(name);
  const condition = evaluate(argument(given, 0, name));
  const yes = evaluate(argument(given, 1, name));
  const no = given[2] ? evaluate(given[2]) : Number.NaN;
  if ([condition, yes, no].some((value) => typeof value === 'string' || isSeriesArray(value))) {
    throw wrongArguments(name);
  }
  if ([condition, yes, no].every((value) => typeof value === 'number')) {
    return condition === 0 ? no : yes;
  }
  const label = [yes, no, condition].find(isSeries)?.label ?? name;
  return seriesOf(
    label,
    scope.times.map((time) => {
      const truth = at(condition, time);
      if (Number.isNaN(truth)) return [time, Number.NaN] as const;
      return [time, at(truth === 0 ? no : yes, time)] as const;
    }),
  );
};

const metrics: MathFunction = (given, scope, evaluate, name) => {
  const containing = given[0] ? evaluate(given[0]) : '';
  if (given.length > 1 || typeof containing !== 'string') throw wrongArguments(name);
  return [...scope.metrics()].filter(([id]) => id.includes(containing)).map(([, series]) => series);
};

/** `ANOMALY_DETECTION_BAND(m1)` or `(m1, deviations)`: two by default. */
const band: MathFunction = (given, scope, evaluate, name) => {
  const of = argument(given, 0, name);
  const deviations = given[1] ? evaluate(given[1]) : 2;
  if (of.kind !== 'name' || typeof deviations !== 'number' || given.length > 2) {
    throw wrongArguments(name);
  }
  return scope.band(of.name, deviations);
};

const single =
  (pick: (series: TimeSeries, scope: Scope) => number): MathFunction =>
  (given, scope, evaluate, name) => {
    const value = evaluate(argument(given, 0, name));
    if (!isSeries(value)) throw wrongArguments(name);
    return pick(value, scope);
  };

const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ...Object.fromEntries(Object.keys(reductions).map((name) => [name, reduce])),
  ...Object.fromEntries(Object.keys(eachValue).map((name) => [name, pointwise])),
  ANOMALY_DETECTION_BAND: band,
  DIFF: between,
  DIFF_TIME: between,
  RATE: between,
  RUNNING_SUM: runningSum,
  FILL: fill,
  IF: either,
  METRICS: metrics,
  METRIC_COUNT: (given, _scope, evaluate, name) => {
    const value = evaluate(argument(given, 0, name));
    return isSeriesArray(value) ? value.length : 1;
  },
  REMOVE_EMPTY: (given, _scope, evaluate, name) => {
    const value = evaluate(argument(given, 0, name));
    return isSeriesArray(value) ? value.filter((series) => series.points.size > 0) : value;
  },
  TIME_SERIES: (given, scope, evaluate, name) => {
    const value = evaluate(argument(given, 0, name));
    if (typeof value !== 'number') throw wrongArguments(name);
    return seriesOf(
      name,
      scope.times.map((time) => [time, value] as const),
    );
  },
  DATAPOINT_COUNT: single((series) => series.points.size),
  FIRST: single((series, { times }) =>
    at(series, times.find((time) => series.points.has(time)) ?? Number.NaN),
  ),
  LAST: single((series, { times }) =>
    at(series, times.findLast((time) => series.points.has(time)) ?? Number.NaN),
  ),
  PERIOD: single((_series, { period }) => period / 1_000),
};

/** Why a function can't be called here, if so: told before any data is read. */
export const functionProblem = (name: string): 'unknown' | 'not done' | undefined => {
  if (NOT_DONE.has(name)) return 'not done';
  return Object.hasOwn(FUNCTIONS, name) ? undefined : 'unknown';
};

/** Calls a metric math function by its name. */
export const callFunction = (
  name: string,
  given: readonly Expression[],
  scope: Scope,
  evaluate: Evaluate,
): Value => {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!found) throw new ExpressionError(`Unknown function ${name}`);
  return found(given, scope, evaluate, name);
};
