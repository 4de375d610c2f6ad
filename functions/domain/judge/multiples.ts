import { z } from 'zod';
import { logMean } from './log-space.ts';

/** How many times worse the candidate is assumed to be, each a bet of its own. A fixed grid: chosen before any data. */
export const MULTIPLES = [1.25, 1.5, 2, 3, 5, 10, 30, 100, 1000] as const;

const LOGS: readonly number[] = MULTIPLES.map(Math.log);

/** ln of what each bet has grown to. All that an e-process has to remember: nine numbers, small enough for an execution's state. */
export const Bets = z.array(z.number()).length(MULTIPLES.length);
export type Bets = z.infer<typeof Bets>;

/** Nothing seen yet: every bet stands at 1. */
export const freshBets = (): Bets => MULTIPLES.map(() => 0);

/** `hits` of `trials` fell where each was expected with probability `share`. */
export interface Draw {
  readonly hits: number;
  readonly trials: number;
  readonly share: number;
}

/**
 * The bets after a draw. A bet on the multiple λ replaces the share w by θ = λw/(λw+1−w); its likelihood ratio
 * (θ/w)^hits · ((1−θ)/(1−w))^(trials−hits) is λ^hits / (1+(λ−1)w)^trials, which needs no division by w or 1−w.
 */
export const placed = (bets: Bets, { hits, trials, share }: Draw, power = 1): Bets =>
  bets.map(
    (bet, index) =>
      bet +
      power *
        (hits * (LOGS[index] ?? 0) - trials * Math.log1p(((MULTIPLES[index] ?? 1) - 1) * share)),
  );

/** ln E: the mean over the bets. A mean of e-values is an e-value. */
export const logEOf = (bets: Bets): number => logMean(bets);
