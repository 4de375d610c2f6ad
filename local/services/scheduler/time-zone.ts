/** A wall clock's reading. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
};

/** Whether the name is a time zone's. */
export const isTimeZone = (timeZone: string): boolean => {
  try {
    return formatOf(timeZone) !== undefined;
  } catch {
    return false;
  }
};

/** What the wall clock of a time zone shows at an instant. */
export const localTime = (instant: number, timeZone: string): LocalTime => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: string): number => parts[name] ?? 0;
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  };
};

const asUtc = ({ year, month, day, hour, minute, second }: LocalTime): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/**
 * The first instant at which the wall clock of a time zone shows `wall`; `undefined` where it skips it in
 * spring. In autumn, where it shows it twice, the earlier one.
 */
export const instantOf = (wall: LocalTime, timeZone: string): number | undefined => {
  const target = asUtc(wall);
  if (timeZone === 'UTC') return target;
  const shownBy = (instant: number): number => asUtc(localTime(instant, timeZone)) - instant;
  // The offsets a day before and after are the only ones that can hold in between.
  const offsets = [shownBy(target - DAY), shownBy(target + DAY)];
  return offsets
    .map((offset) => target - offset)
    .filter((instant) => asUtc(localTime(instant, timeZone)) === target)
    .sort((a, b) => a - b)[0];
};
