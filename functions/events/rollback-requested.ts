import { z } from 'zod';
import { envelope } from './envelope.ts';

/** `Rollback Requested`: an alarm fast path has turned its target's override on. */
export const RollbackRequested = z.object({
  ...envelope,
  source: z.literal('slipway.alarm-fast-path'),
  'detail-type': z.literal('Rollback Requested'),
  detail: z.object({
    targetId: z.string(),
    rolloutId: z.string(),
    alarmName: z.string(),
    reason: z.string(),
  }),
});
export type RollbackRequested = z.infer<typeof RollbackRequested>;
