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

const dataOf = (
  line: Record<string, unknown>,
  directive: Directive,
  at: number | undefined,
): Datum[] => {
  if (typeof directive.Namespace !== 'string' || !Array.isArray(directive.Metrics)) return [];
  const namespace = directive.Namespace;
  const data: Datum[] = [];
  for (const set of dimensionSets(directive)) {
    // A set that names an absent member is skipped, as the specification wants; the other sets still count.
    if (set.some((name) => line[name] === undefined)) continue;
    const dimensions = Object.fromEntries(set.map((name) => [name, String(line[name])]));
    for (const metric of directive.Metrics as { Name?: unknown; Unit?: unknown }[]) {
      if (typeof metric?.Name !== 'string') continue;
      for (const value of valuesOf(line[metric.Name])) {
        data.push({
          namespace,
          name: metric.Name,
          dimensions,
          value,
          ...(typeof metric.Unit === 'string' ? { unit: metric.Unit } : {}),
          ...(at === undefined ? {} : { at }),
        });
      }
    }
  }
  return data;
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
