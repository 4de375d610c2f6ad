import { describe, expect, test } from 'vitest';
import { evaluateSlots } from '../../../local/services/cloudwatch/alarm-evaluation.ts';

const outcome = (pattern: string, datapointsToAlarm: number, treatMissingData: string): string => {
  const slots = pattern
    .split(' ')
    .map((sign, time) => ({ time, value: sign === '-' ? undefined : sign === 'X' ? 1 : 0 }));
  return evaluateSlots(slots, {
    evaluationPeriods: 3,
    datapointsToAlarm,
    treatMissingData,
    breaches: (value) => value > 0,
  }).state;
};

// The two tables of "Configuring how CloudWatch alarms treat missing data" (CloudWatch user guide).
const three = [
  ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  ['- - - - 0', 'OK', 'OK', 'OK', 'OK'],
  ['- - - - -', 'INSUFFICIENT_DATA', 'retain', 'ALARM', 'OK'],
  ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['- - X - -', 'ALARM', 'retain', 'ALARM', 'OK'],
];
const twoOfThree = [
  ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - X -', 'ALARM', 'retain', 'ALARM', 'OK'],
];

describe.each([
  { datapoints: 3, table: three },
  { datapoints: 2, table: twoOfThree },
])('cloudwatch: missing data: $datapoints of 3', ({ datapoints, table }) => {
  test.each(table)('%s', (pattern, missing, ignore, breaching, notBreaching) => {
    expect(
      ['missing', 'ignore', 'breaching', 'notBreaching'].map((treat) =>
        outcome(pattern ?? '', datapoints, treat),
      ),
    ).toEqual([missing, ignore, breaching, notBreaching]);
  });
});

test('cloudwatch: missing data: one fresh breaching point of three is not yet an alarm', () => {
  expect(outcome('- - - - X', 3, 'missing')).toBe('OK');
});
