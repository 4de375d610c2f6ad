import type { ColorCounts } from './allocation.ts';
import { type Bets, placed } from './multiples.ts';

/**
 * The absolute ceiling, for when stable is bad too: an e-process against "the candidate's error rate is at most `max`".
 * Each request fails with a probability of at most q = max given the past, so λ^x / (1+(λ−1)q)^n has mean ≤ 1 (the
 * odds-λ likelihood ratio of n Bernoulli draws, growing in x), and Ville's inequality holds as for the allocation.
 * Not thinned: the ceiling is a promise about what users see, and a burst is seen.
 */
export const afterRequests = (bets: Bets, { requests, bad }: ColorCounts, max: number): Bets =>
  placed(bets, { hits: bad, trials: requests, share: max });
