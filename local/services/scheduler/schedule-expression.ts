import { type CronExpression, parseCron } from './cron-expression.ts';
import { instantOf, localTime } from './time-zone.ts';

/** When something is due again and again, or once. */
export interface ScheduleExpression {
  readonly kind: 'rate' | 'cron' | 'at';
  /** The first due instant after `after`; `undefined` when there is none any more. `anchor` is what rates count from. */
  next(after: number, anchor: number): number | undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};
/** Cron years end here. */
const LAST_YEAR = 2199;
const DAY = 86_400_000;

const parseRate = (text: string): ScheduleExpression | undefined => {
  const match = /^(\d+) (minute|hour|day)s?$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || value < 1) return undefined;
  const interval = value * (UNITS[match[2] ?? ''] ?? 0);
  return {
    kind: 'rate',
    next: (after, anchor) =>
      after < anchor + interval
        ? anchor + interval
        : anchor + (Math.floor((after - anchor) / interval) + 1) * interval,
  };
};

const nextOnDay = (
  cron: CronExpression,
  day: { year: number; month: number; day: number },
  after: number,
  timeZone: string,
): number | undefined => {
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const instant = instantOf({ ...day, hour, minute, second: 0 }, timeZone);
      if (instant !== undefined && instant > after) return instant;
    }
  }
  return undefined;
};

const nextCron = (cron: CronExpression, after: number, timeZone: string): number | undefined => {
  const today = localTime(after, timeZone);
  // Days are counted as UTC days of the same name: calendars need no time zone.
  let date = Date.UTC(today.year, today.month - 1, today.day);
  for (;;) {
    const at = new Date(date);
    const day = { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
    if (day.year > LAST_YEAR) return undefined;
    if (!cron.isYear(day.year)) {
      date = Date.UTC(day.year + 1, 0, 1);
      continue;
    }
    if (!cron.months.has(day.month)) {
      date = Date.UTC(day.year, day.month, 1);
      continue;
    }
    if (cron.isDay(day.year, day.month, day.day)) {
      const found = nextOnDay(cron, day, after, timeZone);
      if (found !== undefined) return found;
    }
    date += DAY;
  }
};

const parseAt = (text: string, timeZone: string): ScheduleExpression | undefined => {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number);
  const instant = instantOf({ year, month, day, hour, minute, second }, timeZone);
  if (instant === undefined) return undefined;
  return { kind: 'at', next: (after) => (instant > after ? instant : undefined) };
};

/** Reads `rate(…)`, `cron(…)` or `at(…)`; `undefined` if it is none of them. */
export const parseSchedule = (
  expression: string,
  timeZone = 'UTC',
): ScheduleExpression | undefined => {
  const match = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim());
  if (match === null) return undefined;
  const [, kind, inside = ''] = match;
  if (kind === 'rate') return parseRate(inside);
  if (kind === 'at') return parseAt(inside, timeZone);
  const cron = parseCron(inside);
  return cron && { kind: 'cron', next: (after) => nextCron(cron, after, timeZone) };
};
