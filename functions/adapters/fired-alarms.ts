import { FiredAlarm, hoursAround } from '../domain/fired-alarm.ts';
import { keys, ranges } from '../domain/ledger-keys.ts';
import type { FiredAlarms } from '../ports/ledger.ts';
import { ABSENT, type Table } from './table.ts';

const keyOf = ({ environment, at, eventId }: FiredAlarm) =>
  keys.firedAlarm(environment, at, eventId);

/** Transitions to ALARM in the ledger, which DynamoDB forgets after a month. */
export const firedAlarms = ({ get, list, write }: Table): FiredAlarms => ({
  recordAlarm: async (alarm) => {
    const refused = await write({ put: keyOf(alarm), item: alarm, when: ABSENT });
    return refused.length === 0 ? alarm : ((await get(FiredAlarm, keyOf(alarm))) ?? alarm);
  },
  firedAlarms: async (environment, at, withinSeconds) => {
    const hours = hoursAround(at, withinSeconds).map((hour) =>
      list(FiredAlarm, ranges.firedAlarms(environment, hour)),
    );
    return (await Promise.all(hours)).flat();
  },
  attribute: async (alarm, attribution) => {
    const refused = await write({
      put: keyOf(alarm),
      item: { ...alarm, attribution },
      when: { expression: 'attribute_not_exists(attribution)' },
    });
    if (refused.length === 0) return attribution;
    return (await get(FiredAlarm, keyOf(alarm)))?.attribution ?? attribution;
  },
  settle: async (alarm, attribution) => {
    await write({
      put: keyOf(alarm),
      item: { ...alarm, attribution: { ...attribution, settled: true } },
    });
  },
});
