import { isoOf, millisecondsOf } from '../../functions/domain/instant.ts';

/** One write of the candidate's weight. */
export interface Step {
  readonly at: string;
  readonly fromPercent: number;
  readonly percent: number;
  /** What the step before it was judged by; null: it had no evidence yet. */
  readonly judged: string | null;
}

/** How much of the traffic a candidate got, and for how long. */
export interface Exposure {
  readonly since: string;
  /** When it lost it, or its rollout was completed; null: its rollout is under way. */
  readonly until: string | null;
  readonly peakPercent: number;
  readonly seconds: number;
  /** Share × time: as if it had had all traffic for so long. */
  readonly fullSeconds: number;
}

/** Adds up what the candidate got from each weight to the next; null: it never got any. */
export const exposureOf = (
  steps: readonly Step[],
  at: {
    readonly completedAt: string | null;
    readonly backAt: string | null;
    readonly now: number;
  },
): Exposure | null => {
  const first = steps.find(({ percent }) => percent > 0);
  if (first === undefined) return null;
  // A chain does not say when a later release took over: with the rollout's end its count ends.
  const ended = at.backAt ?? at.completedAt;
  const until = ended ?? isoOf(at.now);
  const spans = steps.map(({ at: from, percent }, index) => {
    const next = steps[index + 1]?.at ?? until;
    const to = next < until ? next : until;
    return { percent, seconds: Math.max(0, millisecondsOf(to) - millisecondsOf(from)) / 1000 };
  });
  const served = spans.filter(({ percent }) => percent > 0);
  return {
    since: first.at,
    until: ended,
    peakPercent: Math.max(...steps.map(({ percent }) => percent)),
    seconds: Math.round(served.reduce((sum, { seconds }) => sum + seconds, 0)),
    fullSeconds: Math.round(
      served.reduce((sum, { percent, seconds }) => sum + (seconds * percent) / 100, 0),
    ),
  };
};
