/** A number or a word in a table. */
export type Cell = string | number | null;

/** Rows under their columns. */
export interface Figures {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A number that the design promises to hold, and the one that was measured. */
export interface Bound {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
  readonly unit: string;
  readonly held: boolean;
}

/** One part of the benchmark as it is printed. */
export interface Section {
  readonly name: string;
  readonly title: string;
  /** What the figures mean and how they were got. */
  readonly notes: readonly string[];
  readonly figures: readonly Figures[];
  readonly bounds: readonly Bound[];
}

/** `measured` may be as large as `limit`. */
export const atMost = (what: string, measured: number, limit: number, unit: string): Bound => ({
  what,
  measured,
  limit,
  unit,
  held: measured <= limit,
});

/** `measured` must stay under `limit`. */
export const below = (what: string, measured: number, limit: number, unit: string): Bound => ({
  ...atMost(what, measured, limit, unit),
  held: measured < limit,
});

/** The middle one; of an even number the mean of the middle two. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values, so no median');
  return (lower + upper) / 2;
};

/** Three digits that matter, whole above a hundred. */
export const rounded = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));

/** How often each key was seen, the most often seen first, equals by name. */
export const tally = (keys: Iterable<string>): [string, number][] => {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
};

/** The most of `instants` (milliseconds) that lie within one second of each other. */
export const mostWithinASecond = (instants: readonly number[]): number => {
  const sorted = [...instants].sort((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[from] ?? at) >= 1000) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
};
