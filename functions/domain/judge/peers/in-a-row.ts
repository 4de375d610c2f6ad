import type { RecordedTick } from '../replay.ts';

/** What a simple rule says of a recording. */
export interface RuleVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly atSeconds: number | null;
  readonly explanation: string;
}

/** A fixed threshold that must be broken in so many intervals one after another. */
export interface FixedThreshold {
  readonly errorRatioMax: number;
  readonly inARow: number;
}

/** The fixed threshold of canary controllers: an interval is bad when the candidate's error rate is above it. */
export const fixedThreshold = (
  ticks: readonly RecordedTick[],
  { errorRatioMax, inARow }: FixedThreshold,
): RuleVerdict => {
  let run = 0;
  let elapsed = 0;
  let known = 0;
  for (const { seconds, candidate } of ticks) {
    elapsed += seconds;
    if (candidate === null || candidate.requests === 0) continue;
    known += 1;
    run = candidate.bad / candidate.requests > errorRatioMax ? run + 1 : 0;
    if (run >= inARow) {
      return {
        verdict: 'fail',
        atSeconds: elapsed,
        explanation: `${inARow} intervals in a row above ${100 * errorRatioMax} %`,
      };
    }
  }
  return known === 0
    ? { verdict: 'inconclusive', atSeconds: null, explanation: 'the candidate had no requests' }
    : {
        verdict: 'pass',
        atSeconds: null,
        explanation: `never ${inARow} intervals in a row above ${100 * errorRatioMax} %`,
      };
};

/** The same rule for plain samples: so many of the experiment's points in a row beyond the limit on the bad side. */
export const pointsInARow = (
  experiment: readonly number[],
  { beyond, inARow }: { readonly beyond: (value: number) => boolean; readonly inARow: number },
): RuleVerdict => {
  let run = 0;
  for (const [index, value] of experiment.entries()) {
    run = beyond(value) ? run + 1 : 0;
    if (run >= inARow) {
      return {
        verdict: 'fail',
        atSeconds: null,
        explanation: `points ${index + 2 - inARow} to ${index + 1} lie beyond the limit`,
      };
    }
  }
  return experiment.length === 0
    ? { verdict: 'inconclusive', atSeconds: null, explanation: 'the experiment has no points' }
    : {
        verdict: 'pass',
        atSeconds: null,
        explanation: `never ${inARow} points in a row beyond it`,
      };
};
