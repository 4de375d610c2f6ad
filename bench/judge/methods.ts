import { afterTick, type ColorCounts } from '../../functions/domain/judge/allocation.ts';
import { type Bets, freshBets, logEOf } from '../../functions/domain/judge/multiples.ts';
import { ALPHA, TICK_SECONDS, TICKS } from './cells.ts';
import { logFactorial } from './draw.ts';
import { RankTest } from './rank-test.ts';

/** One tick as every method sees it. */
export interface Seen {
  readonly stable: ColorCounts;
  readonly candidate: ColorCounts;
}

/** A judge of one rollout: told tick by tick, says when it condemns. */
export interface Judging {
  /** Whether the rollout is condemned at the end of this tick. */
  condemns(tick: Seen): boolean;
}

/** Ours: the e-process on the allocation of errors, at α. */
export class Slipway implements Judging {
  private bets: Bets = freshBets();
  private readonly bar: number;

  constructor(alpha = ALPHA) {
    this.bar = -Math.log(alpha);
  }

  condemns({ stable, candidate }: Seen): boolean {
    if (stable.bad + candidate.bad === 0) return false;
    this.bets = afterTick(this.bets, { seconds: TICK_SECONDS, stable, candidate });
    // A mean is never above its largest part, which is cheaper to know.
    return Math.max(...this.bets) >= this.bar && logEOf(this.bets) >= this.bar;
  }
}

const ERROR_RATIO_MAX = 0.01;
const IN_A_ROW = 3;

/** A fixed threshold: the candidate's error rate above 1 % in three intervals in a row. */
export class FixedThreshold implements Judging {
  private run = 0;

  condemns({ candidate: { requests, bad } }: Seen): boolean {
    if (requests === 0) return false;
    this.run = bad > ERROR_RATIO_MAX * requests ? this.run + 1 : 0;
    return this.run >= IN_A_ROW;
  }
}

const INTERVALS_MIN = 5;

/** Kayenta's classifier on the error rates (in percent) of all intervals so far, after every interval from the fifth on. */
export class MannWhitney implements Judging {
  private readonly test = new RankTest(TICKS);

  condemns({ stable, candidate }: Seen): boolean {
    if (stable.requests === 0 || candidate.requests === 0) return false;
    this.test.add((100 * candidate.bad) / candidate.requests, (100 * stable.bad) / stable.requests);
    return this.test.size >= INTERVALS_MIN && this.test.isHigh();
  }
}

const LOOKS = TICKS;
const SCREEN = 3;

/** For reference, what a statistician would do who knows the number of looks beforehand: Fisher's exact test on all counts so far, at α/30. */
export class Fisher implements Judging {
  private readonly stable = { requests: 0, bad: 0 };
  private readonly candidate = { requests: 0, bad: 0 };

  condemns({ stable, candidate }: Seen): boolean {
    this.stable.requests += stable.requests;
    this.stable.bad += stable.bad;
    this.candidate.requests += candidate.requests;
    this.candidate.bad += candidate.bad;
    const all = this.stable.requests + this.candidate.requests;
    const bad = this.stable.bad + this.candidate.bad;
    if (bad === 0) return false;
    const share = this.candidate.requests / all;
    const excess = this.candidate.bad - bad * share;
    // Right-skewed: where the normal law sees three deviations, the exact tail is never below α/30.
    if (excess < SCREEN * Math.sqrt(bad * share * (1 - share) * (1 - bad / all))) return false;
    return this.tail(all, bad) <= ALPHA / LOOKS;
  }

  private tail(all: number, bad: number): number {
    const { requests, bad: ours } = this.candidate;
    const choose = (n: number, k: number): number =>
      logFactorial(n) - logFactorial(k) - logFactorial(n - k);
    let count = ours;
    let chance = Math.exp(
      choose(bad, count) + choose(all - bad, requests - count) - choose(all, requests),
    );
    let sum = 0;
    while (chance > 1e-12 && count <= Math.min(bad, requests)) {
      sum += chance;
      chance *=
        ((bad - count) * (requests - count)) / ((count + 1) * (all - bad - requests + count + 1));
      count += 1;
    }
    return sum;
  }
}
