import { z } from 'zod';
import { isoOf, MINUTE, millisecondsOf } from './instant.ts';

/** What an alarm that fired while its target's traffic did not shift leads to: decided once, then done. */
export const Attribution = z.object({
  act: z.enum(['rollBack', 'page', 'record']),
  reason: z.string(),
  at: z.iso.datetime(),
  /** The rollout that was guarded; null: none was. */
  guarded: z.object({ releaseId: z.string(), rolloutId: z.string() }).nullable(),
  /** The alarm that a person is called for: of a composite, the first that sets it off. */
  subject: z.string(),
  settled: z.boolean(),
});
export type Attribution = z.infer<typeof Attribution>;

/** One transition to ALARM: `ALARMS#<environment> / AT#<at>#<eventId>`. Kept for longer than anybody counts it. */
export const FiredAlarm = z.object({
  eventId: z.string(),
  environment: z.string(),
  service: z.string(),
  targetId: z.string(),
  alarmName: z.string(),
  reason: z.string(),
  at: z.iso.datetime(),
  /** Absent: not decided yet, or nobody's to decide, because its target was shifting. */
  attribution: Attribution.optional(),
  /** Seconds since the epoch, for DynamoDB's time to live. */
  expiresAtSeconds: z.int(),
});
export type FiredAlarm = z.infer<typeof FiredAlarm>;

const KEPT_SECONDS = 30 * 86_400;

/** The row of a transition. */
export const firedAlarm = (told: {
  readonly targetId: string;
  readonly alarmName: string;
  readonly reason: string;
  readonly eventId: string;
  readonly at: string;
}): FiredAlarm => {
  const [service = '', environment = ''] = told.targetId.split('/');
  const at = millisecondsOf(told.at);
  const { eventId, targetId, alarmName, reason } = told;
  return {
    eventId,
    environment,
    service,
    targetId,
    alarmName,
    reason,
    at: isoOf(at),
    expiresAtSeconds: Math.floor(at / 1000) + KEPT_SECONDS,
  };
};

/** The hours, as prefixes of instants, in which the alarms near one instant lie. */
export const hoursAround = (at: number, withinSeconds: number): string[] => {
  const hour = 60 * MINUTE;
  const from = Math.floor((at - withinSeconds * 1000) / hour);
  const until = Math.floor((at + withinSeconds * 1000) / hour);
  return Array.from({ length: until - from + 1 }, (_, index) =>
    isoOf((from + index) * hour).slice(0, 13),
  );
};

/** The most services whose alarms fired within one stretch of so many seconds that has `at` in it, sorted. */
export const firedTogether = (
  alarms: readonly Pick<FiredAlarm, 'service' | 'at'>[],
  at: number,
  withinSeconds: number,
): string[] => {
  const within = withinSeconds * 1000;
  const near = alarms
    .map(({ service, at: instant }) => ({ service, at: millisecondsOf(instant) }))
    .filter((alarm) => Math.abs(alarm.at - at) <= within);
  const stretches = [at, ...near.map((alarm) => alarm.at)]
    .filter((start) => start <= at)
    .map((start) => {
      const inside = near.filter((alarm) => alarm.at >= start && alarm.at <= start + within);
      return [...new Set(inside.map(({ service }) => service))].sort();
    });
  return stretches.reduce((most, one) => (one.length > most.length ? one : most), []);
};
