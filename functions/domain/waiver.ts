import type { Waiver } from './release.ts';

/** The waiver for a check that still counts; null: none. */
export const waiverOf = (
  waivers: readonly Waiver[] | undefined,
  check: string,
  now: string,
): Waiver | null => waivers?.find((one) => one.check === check && one.until > now) ?? null;
