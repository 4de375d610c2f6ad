import { z } from 'zod';
import { GroupWeight } from './weights.ts';

/** What RestoreStable read back; both null on a target that had nothing before. */
export const Restored = z.object({
  pointerVersion: z.string().nullable(),
  weights: z.array(GroupWeight).nullable(),
  readAt: z.iso.datetime(),
});
export type Restored = z.infer<typeof Restored>;
