import { standardizedRankSum } from '../../functions/domain/judge/peers/mann-whitney.ts';
import { normalQuantile } from '../../functions/domain/judge/peers/normal-quantile.ts';

const TOLERANCE = 0.25;
const QUANTILE = normalQuantile(0.99);

/**
 * Whether Kayenta would classify growing samples as High, without computing its interval: the rank sum falls as the shift
 * grows, so the interval's lower end lies above a quarter of the Hodges-Lehmann estimate exactly where the rank sum at
 * that shift is still above the quantile. The rank sum at 0, which is enough to say no, is kept up to date.
 */
export class RankTest {
  size = 0;
  private wins = 0;
  private ties = 0;
  private readonly experiment: number[];
  private readonly control: number[];

  constructor(capacity: number) {
    this.experiment = Array.from({ length: capacity }, () => 0);
    this.control = Array.from({ length: capacity }, () => 0);
  }

  /** Adds an interval's pair. */
  add(experiment: number, control: number): void {
    let likeOurs = 0;
    let likeTheirs = experiment === control ? 1 : 0;
    let wins = won(experiment, control);
    for (let index = 0; index < this.size; index += 1) {
      const ours = this.experiment[index] ?? 0;
      const theirs = this.control[index] ?? 0;
      wins += won(experiment, theirs) + won(ours, control);
      likeOurs += same(ours, experiment) + same(theirs, experiment);
      likeTheirs += same(ours, control) + same(theirs, control);
    }
    // A value like k others raises the sum of t³−t over the groups of ties by 3k²+3k.
    this.ties += 3 * likeOurs * (likeOurs + 1) + 3 * likeTheirs * (likeTheirs + 1);
    this.wins += wins;
    this.experiment[this.size] = experiment;
    this.control[this.size] = control;
    this.size += 1;
  }

  /** The standardized rank sum at no shift; 0 where all is tied. */
  atNoShift(): number {
    const n = this.size;
    const excess = this.wins - (n * n) / 2;
    const spread = ((n * n) / 12) * (2 * n + 1 - this.ties / (2 * n * (2 * n - 1)));
    return spread <= 0 ? 0 : (excess - Math.sign(excess) * 0.5) / Math.sqrt(spread);
  }

  /** Kayenta's High, at its tolerance of 0.25 and its confidence level of 0.98. */
  isHigh(): boolean {
    if (this.atNoShift() <= QUANTILE) return false;
    const experiment = this.experiment.slice(0, this.size);
    const control = this.control.slice(0, this.size);
    const bound = TOLERANCE * Math.abs(medianDifference(experiment, control));
    return standardizedRankSum(bound, experiment, control) > QUANTILE;
  }
}

const won = (ours: number, theirs: number): number =>
  ours > theirs ? 1 : ours === theirs ? 0.5 : 0;

const same = (a: number, b: number): number => (a === b ? 1 : 0);

const medianDifference = (experiment: readonly number[], control: readonly number[]): number => {
  const differences = new Float64Array(experiment.length * control.length);
  let at = 0;
  for (const ours of experiment) {
    for (const theirs of control) {
      differences[at] = ours - theirs;
      at += 1;
    }
  }
  differences.sort();
  const half = at >> 1;
  return at % 2 === 1
    ? (differences[half] ?? 0)
    : ((differences[half - 1] ?? 0) + (differences[half] ?? 0)) / 2;
};
