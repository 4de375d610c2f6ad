/** The six fields of a cron expression, as sets; days also by their special forms. */
export interface CronExpression {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  isDay(year: number, month: number, day: number): boolean;
  isYear(year: number): boolean;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

class CronFault extends Error {}

const numberOf = (text: string, names: readonly string[], low: number, high: number): number => {
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? named + 1 : Number(text);
  if (!/^\w+$/.test(text) || !Number.isInteger(value) || value < low || value > high) {
    throw new CronFault();
  }
  return value;
};

/** What one part of a field says: `*`, `7`, `1-5`, `0/15`, `10-30/5`. */
const partOf = (
  part: string,
  low: number,
  high: number,
  names: readonly string[],
): { first: number; last: number; by: number } => {
  const match = /^(\*|\?|\w+(?:-\w+)?)(?:\/(\d+))?$/.exec(part);
  const [, span = '', step] = match ?? [];
  const by = Number(step ?? 1);
  if (match === null || by < 1) throw new CronFault();
  if (span === '*' || span === '?') return { first: low, last: high, by };
  const [from = '', to] = span.split('-');
  const first = numberOf(from, names, low, high);
  if (to !== undefined) return { first, last: numberOf(to, names, low, high), by };
  return { first, last: step === undefined ? first : high, by };
};

/** The values of a field of several parts. */
const rangeOf = (
  text: string,
  low: number,
  high: number,
  names: readonly string[] = [],
): readonly number[] => {
  const found = new Set<number>();
  const span = high - low + 1;
  for (const part of text.split(',')) {
    const { first, last, by } = partOf(part, low, high, names);
    // A range over the end of the week (FRI-MON) goes on at its beginning.
    const length = last >= first ? last - first : last - first + span;
    for (let offset = 0; offset <= length; offset += by) {
      const value = first + offset;
      found.add(value > high ? value - span : value);
    }
  }
  return [...found].sort((a, b) => a - b);
};

const daysIn = (year: number, month: number): number =>
  new Date(Date.UTC(year, month, 0)).getUTCDate();

const weekdayOf = (year: number, month: number, day: number): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

type DayTest = (year: number, month: number, day: number) => boolean;

/** The weekday nearest to a day, without leaving its month. */
const nearestWeekday = (year: number, month: number, day: number): number => {
  const last = daysIn(year, month);
  const wanted = Math.min(day, last);
  const weekday = weekdayOf(year, month, wanted);
  if (weekday === 7) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (weekday === 1) return wanted < last ? wanted + 1 : wanted - 2;
  return wanted;
};

const dayOfMonthTest = (text: string): DayTest => {
  if (text === 'L') return (year, month, day) => day === daysIn(year, month);
  if (text === 'LW') {
    return (year, month, day) => day === nearestWeekday(year, month, daysIn(year, month));
  }
  const nearest = /^(\d{1,2})W$/.exec(text)?.[1];
  if (nearest !== undefined) {
    const wanted = numberOf(nearest, [], 1, 31);
    return (year, month, day) => day === nearestWeekday(year, month, wanted);
  }
  const days = new Set(rangeOf(text, 1, 31));
  return (_year, _month, day) => days.has(day);
};

const dayOfWeekTest = (text: string): DayTest => {
  const last = /^(\w+)L$/i.exec(text)?.[1];
  if (text === 'L') return (year, month, day) => weekdayOf(year, month, day) === 7;
  if (last !== undefined && !DAYS.includes(text.toUpperCase())) {
    const weekday = numberOf(last, DAYS, 1, 7);
    return (year, month, day) =>
      weekdayOf(year, month, day) === weekday && day + 7 > daysIn(year, month);
  }
  const nth = /^(\w+)#([1-5])$/.exec(text);
  if (nth !== null) {
    const weekday = numberOf(nth[1] ?? '', DAYS, 1, 7);
    const week = Number(nth[2]);
    return (year, month, day) =>
      weekdayOf(year, month, day) === weekday && Math.ceil(day / 7) === week;
  }
  const days = new Set(rangeOf(text, 1, 7, DAYS));
  return (year, month, day) => days.has(weekdayOf(year, month, day));
};

/** Reads the inside of `cron(…)`: minutes, hours, day of month, month, day of week, year. `undefined` if it is none. */
export const parseCron = (text: string): CronExpression | undefined => {
  const fields = text.trim().split(/\s+/);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  // One of the two days must be left open: AWS refuses `*` in both.
  if (fields.length !== 6 || (dayOfMonth === '?') === (dayOfWeek === '?')) return undefined;
  try {
    const years = new Set(rangeOf(year, 1970, 2199));
    return {
      minutes: rangeOf(minute, 0, 59),
      hours: rangeOf(hour, 0, 23),
      months: new Set(rangeOf(month, 1, 12, MONTHS)),
      isDay: dayOfMonth === '?' ? dayOfWeekTest(dayOfWeek) : dayOfMonthTest(dayOfMonth),
      isYear: (value) => years.has(value),
    };
  } catch (error) {
    if (error instanceof CronFault) return undefined;
    throw error;
  }
};
