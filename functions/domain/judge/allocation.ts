import { invariant } from '../invariant.ts';
import { type Bets, placed } from './multiples.ts';

/** What one color got in a tick, and how much of it was bad: an error, or slower than the limit. */
export interface ColorCounts {
  readonly requests: number;
  readonly bad: number;
}

/** Both colors over the same stretch of time. */
export interface TickCounts {
  readonly seconds: number;
  readonly stable: ColorCounts;
  readonly candidate: ColorCounts;
}

/**
 * The anytime-valid mixture e-process on the allocation of errors between the colors.
 *
 * **Null hypothesis.** The candidate is no worse: within a tick, a request's chance to fail does not grow by being sent
 * to the candidate. Nothing is assumed about what that chance is, or how it moves from tick to tick.
 *
 * **One tick.** Of n = n_c + n_s requests X = x_c + x_s failed. Were the colors equal, the X failures would be a draw
 * without replacement from n requests of which n_c are the candidate's: x_c is hypergeometric with mean wX, w = n_c/n.
 * For λ > 1 let Y = λ^x_c / (1+(λ−1)w)^X, the likelihood ratio of "an error falls on the candidate with odds λ times too
 * high" to "with probability w".
 * 1. A binomial x_c has E[λ^x_c] = (1+(λ−1)w)^X. Hoeffding (1963, theorem 4): a convex function of a sum drawn without
 *    replacement has no larger mean than drawn with replacement. So E[Y | n_c, n_s, X] ≤ 1.
 * 2. A better candidate's x_c is stochastically smaller (a noncentral hypergeometric of odds ≤ 1) and Y grows with x_c,
 *    so the bound holds for "no worse", not just for "equal".
 * 3. The tick is thinned: Y^p with p = min(1, M/X), M the tick's seconds. p is a function of X, on which 1. is
 *    conditioned, and y^p is concave: E[Y^p | X] ≤ E[Y | X]^p ≤ 1 (Jensen). Were p made of one color's errors only,
 *    an outage that both share would condemn every equal candidate.
 *
 * What thinning buys: errors come in clumps (one broken connection, one client's session) that fall on a color as a
 * whole, each independently with probability w. A clump of k errors contributes (λ^k or 1, over (1+(λ−1)w)^k)^p, whose mean
 * is ≤ 1 as long as pk ≤ 1 (Jensen again): as long as no clump holds more errors than an average second of its tick, X/M.
 *
 * **All ticks.** Given the past, each factor has mean ≤ 1, so the product over ticks is a nonnegative supermartingale
 * that starts at 1, for every λ; so is E, the mean over the grid. Ville (1939): P(E ever reaches 1/α) ≤ α, however often
 * one looks, whenever one stops, and however the weights are changed on the way, as long as that is decided by the past.
 *
 * **What it needs.** Within one tick the split between the colors is not tied to when errors happen (leave out a tick in
 * which the weight moved), and requests are sent to a color without regard to whether they will fail.
 *
 * W. Hoeffding, Probability inequalities for sums of bounded random variables, JASA 58 (1963). J. Ville, Étude critique
 * de la notion de collectif (1939). A. Ramdas, P. Grünwald, V. Vovk, G. Shafer, Game-theoretic statistics and safe
 * anytime-valid inference, Statistical Science 38 (2023). H. Robbins, Statistical methods related to the law of the
 * iterated logarithm, Annals of Mathematical Statistics 41 (1970), for mixtures.
 */
export const afterTick = (bets: Bets, { seconds, stable, candidate }: TickCounts): Bets => {
  for (const { requests, bad } of [stable, candidate]) {
    invariant(
      requests >= 0 && bad >= 0 && bad <= requests,
      `of ${requests} requests ${bad} can't be bad`,
    );
  }
  invariant(seconds > 0, `a tick lasts longer than ${seconds} s`);
  const trials = stable.bad + candidate.bad;
  if (trials === 0) return bets;
  const share = candidate.requests / (candidate.requests + stable.requests);
  return placed(bets, { hits: candidate.bad, trials, share }, Math.min(1, seconds / trials));
};
