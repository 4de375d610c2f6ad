import { type PointerSight, pointerPercent } from './pointer.ts';
import type { Strategy } from './target.ts';

/** What a strategy's schedule gives the candidate so long after its start, in whole percent. The first share comes at once. */
export const scheduledPercent = (strategy: Strategy, elapsedSeconds: number): number => {
  if (elapsedSeconds < 0) return 0;
  switch (strategy.kind) {
    case 'canary':
      return elapsedSeconds < strategy.everySeconds ? strategy.percent : 100;
    case 'linear': {
      const intervals = Math.floor(elapsedSeconds / strategy.everySeconds);
      return Math.min(100, (intervals + 1) * strategy.stepPercent);
    }
    case 'steps': {
      let until = 0;
      for (const { percent, holdSeconds } of strategy.steps) {
        until += holdSeconds;
        if (elapsedSeconds < until) return percent;
      }
      return 100;
    }
    case 'allAtOnce':
    case 'blueGreen':
    case 'rolling':
    case 'recreate':
      return 100;
  }
};

/** Whether the alias has come to its end: all of it on the candidate's version, and no other beside. */
export const standsAlone = (pointer: PointerSight, version: string): boolean =>
  pointer.version === version && pointer.additional === null;

/**
 * The percent to which a rollout that keeps the schedule itself moves the alias; null: leave it as it is. It only goes up, and it
 * mends nothing: versions of others, or less than the load balancer already gives, are drift.
 */
export const nextAliasPercent = (
  pointer: PointerSight,
  versions: { readonly stable: string; readonly candidate: string },
  at: { readonly presentPercent: number; readonly scheduledPercent: number },
): number | null => {
  const aliasPercent = pointerPercent(pointer, versions);
  if (aliasPercent === null || aliasPercent < at.presentPercent) return null;
  if (standsAlone(pointer, versions.candidate)) return null;
  // A hundred beside the stable version is not the end: the alias must stand on the candidate alone.
  if (at.scheduledPercent === 100) return 100;
  return at.scheduledPercent > aliasPercent ? at.scheduledPercent : null;
};
