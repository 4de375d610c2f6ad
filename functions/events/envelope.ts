import { z } from 'zod';

/** What every EventBridge event has; the rest is its detail. */
export const envelope = {
  id: z.string(),
  account: z.string().regex(/^\d{12}$/),
  region: z.string(),
  time: z.iso.datetime(),
};
