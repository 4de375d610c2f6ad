import {
  type Aggregate,
  addStatistics,
  addValue,
  emptyAggregate,
  mergeAggregate,
} from './aggregate.ts';

/** Names a metric: dimensions in any order. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Values that arrived for a metric. */
export interface Observation extends MetricName {
  readonly at: number;
  readonly unit?: string | undefined;
  /** Seconds: 1 keeps the data for periods below a minute. */
  readonly resolution: 1 | 60;
  readonly values: readonly { readonly value: number; readonly count: number }[];
  readonly statistics?: { count: number; sum: number; min: number; max: number } | undefined;
}

interface Late {
  readonly visibleAt: number;
  readonly observation: Observation;
}

interface Series extends MetricName {
  /** By start of the minute, in milliseconds. */
  readonly minutes: Map<number, Aggregate>;
  /** By start of the second; only for high-resolution metrics. */
  readonly seconds: Map<number, Aggregate>;
  unit: string | undefined;
  lastAt: number;
}

const SECOND = 1_000;
const MINUTE = 60_000;
/** CloudWatch keeps sub-minute data for 3 hours and minute data for 15 days. */
const KEEP_SECONDS = 3 * 60 * MINUTE;
const KEEP_MINUTES = 15 * 24 * 60 * MINUTE;

const keyOf = ({ namespace, name, dimensions }: MetricName): string =>
  JSON.stringify([
    namespace,
    name,
    ...Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);

const bucketOf = (buckets: Map<number, Aggregate>, start: number): Aggregate => {
  const known = buckets.get(start);
  if (known) return known;
  const created = emptyAggregate();
  buckets.set(start, created);
  return created;
};

const addAll = (aggregate: Aggregate, observation: Observation): void => {
  for (const { value, count } of observation.values) addValue(aggregate, value, count);
  if (observation.statistics) addStatistics(aggregate, observation.statistics);
};

const forget = (buckets: Map<number, Aggregate>, before: number): void => {
  // Buckets come in roughly by time: the oldest stand first.
  for (const start of buckets.keys()) {
    if (start >= before) return;
    buckets.delete(start);
  }
};

/** The metrics of one place, aggregated as they come in. */
export class MetricStore {
  readonly #series = new Map<string, Series>();
  #late: Late[] = [];

  /** Takes in `observation`, to be seen by readers from `visibleAt` on. */
  add(observation: Observation, now: number, visibleAt: number): void {
    if (visibleAt > now) this.#late.push({ visibleAt, observation });
    else this.#take(observation);
  }

  #take(observation: Observation): void {
    const key = keyOf(observation);
    let series = this.#series.get(key);
    if (!series) {
      const { namespace, name, dimensions } = observation;
      series = {
        namespace,
        name,
        dimensions,
        minutes: new Map(),
        seconds: new Map(),
        unit: observation.unit,
        lastAt: observation.at,
      };
      this.#series.set(key, series);
    }
    const { at } = observation;
    const minute = Math.floor(at / MINUTE) * MINUTE;
    if (!series.minutes.has(minute)) {
      forget(series.minutes, at - KEEP_MINUTES);
      forget(series.seconds, at - KEEP_SECONDS);
    }
    addAll(bucketOf(series.minutes, minute), observation);
    if (observation.resolution === 1) {
      addAll(bucketOf(series.seconds, Math.floor(at / SECOND) * SECOND), observation);
    }
    series.unit ??= observation.unit;
    series.lastAt = Math.max(series.lastAt, at);
  }

  #settle(now: number): void {
    if (this.#late.length === 0) return;
    const waiting: Late[] = [];
    for (const late of this.#late) {
      if (late.visibleAt <= now) this.#take(late.observation);
      else waiting.push(late);
    }
    this.#late = waiting;
  }

  /** All values in [from, to) that are visible at `now`; `undefined` where there are none. */
  read(metric: MetricName, from: number, to: number, now: number): Aggregate | undefined {
    this.#settle(now);
    const series = this.#series.get(keyOf(metric));
    if (!series) return undefined;
    const fine = to - from < MINUTE && series.seconds.size > 0;
    const step = fine ? SECOND : MINUTE;
    const buckets = fine ? series.seconds : series.minutes;
    let found: Aggregate | undefined;
    for (let start = Math.ceil(from / step) * step; start < to; start += step) {
      const bucket = buckets.get(start);
      if (!bucket) continue;
      found ??= emptyAggregate();
      mergeAggregate(found, bucket);
    }
    return found;
  }

  /** The unit that a metric's values came with. */
  unitOf(metric: MetricName): string | undefined {
    return this.#series.get(keyOf(metric))?.unit;
  }

  /** The metrics that were seen since `since`, in the order in which they first came. */
  list(since: number, now: number): MetricName[] {
    this.#settle(now);
    return [...this.#series.values()]
      .filter((series) => series.lastAt >= since)
      .map(({ namespace, name, dimensions }) => ({ namespace, name, dimensions }));
  }
}
