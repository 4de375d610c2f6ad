import { z } from 'zod';

/** Why a pair can't be released again without an explicit, recorded act. */
export const Quarantine = z.object({
  service: z.string(),
  digest: z.string(),
  configDigest: z.string(),
  reason: z.string(),
  rolloutId: z.string(),
  at: z.iso.datetime(),
});
export type Quarantine = z.infer<typeof Quarantine>;
