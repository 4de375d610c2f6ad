import { AwsError } from '../aws-error.ts';
import type { Datum } from '../service.ts';
import { compileFilterPattern, type MessageFilter, numberAt } from './filter-pattern.ts';
import { selectJson } from './json-filter.ts';

/** What a metric filter makes of a matching line. */
export interface MetricTransformation {
  readonly metricName: string;
  readonly metricNamespace: string;
  readonly metricValue: string;
  readonly defaultValue?: number | undefined;
  readonly dimensions?: Readonly<Record<string, string>> | undefined;
  readonly unit?: string | undefined;
}

/** A metric filter of a log group. */
export interface MetricFilter {
  readonly filterName: string;
  readonly logGroupName: string;
  readonly filterPattern: string;
  readonly metricTransformations: readonly MetricTransformation[];
  readonly creationTime: number;
}

interface Compiled extends MetricFilter {
  readonly matches: MessageFilter;
}

/** The metric filters of one account and Region, applied to each line as it is written. */
export class MetricFilters {
  readonly #byGroup = new Map<string, Map<string, Compiled>>();
  readonly #measure: (datum: Datum) => void;

  constructor(measure: (datum: Datum) => void) {
    this.#measure = measure;
  }

  put(filter: MetricFilter): void {
    if (filter.metricTransformations.length !== 1) {
      throw new AwsError(
        'InvalidParameterException',
        `a metric filter has exactly one metric transformation, got ${filter.metricTransformations.length}`,
      );
    }
    const matches = compileFilterPattern(filter.filterPattern);
    const filters = this.#byGroup.get(filter.logGroupName) ?? new Map<string, Compiled>();
    filters.set(filter.filterName, { ...filter, matches });
    this.#byGroup.set(filter.logGroupName, filters);
  }

  remove(logGroupName: string, filterName: string): void {
    if (!this.#byGroup.get(logGroupName)?.delete(filterName)) {
      throw new AwsError(
        'ResourceNotFoundException',
        'The specified metric filter does not exist.',
      );
    }
  }

  list(logGroupName?: string): MetricFilter[] {
    const groups =
      logGroupName === undefined ? [...this.#byGroup.values()] : [this.#byGroup.get(logGroupName)];
    return groups.flatMap((filters) =>
      [...(filters?.values() ?? [])].map(({ matches: _matches, ...filter }) => filter),
    );
  }

  apply(logGroupName: string, message: string, timestamp: number): void {
    for (const filter of this.#byGroup.get(logGroupName)?.values() ?? []) {
      const matches = filter.matches(message);
      for (const transformation of filter.metricTransformations) {
        const value = matches
          ? this.#valueOf(transformation, message)
          : transformation.defaultValue;
        if (value === undefined) continue;
        const dimensions = matches ? this.#dimensionsOf(transformation, message) : {};
        if (dimensions === undefined) continue;
        this.#measure({
          namespace: transformation.metricNamespace,
          name: transformation.metricName,
          dimensions,
          value,
          at: timestamp,
          ...(transformation.unit === undefined ? {} : { unit: transformation.unit }),
        });
      }
    }
  }

  #valueOf({ metricValue }: MetricTransformation, message: string): number | undefined {
    if (metricValue.startsWith('$')) return numberAt(metricValue, message);
    const value = Number(metricValue);
    return Number.isFinite(value) ? value : undefined;
  }

  #dimensionsOf(
    { dimensions = {} }: MetricTransformation,
    message: string,
  ): Record<string, string> | undefined {
    const found: Record<string, string> = {};
    for (const [name, selector] of Object.entries(dimensions)) {
      const value = selectJson(selector, message);
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
        return undefined;
      }
      found[name] = String(value);
    }
    return found;
  }
}
