import { describe, expect, test } from 'vitest';
import { fastPathStep } from '../../functions/domain/alarm-event.ts';

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
    ['nothing under way', { ...row, phase: 'idle' as const }, event, 'record'],
    ['no row', null, event, 'record'],
    ['no rollout', { ...row, rolloutId: null }, event, 'record'],
    ["somebody else's alarm", row, { ...event, alarmName: 'other' }, 'record'],
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
