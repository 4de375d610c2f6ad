import { z } from 'zod';
import { envelope } from './envelope.ts';

const State = z.object({
  value: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  reason: z.string().optional(),
  /** JSON; of a composite alarm it names the children that decided. */
  reasonData: z.string().optional(),
  timestamp: z.string(),
});

/** `CloudWatch Alarm State Change`, of a metric alarm or a composite one. */
export const AlarmStateChanged = z.object({
  ...envelope,
  source: z.literal('aws.cloudwatch'),
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  resources: z.array(z.string()),
  detail: z.object({
    alarmName: z.string(),
    state: State,
    previousState: State.partial().optional(),
    /** There while the alarm's actions are muted: the event comes all the same. */
    muteDetail: z.object({ mutedByArn: z.string() }).optional(),
  }),
});
export type AlarmStateChanged = z.infer<typeof AlarmStateChanged>;
