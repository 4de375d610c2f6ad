import { z } from 'zod';
import type { FastPathRow } from './fast-path-row.ts';
import { millisecondsOf } from './instant.ts';

/** Older than this, an event is read again at its source. */
const STALE_SECONDS = 600;

/** act: write the override · ask: read the alarm again first · tell: no shift of ours, the guard may want it · record: no alarm. */
export interface FastPathStep {
  readonly act: 'act' | 'ask' | 'tell' | 'record';
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
    return { act: 'tell', reason: 'no rollout shifts traffic here' };
  }
  if (!row.watchedAlarms.includes(event.alarmName)) {
    return { act: 'tell', reason: 'this rollout does not watch it' };
  }
  if (event.now - event.at > STALE_SECONDS * 1000) {
    return { act: 'ask', reason: `the event is older than ${STALE_SECONDS / 60} min` };
  }
  if (row.firstShiftAt === null || event.at < millisecondsOf(row.firstShiftAt)) {
    return { act: 'ask', reason: 'the event is from before the first shift' };
  }
  return { act: 'act', reason: 'a watched alarm fires while traffic shifts' };
};

/** So much of what CloudWatch says goes into the ledger; the whole of it is in the fast path's log. */
const SAID_MAX = 240;

/** An ARN up to the alarm's name, and how many datapoints the transition took. */
const NOISE = /arn:aws[\w-]*:cloudwatch:\S*:alarm:| \(minimum \d+ datapoints? for [^)]*\)/g;

const Triggering = z.object({
  triggeringAlarms: z.array(
    z.object({ arn: z.string(), state: z.object({ value: z.string() }).partial().optional() }),
  ),
});

/** Why an alarm fires, for people: a composite alarm by the children that set it off, which CloudWatch gives as ARNs. */
export const alarmReason = ({
  alarmName,
  state,
}: {
  readonly alarmName: string;
  readonly state: {
    readonly reason?: string | undefined;
    readonly reasonData?: string | undefined;
  };
}): string => {
  const children = triggering(state.reasonData);
  if (children.length > 0) {
    return `${children.join(' and ')} in ALARM (by way of ${alarmName})`;
  }
  const said = (state.reason ?? 'no reason given').replaceAll(NOISE, '');
  const whole = `${alarmName} in ALARM: ${said}`;
  return whole.length > SAID_MAX ? `${whole.slice(0, SAID_MAX - 1)}…` : whole;
};

const triggering = (reasonData: string | undefined): string[] => {
  const data = Triggering.safeParse(parsed(reasonData));
  if (!data.success) return [];
  const names = data.data.triggeringAlarms
    .filter(({ state }) => state?.value === undefined || state.value === 'ALARM')
    .map(({ arn }) => arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length));
  return [...new Set(names)];
};

const parsed = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
};
