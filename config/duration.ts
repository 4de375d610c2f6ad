import ms from 'ms';
import { z } from 'zod';

/** Seconds of `'90s'`, `'10m'`, `'2h'`, `'1d'`; undefined where it is none. */
export const secondsOf = (text: string): number | undefined => {
  if (!/^\d+(\.\d+)?\s?(s|m|h|d)$/.test(text)) return undefined;
  const milliseconds = ms(text as ms.StringValue);
  return milliseconds === undefined ? undefined : Math.round(milliseconds / 1000);
};

/** A duration as people write it, read as whole seconds. */
export const Duration = z
  .string()
  .refine((text) => secondsOf(text) !== undefined, {
    error: 'a duration such as "90s", "10m" or "2h"',
  })
  .transform((text) => secondsOf(text) ?? 0);
