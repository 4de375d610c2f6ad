import { isoOf, millisecondsOf } from './instant.ts';
import type { Observation } from './observation.ts';

/** So long the weighted rule may lag behind what alias and evidence allow because it cannot be written; then the rollout goes back. */
export const MIRROR_LAG_SECONDS_MAX = 180;

/** For how long the rule has been lagging; 0: it is not. */
export const mirrorLagSeconds = (
  { mirrorFailingSince }: Pick<Observation, 'mirrorFailingSince'>,
  now: number,
): number =>
  mirrorFailingSince === null ? 0 : Math.max(0, (now - millisecondsOf(mirrorFailingSince)) / 1000);

/** After a write, or its read-back, that failed for what passes by itself: it may have happened all the same. */
export const mirrorFailed = (
  observation: Observation,
  triedPercent: number,
  at: number,
): Observation => ({
  ...observation,
  mirrorFailingSince: observation.mirrorFailingSince ?? isoOf(at),
  mirrorTriedPercent: triedPercent,
});

/** The rule stands where it should. */
export const mirrorWell = (observation: Observation): Observation => ({
  ...observation,
  mirrorFailingSince: null,
  mirrorTriedPercent: null,
});
