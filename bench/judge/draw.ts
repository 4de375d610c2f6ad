/** A source of numbers in [0, 1) that is the same for the same seed (sfc32, C. Doty-Humphrey, PractRand). */
export type Chance = () => number;

/** Chance from a seed; `stream` tells apart what shares it. */
export const chanceOf = (seed: number, stream = 0): Chance => {
  let a = seed >>> 0;
  let b = stream >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let warm = 0; warm < 16; warm += 1) next();
  return next;
};

/** A waiting time of mean 1. */
export const exponential = (chance: Chance): number => -Math.log1p(-chance());

/** Draws Poisson numbers of a fixed mean. */
export type Poisson = (chance: Chance) => number;

const SMALL = 12;

/** Poisson draws: by multiplication for a small mean, else Hörmann's transformed rejection (PTRS, 1993). Both are exact. */
export const poissonOf = (mean: number): Poisson => {
  if (mean <= 0) return () => 0;
  if (mean < SMALL) {
    const least = Math.exp(-mean);
    return (chance) => {
      let count = 0;
      let product = chance();
      while (product > least) {
        count += 1;
        product *= chance();
      }
      return count;
    };
  }
  const log = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4));
  const ratio = 0.9277 - 3.6224 / (b - 2);
  return (chance) => {
    for (;;) {
      const u = chance() - 0.5;
      const v = chance();
      const us = 0.5 - Math.abs(u);
      const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= ratio) return count;
      if (count < 0 || (us < 0.013 && v > us)) continue;
      const accept = Math.log(v) + inverseAlpha - Math.log(a / (us * us) + b);
      if (accept <= count * log - mean - logFactorial(count)) return count;
    }
  };
};

const FACTORIALS = new Float64Array(64);
for (let n = 1; n < FACTORIALS.length; n += 1) {
  FACTORIALS[n] = (FACTORIALS[n - 1] ?? 0) + Math.log(n);
}

/** ln n!, from a table or Stirling's series. */
export const logFactorial = (n: number): number => {
  if (n < FACTORIALS.length) return FACTORIALS[n] ?? 0;
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + 1 / (12 * x) - 1 / (360 * x * x * x);
};
