import { ConfigurationMissing } from './errors.ts';
import type { Shiftable, Target } from './target.ts';

/** What only a target with two colors has; asked for where nothing else makes sense. */
export const shiftableOf = (target: Target): Shiftable => {
  if (target.shiftable !== null) return target.shiftable;
  throw new ConfigurationMissing(
    `${target.targetId} has one color (${target.strategy.kind}): there is no traffic to shift`,
  );
};
