import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../../local/services/scheduler/schedule-expression.ts';

/** The next times of an expression after an instant. */
const times = (expression: string, from: string, count: number, timeZone = 'UTC'): string[] => {
  const schedule = parseSchedule(expression, timeZone);
  const found: string[] = [];
  let at = Date.parse(from);
  const anchor = at;
  while (schedule !== undefined && found.length < count) {
    const next = schedule.next(at, anchor);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().replace(':00.000Z', ''));
    at = next;
  }
  return found;
};

const NOW = '2026-11-21T12:00:00Z';

describe('scheduler: expressions', () => {
  // The first are the examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html, read 2026-11-21.
  it.each([
    ['cron(0 10 * * ? *)', ['2026-11-22T10:00', '2026-11-23T10:00']],
    ['cron(15 12 * * ? *)', ['2026-11-21T12:15', '2026-11-22T12:15']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-11-23T18:00', '2026-11-24T18:00']],
    ['cron(0 8 1 * ? *)', ['2026-12-01T08:00', '2027-01-01T08:00']],
    ['cron(0/15 * * * ? *)', ['2026-11-21T12:15', '2026-11-21T12:30']],
    ['cron(0/10 * ? * MON-FRI *)', ['2026-11-23T00:00', '2026-11-23T00:10']],
    ['cron(0/5 8-17 ? * MON-FRI *)', ['2026-11-23T08:00', '2026-11-23T08:05']],
    ['cron(0 9 ? * 2#1 *)', ['2026-12-07T09:00', '2027-01-04T09:00']],
    ['cron(0 0 L * ? *)', ['2026-11-30T00:00', '2026-12-31T00:00']],
    ['cron(0 0 LW * ? *)', ['2026-11-30T00:00', '2026-12-31T00:00']],
    ['cron(0 0 ? * 6L *)', ['2026-11-27T00:00', '2026-12-25T00:00']],
    ['cron(0 0 ? * L *)', ['2026-11-28T00:00', '2026-12-05T00:00']],
    ['cron(0 0 15W * ? *)', ['2026-12-15T00:00', '2027-01-15T00:00']],
    ['cron(0 0 1W 8 ? 2026-2027)', ['2027-08-02T00:00']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(0 12 ? * FRI-SUN *)', ['2026-11-22T12:00', '2026-11-27T12:00', '2026-11-28T12:00']],
    ['cron(0 0 ? JAN,JUL SUN 2027/2)', ['2027-01-03T00:00', '2027-01-10T00:00']],
    ['cron(0 0 1 1 ? 2020)', []],
    ['rate(1 minute)', ['2026-11-21T12:01', '2026-11-21T12:02']],
    ['rate(2 hours)', ['2026-11-21T14:00', '2026-11-21T16:00']],
    ['rate(7 days)', ['2026-11-28T12:00', '2026-12-05T12:00']],
    ['at(2026-11-22T08:30:00)', ['2026-11-22T08:30']],
    ['at(2026-11-20T08:30:00)', []],
  ])('%s', (expression, expected) => {
    expect(parseSchedule(expression)).toBeDefined();
    expect(times(expression, NOW, expected.length || 1)).toEqual(expected);
  });

  it.each([
    '',
    'every day',
    'rate(0 minutes)',
    'rate(5 fortnights)',
    'rate(-1 minutes)',
    'cron(0 10 * * *)',
    'cron(0 10 * * * *)',
    'cron(0 10 ? * ? *)',
    'cron(60 10 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 10 32 * ? *)',
    'cron(0 10 * 13 ? *)',
    'cron(0 10 ? * XYZ *)',
    'cron(0 10 ? * 2#6 *)',
    'cron(0/0 10 * * ? *)',
    'at(2026-02-30)',
    'at(tomorrow)',
  ])('refuses %j', (expression) => {
    expect(parseSchedule(expression)).toBeUndefined();
  });
});

describe('scheduler: time zones', () => {
  it('reads an expression on the wall clock of its zone', () => {
    expect(times('cron(0 9 * * ? *)', NOW, 2, 'America/New_York')).toEqual([
      '2026-11-21T14:00',
      '2026-11-22T14:00',
    ]);
    expect(times('cron(30 0 * * ? *)', NOW, 1, 'Asia/Kolkata')).toEqual(['2026-11-21T19:00']);
    expect(times('at(2026-12-01T09:00:00)', NOW, 1, 'Europe/Berlin')).toEqual(['2026-12-01T08:00']);
  });

  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time, read 2026-11-21.
  it('skips a time that spring leaves out', () => {
    expect(times('cron(30 2 * * ? *)', '2026-03-27T12:00:00Z', 3, 'Europe/Berlin')).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
      '2026-03-31T00:30',
    ]);
  });

  it('takes a time that autumn repeats once', () => {
    expect(times('cron(30 2 * * ? *)', '2026-10-24T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('follows the day of the zone, not of UTC', () => {
    expect(times('cron(0 23 ? * SAT *)', NOW, 1, 'America/Los_Angeles')).toEqual([
      '2026-11-22T07:00',
    ]);
    expect(times('cron(0 1 1 * ? *)', NOW, 1, 'Asia/Tokyo')).toEqual(['2026-11-30T16:00']);
  });
});
