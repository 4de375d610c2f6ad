import type { FastPathRow } from './fast-path-row.ts';
import { millisecondsOf } from './instant.ts';

/** Older than this, an event is read again at its source. */
const STALE_SECONDS = 600;

/** act: write the override · ask: read the alarm again first · record: nothing of ours. */
export interface FastPathStep {
  readonly act: 'act' | 'ask' | 'record';
  readonly reason: string;
}

/**
 * What an alarm's event means for the target of this row. A muted alarm counts: muting silences people's pagers, and who wants a
 * rollout not to heed an alarm takes it out of its configuration.
 */
export const fastPathStep = (
  row: Pick<FastPathRow, 'phase' | 'rolloutId' | 'watchedAlarms' | 'firstShiftAt'> | null,
  event: {
    readonly alarmName: string;
    readonly value: string;
    readonly at: number;
    readonly now: number;
  },
): FastPathStep => {
  if (event.value !== 'ALARM') return { act: 'record', reason: `its state is ${event.value}` };
  if (row === null || row.phase === 'idle' || row.rolloutId === null) {
    return { act: 'record', reason: 'no rollout shifts traffic here' };
  }
  if (!row.watchedAlarms.includes(event.alarmName)) {
    return { act: 'record', reason: 'this rollout does not watch it' };
  }
  if (event.now - event.at > STALE_SECONDS * 1000) {
    return { act: 'ask', reason: `the event is older than ${STALE_SECONDS / 60} min` };
  }
  if (row.firstShiftAt === null || event.at < millisecondsOf(row.firstShiftAt)) {
    return { act: 'ask', reason: 'the event is from before the first shift' };
  }
  return { act: 'act', reason: 'a watched alarm fires while traffic shifts' };
};
