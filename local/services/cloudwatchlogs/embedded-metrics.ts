import type { Datum } from '../service.ts';

interface Directive {
  readonly Namespace?: unknown;
  readonly Dimensions?: unknown;
  readonly Metrics?: unknown;
}

const dimensionSets = (directive: Directive): string[][] => {
  if (!Array.isArray(directive.Dimensions) || directive.Dimensions.length === 0) return [[]];
  return directive.Dimensions.filter(Array.isArray).map((set) => set.map(String));
};

const valuesOf = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).filter(
    (one): one is number => typeof one === 'number' && Number.isFinite(one),
  );

/** The values of one metric of a line. */
const dataOfMetric = (
  line: Record<string, unknown>,
  metric: { readonly Name?: unknown; readonly Unit?: unknown } | null,
  frame: Pick<Datum, 'namespace' | 'dimensions' | 'at'>,
): Datum[] => {
  const { Name: name, Unit: unit } = metric ?? {};
  if (typeof name !== 'string') return [];
  const unitPart = typeof unit === 'string' ? { unit } : {};
  return valuesOf(line[name]).map((value) => ({ ...frame, name, value, ...unitPart }));
};

const dataOf = (
  line: Record<string, unknown>,
  directive: Directive,
  at: number | undefined,
): Datum[] => {
  const { Namespace: namespace, Metrics: metrics } = directive;
  if (typeof namespace !== 'string' || !Array.isArray(metrics)) return [];
  return (
    dimensionSets(directive)
      // A set that names an absent member is skipped, as the specification wants; the other sets still count.
      .filter((set) => set.every((name) => line[name] !== undefined))
      .flatMap((set) => {
        const dimensions = Object.fromEntries(set.map((name) => [name, String(line[name])]));
        const frame = { namespace, dimensions, ...(at === undefined ? {} : { at }) };
        return metrics.flatMap((metric) => dataOfMetric(line, metric, frame));
      })
  );
};

/**
 * The metrics that a line carries in the Embedded Metric Format; none when it is another line.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const embeddedMetrics = (message: string): Datum[] => {
  // Most lines are not EMF: look before parsing.
  if (message[0] !== '{' || !message.includes('"CloudWatchMetrics"')) return [];
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(message);
  } catch {
    return [];
  }
  const metadata = line['_aws'] as { Timestamp?: unknown; CloudWatchMetrics?: unknown } | undefined;
  if (!Array.isArray(metadata?.CloudWatchMetrics)) return [];
  const at = typeof metadata.Timestamp === 'number' ? metadata.Timestamp : undefined;
  return metadata.CloudWatchMetrics.flatMap((directive) => dataOf(line, directive ?? {}, at));
};
