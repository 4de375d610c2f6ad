import { requestsUntilRun } from '../../functions/domain/judge/peers/failures-in-a-row.ts';
import type { Cell, Phase } from './cells.ts';
import { type Chance, chanceOf, exponential, type Poisson, poissonOf } from './draw.ts';
import { Fisher, FixedThreshold, type Judging, MannWhitney, Slipway } from './methods.ts';

/** The methods that are compared, ours first; the last is for reference. */
export const METHODS = ['slipway', 'fixed', 'consecutive', 'mannWhitney', 'fisher'] as const;
export type Method = (typeof METHODS)[number];

/** Failed requests in a row that the consecutive-failure limit allows no more of (Envoy's consecutive_5xx). */
export const FAILURES_IN_A_ROW = 5;

/** How a method did in a cell. Times in seconds since the rollout began; null: not within the rollout. */
export interface Outcome {
  readonly condemned: number;
  readonly median: number | null;
  readonly p99: number | null;
}

/** A cell's figures. */
export interface CellResult {
  readonly id: number;
  readonly runs: number;
  readonly outcomes: Readonly<Record<Method, Outcome>>;
}

interface Draws {
  readonly seconds: number;
  readonly stableBad: Poisson;
  readonly stableGood: Poisson;
  readonly candidateBad: Poisson;
  readonly candidateGood: Poisson;
  /** Runs of failures begin so often a second. */
  readonly hazard: number;
}

/** Plays a cell's rollout so many times. Every method judges the same rollouts; counts are drawn per tick, never per request. */
export const simulate = (
  cell: Cell,
  { runs, seed }: { runs: number; seed: number },
): CellResult => {
  const chance = chanceOf(seed, cell.id);
  const ticks = cell.ticks.map((phases) => phases.map((phase) => drawsOf(phase, cell.clump)));
  const times: Record<Method, number[]> = {
    slipway: [],
    fixed: [],
    consecutive: [],
    mannWhitney: [],
    fisher: [],
  };
  for (let run = 0; run < runs; run += 1) play(ticks, chance, times);
  const outcomes = Object.fromEntries(
    METHODS.map((method) => [method, outcomeOf(times[method], runs)]),
  ) as Record<Method, Outcome>;
  return { id: cell.id, runs, outcomes };
};

const play = (
  ticks: readonly (readonly Draws[])[],
  chance: Chance,
  times: Record<Method, number[]>,
): void => {
  const judging: [Method, Judging][] = [
    ['slipway', new Slipway()],
    ['fixed', new FixedThreshold()],
    ['mannWhitney', new MannWhitney()],
    ['fisher', new Fisher()],
  ];
  let patience = exponential(chance);
  let elapsed = 0;
  for (const phases of ticks) {
    const stable = { requests: 0, bad: 0 };
    const candidate = { requests: 0, bad: 0 };
    for (const { seconds, hazard, ...draws } of phases) {
      const [theirs, ours] = [draws.stableBad(chance), draws.candidateBad(chance)];
      stable.bad += theirs;
      stable.requests += theirs + draws.stableGood(chance);
      candidate.bad += ours;
      candidate.requests += ours + draws.candidateGood(chance);
      if (patience > 0) {
        if (patience <= hazard * seconds) times.consecutive.push(elapsed + patience / hazard);
        patience -= hazard * seconds;
      }
      elapsed += seconds;
    }
    const seen = { stable, candidate };
    for (let index = judging.length - 1; index >= 0; index -= 1) {
      const [method, judge] = judging[index] ?? [];
      if (method === undefined || judge?.condemns(seen) !== true) continue;
      times[method].push(elapsed);
      judging.splice(index, 1);
    }
    if (judging.length === 0 && patience <= 0) return;
  }
};

const drawsOf = ({ seconds, rate, share, stable, candidate }: Phase, clump: number): Draws => {
  const requests = rate * seconds;
  const ours = requests * share;
  const theirs = requests - ours;
  return {
    seconds,
    stableBad: inClumps(theirs * stable, clump),
    stableGood: poissonOf(theirs * (1 - stable)),
    candidateBad: inClumps(ours * candidate, clump),
    candidateGood: poissonOf(ours * (1 - candidate)),
    hazard: (rate * share) / requestsUntilRun(candidate, FAILURES_IN_A_ROW),
  };
};

const inClumps = (mean: number, clump: number): Poisson => {
  const clumps = poissonOf(mean / clump);
  return clump === 1 ? clumps : (chance) => clump * clumps(chance);
};

const outcomeOf = (times: readonly number[], runs: number): Outcome => {
  const sorted = [...times].sort((a, b) => a - b);
  const within = (part: number): number | null => sorted[Math.ceil(part * runs) - 1] ?? null;
  return { condemned: times.length, median: within(0.5), p99: within(0.99) };
};
