import { z } from 'zod';
import { invariant } from './invariant.ts';
import type { Strategy } from './target.ts';

/** One target group's part of a rule's forward action. */
export const GroupWeight = z.object({
  targetGroupArn: z.string(),
  weight: z.int().min(0).max(999),
});
export type GroupWeight = z.infer<typeof GroupWeight>;

/** The two target groups by their role in this shift. */
export interface Roles {
  readonly stable: string;
  readonly candidate: string;
}

/** Both groups with weights that sum to 100: the idle one stays attached at 0, else its targets would be `unused`. */
export const split = (groups: Roles, candidatePercent: number): GroupWeight[] => {
  invariant(
    Number.isInteger(candidatePercent) && candidatePercent >= 0 && candidatePercent <= 100,
    `a candidate's weight is a whole number of percent, 0 to 100, not ${candidatePercent}`,
  );
  invariant(groups.stable !== groups.candidate, 'stable and candidate are two target groups');
  return [
    { targetGroupArn: groups.stable, weight: 100 - candidatePercent },
    { targetGroupArn: groups.candidate, weight: candidatePercent },
  ];
};

/** The candidate's percent in a forward action; null when it forwards to anything but exactly these two groups at 100 in all. */
export const candidatePercentIn = (
  weights: readonly GroupWeight[],
  groups: Roles,
): number | null => {
  const weightOf = (arn: string) => weights.find((each) => each.targetGroupArn === arn)?.weight;
  const stable = weightOf(groups.stable);
  const candidate = weightOf(groups.candidate);
  if (weights.length !== 2 || stable === undefined || candidate === undefined) return null;
  return stable + candidate === 100 ? candidate : null;
};

/** Whether two forward actions send the same share to each group, in whatever order they name them. */
export const sameWeights = (
  one: readonly GroupWeight[],
  other: readonly GroupWeight[],
): boolean => {
  const listed = (weights: readonly GroupWeight[]) =>
    weights
      .map((each) => `${each.targetGroupArn} ${each.weight}`)
      .sort()
      .join('\n');
  return listed(one) === listed(other);
};

/** The next weight that a strategy declares after `presentPercent`. */
export const nextStep = (strategy: Strategy, presentPercent: number): number => {
  switch (strategy.kind) {
    case 'canary':
      return presentPercent < strategy.percent ? strategy.percent : 100;
    case 'linear': {
      const steps = Math.floor(presentPercent / strategy.stepPercent) + 1;
      return Math.min(100, steps * strategy.stepPercent);
    }
    case 'steps':
      return strategy.steps.find(({ percent }) => percent > presentPercent)?.percent ?? 100;
    case 'allAtOnce':
    case 'blueGreen':
    case 'rolling':
    case 'recreate':
      return 100;
  }
};

/** Whole percent of a share between 0 and 1; 0.29 is 29, although 0.29 × 100 is not. */
export const wholePercent = (share: number): number => Math.floor(share * 100 + 1e-6);

/**
 * What the load balancer may give the candidate: never more than the alias does, never more than the evidence allows,
 * and within one shift never less than it has.
 */
export const mirrorPercent = (limits: {
  readonly presentPercent: number;
  readonly aliasPercent: number;
  readonly allowedPercent: number;
}): number => {
  const { presentPercent, aliasPercent, allowedPercent } = limits;
  invariant(
    aliasPercent >= presentPercent,
    `the rule gives the candidate ${presentPercent} %, more than the alias's ${aliasPercent} %`,
  );
  return Math.max(presentPercent, Math.min(aliasPercent, allowedPercent));
};
