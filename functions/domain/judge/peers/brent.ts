/** Where a function changes sign, and what it is at both ends. */
export interface Bracket {
  readonly from: number;
  readonly to: number;
  readonly atFrom: number;
  readonly atTo: number;
}

const TOLERANCE = 1e-4;
const STEPS_MAX = 1001;

/**
 * Brent's root finder (zeroin, as R's uniroot has it) with its tolerance of 1e-4. On a step function the answer depends
 * on the path taken, so the same path is taken here, or the intervals would not be those of wilcox.test.
 */
export const brentRoot = (f: (x: number) => number, bracket: Bracket): number => {
  let { from: a, to: b, atFrom: fa, atTo: fb } = bracket;
  if (fa === 0) return a;
  if (fb === 0) return b;
  let c = a;
  let fc = fa;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const previous = b - a;
    if (Math.abs(fc) < Math.abs(fb)) {
      [a, b, c] = [b, c, b];
      [fa, fb, fc] = [fb, fc, fb];
    }
    const tolerance = 2 * Number.EPSILON * Math.abs(b) + TOLERANCE / 2;
    let move = (c - b) / 2;
    if (Math.abs(move) <= tolerance || fb === 0) return b;
    if (Math.abs(previous) >= tolerance && Math.abs(fa) > Math.abs(fb)) {
      move = interpolated({ a, b, c, fa, fb, fc }, { previous, tolerance }) ?? move;
    }
    a = b;
    fa = fb;
    b += Math.abs(move) < tolerance ? atLeast(tolerance, move) : move;
    fb = f(b);
    if ((fb > 0 && fc > 0) || (fb < 0 && fc < 0)) {
      c = a;
      fc = fa;
    }
  }
  return b;
};

const atLeast = (tolerance: number, move: number): number => (move > 0 ? tolerance : -tolerance);

interface Three {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly fa: number;
  readonly fb: number;
  readonly fc: number;
}

/** The next step: along a line through two points, else an inverse parabola through three; null where it leaves the bracket. */
const interpolated = (
  { a, b, c, fa, fb, fc }: Three,
  { previous, tolerance }: { readonly previous: number; readonly tolerance: number },
): number | null => {
  const gap = c - b;
  let over: number;
  let under: number;
  if (a === c) {
    const slope = fb / fa;
    over = gap * slope;
    under = 1 - slope;
  } else {
    const ac = fa / fc;
    const bc = fb / fc;
    const ba = fb / fa;
    over = ba * (gap * ac * (ac - bc) - (b - a) * (bc - 1));
    under = (ac - 1) * (bc - 1) * (ba - 1);
  }
  if (over > 0) under = -under;
  else over = -over;
  const fits =
    over < 0.75 * gap * under - Math.abs(tolerance * under) / 2 &&
    over < Math.abs((previous * under) / 2);
  return fits ? over / under : null;
};
