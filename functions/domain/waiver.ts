import type { Waiver } from './release.ts';
import type { Target } from './target.ts';

/** The waiver for a check that still counts; null: none. */
export const waiverOf = (
  waivers: readonly Waiver[] | undefined,
  check: string,
  now: string,
): Waiver | null => waivers?.find((one) => one.check === check && one.until > now) ?? null;

/** What is left out of the alarms that a shift is held up by: those that were waived, and the composite that stands on them. */
export const waivedAlarms = (
  waivers: readonly Waiver[] | undefined,
  alarms: { readonly watched: readonly string[]; readonly composite: string },
  now: string,
): string[] => {
  const named = alarms.watched.filter((name) => waiverOf(waivers, `alarm:${name}`, now) !== null);
  return named.length === 0 ? [] : [...new Set([...named, alarms.composite])];
};

/** The target with fewer watched alarms. */
export const withoutAlarms = (target: Target, names: readonly string[]): Target =>
  target.shiftable === null || names.length === 0
    ? target
    : {
        ...target,
        shiftable: {
          ...target.shiftable,
          alarms: {
            ...target.shiftable.alarms,
            watched: target.shiftable.alarms.watched.filter((name) => !names.includes(name)),
          },
        },
      };
