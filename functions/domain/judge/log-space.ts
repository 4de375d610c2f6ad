/** ln of a sum of numbers given by their logarithms. */
export const logSum = (logs: readonly number[]): number => {
  let highest = Number.NEGATIVE_INFINITY;
  for (const log of logs) highest = Math.max(highest, log);
  if (!Number.isFinite(highest)) return highest;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - highest);
  return highest + Math.log(sum);
};

/** ln of the mean of numbers given by their logarithms. */
export const logMean = (logs: readonly number[]): number => logSum(logs) - Math.log(logs.length);

/** exp, held below infinity, so that the number survives JSON. */
export const fromLog = (log: number): number =>
  log >= 709 ? Number.MAX_VALUE : log === Number.NEGATIVE_INFINITY ? 0 : Math.exp(log);

// Stirling's series is exact to the last digit from here on; below, the recurrence brings us up.
const STIRLING_FROM = 10;

/** ln Γ(x) for x > 0. */
export const logGamma = (x: number): number => {
  let shift = 0;
  let z = x;
  while (z < STIRLING_FROM) {
    shift -= Math.log(z);
    z += 1;
  }
  const inverse = 1 / z;
  const square = inverse * inverse;
  const series =
    inverse *
    (1 / 12 +
      square *
        (-1 / 360 +
          square *
            (1 / 1260 + square * (-1 / 1680 + square * (1 / 1188 - (square * 691) / 360360)))));
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
};

/** ln of the number of ways to choose k of n. */
export const logChoose = (n: number, k: number): number =>
  k < 0 || k > n
    ? Number.NEGATIVE_INFINITY
    : logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
