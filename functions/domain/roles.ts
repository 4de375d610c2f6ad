import { groupOf, type Prepared } from './prepared.ts';
import { otherColor } from './target.ts';
import type { Roles } from './weights.ts';

/** The two target groups by their role in this rollout. */
export const rolesOf = ({ target, color }: Pick<Prepared, 'target' | 'color'>): Roles => ({
  candidate: groupOf(target, color),
  stable: groupOf(target, otherColor(color)),
});
