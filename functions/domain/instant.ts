/** Milliseconds since the epoch as the ledger writes them: ISO 8601 in UTC. */
export const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The ledger's instant as milliseconds since the epoch. */
export const millisecondsOf = (iso: string): number => new Date(iso).getTime();

export const MINUTE = 60_000;

/** The first full minute at or after `milliseconds`. */
export const nextMinute = (milliseconds: number): number =>
  Math.ceil(milliseconds / MINUTE) * MINUTE;
