import { validationError } from './cloudwatch-error.ts';

/** When a mute rule mutes, in UTC. */
export interface MuteSchedule {
  readonly once: boolean;
  /** The window that `now` is in. */
  windowAt(now: number): { from: number; to: number } | undefined;
  /** It will never mute again. */
  isOver(now: number): boolean;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const DAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

/** Reads `cron(…)` of five fields or `at(…)`, and the duration of each window: `PT1M` to `P15D`. */
export const parseMuteSchedule = (expression: string, duration: string): MuteSchedule => {
  const length = durationOf(duration);
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\)$/.exec(expression)?.[1];
  if (at !== undefined) return onceAt(Date.parse(`${at}:00Z`), length);
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== 5) {
    throw validationError(
      `Schedule expression ${expression} must be cron(Minutes Hours Day-of-month Month Day-of-week) or at(yyyy-MM-ddThh:mm)`,
    );
  }
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = fields;
  return recurring(
    {
      minutes: valuesOf(minutes, 0, 59),
      hours: valuesOf(hours, 0, 23),
      days: valuesOf(days, 1, 31),
      months: valuesOf(months, 1, 12, MONTHS, 1),
      weekdays: valuesOf(weekdays, 0, 6, DAYS, 0),
    },
    length,
  );
};

const onceAt = (from: number, length: number): MuteSchedule => ({
  once: true,
  windowAt: (now) => (now >= from && now < from + length ? { from, to: from + length } : undefined),
  isOver: (now) => now >= from + length,
});

type Fields = Readonly<
  Record<'minutes' | 'hours' | 'days' | 'months' | 'weekdays', readonly number[]>
>;

const recurring = (fields: Fields, length: number): MuteSchedule => ({
  once: false,
  windowAt: (now) => {
    const today = Math.floor(now / DAY) * DAY;
    for (let day = today; day > now - length - DAY; day -= DAY) {
      const date = new Date(day);
      const due =
        fields.days.includes(date.getUTCDate()) &&
        fields.months.includes(date.getUTCMonth() + 1) &&
        fields.weekdays.includes(date.getUTCDay());
      if (!due) continue;
      const starts = fields.hours.flatMap((hour) =>
        fields.minutes.map((minute) => day + (hour * 60 + minute) * MINUTE),
      );
      const from = starts.findLast((start) => start <= now && now < start + length);
      if (from !== undefined) return { from, to: from + length };
    }
    return undefined;
  },
  isOver: () => false,
});

const valuesOf = (
  field: string,
  least: number,
  most: number,
  names: readonly string[] = [],
  first = 0,
): number[] => {
  const one = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    const value = named === -1 ? Number(text) : named + first;
    if (Number.isInteger(value) && text !== '' && value >= least && value <= most) return value;
    throw validationError(`Schedule expression has ${text} where ${least} to ${most} may stand`);
  };
  return field
    .split(',')
    .flatMap((part) => {
      if (part === '*') return range(least, most);
      const [from = '', to] = part.split('-');
      return to === undefined ? [one(from)] : range(one(from), one(to));
    })
    .sort((a, b) => a - b);
};

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

const durationOf = (duration: string): number => {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration);
  const [, days = '0', hours = '0', minutes = '0'] = match ?? [];
  const length = Number(days) * DAY + (Number(hours) * 60 + Number(minutes)) * MINUTE;
  if (match && length >= MINUTE && length <= 15 * DAY) return length;
  throw validationError(`Duration ${duration} must be an ISO 8601 duration from PT1M to P15D`);
};
