/** Requests that pass, on average, before `inARow` of them fail one after another, each with probability `ratio`. */
export const requestsUntilRun = (ratio: number, inARow: number): number =>
  ratio <= 0
    ? Number.POSITIVE_INFINITY
    : ratio >= 1
      ? inARow
      : (1 - ratio ** inARow) / ((1 - ratio) * ratio ** inARow);

/** How likely so many failures in a row are somewhere in `requests` of which `bad` failed, in random order. */
export const chanceOfRun = (
  { requests, bad }: { readonly requests: number; readonly bad: number },
  inARow: number,
): number => {
  if (bad < inARow) return 0;
  if (bad === requests) return 1;
  // A run begins at a place with the chance that this and the next are bad and the one before is not.
  let first = 1;
  for (let index = 0; index < inARow; index += 1) first *= (bad - index) / (requests - index);
  const starts = first * (1 + (requests - inARow) * ((requests - bad) / requests));
  return -Math.expm1(-starts);
};
