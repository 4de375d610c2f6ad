import { ALPHA, type Cell } from './cells.ts';
import { logFactorial } from './draw.ts';
import { type CellResult, METHODS, type Method } from './simulate.ts';

/** A cell with what was measured in it. */
export interface Measured {
  readonly cell: Cell;
  readonly result: CellResult;
}

/** The most condemnations that chance explains: one-sided 99.9 % bound of a binomial of `runs` draws at `ratio`. */
export const mostByChance = (runs: number, ratio: number): number => {
  let below = 0;
  for (let count = 0; count < runs; count += 1) {
    below += Math.exp(
      logFactorial(runs) -
        logFactorial(count) -
        logFactorial(runs - count) +
        count * Math.log(ratio) +
        (runs - count) * Math.log1p(-ratio),
    );
    if (below >= 0.999) return count;
  }
  return runs;
};

/** The cells in which condemning is wrong and for which the judge makes its promise: errors that fall one by one. */
export const promised = (all: readonly Measured[]): Measured[] =>
  all.filter(({ cell }) => cell.equal && cell.clump === 1);

/** The cells in which the candidate is worse. */
export const worse = (all: readonly Measured[]): Measured[] =>
  all.filter(({ cell }) => !cell.equal);

/** False condemnations over several cells. */
export const falseOver = (
  cells: readonly Measured[],
  method: Method,
): { readonly condemned: number; readonly runs: number } => ({
  condemned: cells.reduce((sum, { result }) => sum + result.outcomes[method].condemned, 0),
  runs: cells.reduce((sum, { result }) => sum + result.runs, 0),
});

/** The methods other than ours that condemn at most α of the equal candidates, over all promised cells together. */
export const keepsAlpha = (all: readonly Measured[]): Method[] =>
  METHODS.filter((method) => {
    const { condemned, runs } = falseOver(promised(all), method);
    return method !== 'slipway' && condemned <= mostByChance(runs, ALPHA);
  });

/** A cell in which another method found the bad candidate sooner, half of the time. */
export interface Slower extends Measured {
  readonly method: Method;
}

/** Where ours is slower in the median than one of these methods. */
export const slowerThan = (all: readonly Measured[], methods: readonly Method[]): Slower[] =>
  worse(all).flatMap((measured) =>
    methods
      .filter((method) => {
        const theirs = measured.result.outcomes[method].median;
        const ours = measured.result.outcomes.slipway.median;
        return theirs !== null && (ours === null || theirs < ours);
      })
      .map((method) => ({ ...measured, method })),
  );

/** Promised cells in which ours condemned more equal candidates than α and chance allow. */
export const brokenPromises = (all: readonly Measured[]): Measured[] =>
  promised(all).filter(
    ({ result }) => result.outcomes.slipway.condemned > mostByChance(result.runs, ALPHA),
  );

/** The methods that keep α at this rate, share and error rate of stable: what one could choose who knew them beforehand. */
export const keepsAlphaThere = (all: readonly Measured[], { cell }: Measured): Method[] =>
  METHODS.filter((method) => {
    if (method === 'slipway') return false;
    const there = promised(all).filter(
      (other) =>
        other.cell.kind === 'steady' &&
        other.cell.rate === cell.rate &&
        other.cell.share === cell.share &&
        other.cell.stable === cell.stable,
    );
    const { condemned, runs } = falseOver(there, method);
    return runs > 0 && condemned <= mostByChance(runs, ALPHA);
  });
