import { fingerprint } from '../../config/canonical.ts';

/** Step Functions' limit. */
const NAME_MAX = 80;

/** The name of an execution that belongs to a rollout: its id and an ending, shortened so that two never meet. */
export const executionName = (rolloutId: string, ending: string): string => {
  if (rolloutId.length + ending.length <= NAME_MAX) return `${rolloutId}${ending}`;
  const mark = `-${fingerprint(rolloutId).slice(0, 8)}${ending}`;
  return `${rolloutId.slice(0, NAME_MAX - mark.length)}${mark}`;
};
