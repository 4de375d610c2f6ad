import type { Color, ErrorMetric } from './target.ts';

/** One color of a target, as its metrics name it. */
export interface ColorNames {
  readonly color: Color;
  /** `targetgroup/name/id` */
  readonly targetGroup: string;
}

/** The service's own error metric for one color. */
export const ownErrors = (
  { namespace, metric, dimensions }: ErrorMetric,
  names: ColorNames,
): { namespace: string; name: string; dimensions: Record<string, string> } => {
  const named = (text: string): string =>
    text.replaceAll('{color}', names.color).replaceAll('{targetGroup}', names.targetGroup);
  return {
    namespace,
    name: named(metric),
    dimensions: Object.fromEntries(
      Object.entries(dimensions).map(([name, value]) => [name, named(value)]),
    ),
  };
};
