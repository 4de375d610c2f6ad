import { z } from 'zod';
import { envelope } from './envelope.ts';

/** `Alarm Fired`: a watched alarm went to ALARM while its target's traffic did not shift. */
export const AlarmFired = z.object({
  ...envelope,
  source: z.literal('slipway.alarm-fast-path'),
  'detail-type': z.literal('Alarm Fired'),
  detail: z.object({
    targetId: z.string().regex(/^[^/]+\/[^/]+\/[^/]+$/, { error: 'service/environment/Region' }),
    alarmName: z.string().min(1),
    reason: z.string(),
    /** Of CloudWatch's event: the same transition has the same id, however often it is told. */
    eventId: z.string().min(1),
    at: z.iso.datetime(),
  }),
});
export type AlarmFired = z.infer<typeof AlarmFired>;
