/** One line of values, by the start of their period. Missing periods have no entry. */
export interface TimeSeries {
  readonly label: string;
  readonly points: ReadonlyMap<number, number>;
}

/** What an expression or a part of it comes to. */
export type Value = number | string | TimeSeries | readonly TimeSeries[];

/** What an expression can see. */
export interface Scope {
  /** The starts of all periods asked for, oldest first. */
  readonly times: readonly number[];
  /** Milliseconds. */
  readonly period: number;
  /** The result of another query. */
  resolve(id: string): TimeSeries | readonly TimeSeries[];
  /** The upper and the lower edge of another query's anomaly detection band; empty until its model is trained. */
  band(id: string, deviations: number): readonly [TimeSeries, TimeSeries];
  /** The metrics of the request (not its expressions), by id. */
  metrics(): ReadonlyMap<string, TimeSeries>;
}

/** Tells an array of time series from a single one. */
export const isSeriesArray = (value: Value): value is readonly TimeSeries[] => Array.isArray(value);

/** Tells a single time series from the rest. */
export const isSeries = (value: Value): value is TimeSeries =>
  typeof value === 'object' && !isSeriesArray(value);

/** A series of `label` with `points`, without those that are no number. */
export const seriesOf = (
  label: string,
  points: Iterable<readonly [number, number]>,
): TimeSeries => {
  const kept = new Map<number, number>();
  for (const [time, value] of points) if (Number.isFinite(value)) kept.set(time, value);
  return { label, points: kept };
};

/** `series` with each value changed by `change`. */
export const mapSeries = (series: TimeSeries, change: (value: number) => number): TimeSeries =>
  seriesOf(
    series.label,
    [...series.points].map(([time, value]) => [time, change(value)] as const),
  );
