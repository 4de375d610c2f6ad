import type { Verdict } from '../verdict.ts';
import type { ColorCounts } from './allocation.ts';
import { eValueOf, freshJudge, type JudgeState, observed } from './judge.ts';
import { judgementOf } from './judgement.ts';

/** One tick of a recorded rollout; null where a color's metrics were not known. */
export interface RecordedTick {
  readonly seconds: number;
  readonly stable: ColorCounts | null;
  readonly candidate: ColorCounts | null;
}

/** How a recording is judged. */
export interface ReplayTerms {
  readonly alpha: number;
  readonly requestsMin: number;
  readonly errorRatioMax: number | null;
}

/** A verdict on what was recorded. `atSeconds`: when the candidate was condemned, counted from the beginning. */
export interface Replayed {
  readonly verdict: Verdict;
  readonly eValue: number;
  readonly atSeconds: number | null;
  readonly explanation: string;
}

/** Judges a recorded rollout as one step, tick by tick, as it would have been judged live. */
export const replay = (ticks: readonly RecordedTick[], terms: ReplayTerms): Replayed => {
  const { alpha, errorRatioMax, requestsMin } = terms;
  let state: JudgeState = freshJudge({ alpha, errorRatioMax, metrics: { alb: ['errors'] } });
  let elapsed = 0;
  let atSeconds: number | null = null;
  for (const { seconds, stable, candidate } of ticks) {
    elapsed += seconds;
    const known = stable !== null && candidate !== null;
    state = observed(state, {
      seconds,
      readings: known ? { alb: { errors: { stable, candidate } } } : {},
    });
    if (state.condemned !== null) {
      atSeconds = elapsed;
      break;
    }
  }
  const { verdict, reason } = judgementOf(state, { requestsMin });
  const explanation = atSeconds === null ? reason : `condemned after ${atSeconds} s: ${reason}`;
  return { verdict, eValue: eValueOf(state), atSeconds, explanation };
};
