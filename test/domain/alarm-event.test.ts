import { describe, expect, test } from 'vitest';
import { alarmReason, fastPathStep } from '../../functions/domain/alarm-event.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const row = {
  phase: 'shifting' as const,
  rolloutId: 'r1',
  watchedAlarms: ['errors'],
  firstShiftAt: new Date(NOW - 300_000).toISOString(),
};
const event = { alarmName: 'errors', value: 'ALARM', at: NOW - 1_000, now: NOW };

describe('alarm event', () => {
  test.each([
    ['while traffic shifts', row, event, 'act'],
    ['in the bake', { ...row, phase: 'baking' as const }, event, 'act'],
    ['back to OK', row, { ...event, value: 'OK' }, 'record'],
    ['nothing under way', { ...row, phase: 'idle' as const }, event, 'tell'],
    ['no row', null, event, 'tell'],
    ['no rollout', { ...row, rolloutId: null }, event, 'tell'],
    ["somebody else's alarm", row, { ...event, alarmName: 'other' }, 'tell'],
    [
      'older than ten minutes',
      { ...row, firstShiftAt: new Date(0).toISOString() },
      { ...event, at: NOW - 601_000 },
      'ask',
    ],
    ['from before the first shift', row, { ...event, at: NOW - 301_000 }, 'ask'],
    ['before any shift', { ...row, firstShiftAt: null }, event, 'ask'],
  ] as const)('%s: %#', (_name, of, given, act) => {
    expect(fastPathStep(of, given).act).toBe(act);
  });
});

const child = (name: string, value: string) => ({
  arn: `arn:aws:cloudwatch:eu-west-1:333333333333:alarm:${name}`,
  state: { value, timestamp: '2026-01-01T12:00:00.000+0000' },
});
const children = (...triggeringAlarms: object[]) => JSON.stringify({ triggeringAlarms });
const ARN_SENTENCE =
  'arn:aws:cloudwatch:eu-west-1:333333333333:alarm:green-errors transitioned to ALARM at Thursday 01 January, 2026 12:00:00 UTC';
const METRIC_SENTENCE =
  'Threshold Crossed: 1 out of the last 1 datapoints [0.04 (21/11/26 04:07:00)] was greater than the threshold (0.01) (minimum 1 datapoint for OK -> ALARM transition).';

describe('alarm event: reason', () => {
  test.each([
    [
      'metric alarm',
      'Threshold Crossed: 0.05 > 0.01',
      undefined,
      'hurting in ALARM: Threshold Crossed: 0.05 > 0.01',
    ],
    [
      'composite',
      ARN_SENTENCE,
      children(child('green-errors', 'ALARM')),
      'green-errors in ALARM (by way of hurting)',
    ],
    [
      'composite by two, a third is well again',
      ARN_SENTENCE,
      children(child('errors', 'ALARM'), child('faults', 'OK'), child('latency', 'ALARM')),
      'errors and latency in ALARM (by way of hurting)',
    ],
    [
      'composite without data',
      ARN_SENTENCE,
      undefined,
      'hurting in ALARM: green-errors transitioned to ALARM at Thursday 01 January, 2026 12:00:00 UTC',
    ],
    ['data that is no JSON', 'set by hand', '{', 'hurting in ALARM: set by hand'],
    ['data of a metric alarm', 'set by hand', '{"version":"1.0"}', 'hurting in ALARM: set by hand'],
    [
      'as CloudWatch says it',
      METRIC_SENTENCE,
      undefined,
      'hurting in ALARM: Threshold Crossed: 1 out of the last 1 datapoints [0.04 (21/11/26 04:07:00)] was greater than the threshold (0.01).',
    ],
    ['nothing said', undefined, undefined, 'hurting in ALARM: no reason given'],
  ])('%s', (_name, reason, reasonData, expected) => {
    expect(alarmReason({ alarmName: 'hurting', state: { reason, reasonData } })).toBe(expected);
  });

  test('is never longer than a line or three', () => {
    const long = alarmReason({ alarmName: 'hurting', state: { reason: 'x'.repeat(5_000) } });
    expect(long).toHaveLength(240);
  });
});
