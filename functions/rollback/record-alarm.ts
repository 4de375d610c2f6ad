import { z } from 'zod';
import { ledgerOf } from '../adapters/ledger.ts';
import { InputRefused } from '../domain/errors.ts';
import { firedAlarm } from '../domain/fired-alarm.ts';
import { AlarmFired } from '../events/alarm-fired.ts';
import { RollbackRequested } from '../events/rollback-requested.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.discriminatedUnion('detail-type', [AlarmFired, RollbackRequested]);
const Output = z.object({ recorded: z.string() });

type Env = z.output<(typeof environments)['rollback/record-alarm']>;

/** Writes down that an alarm fired, shift or no shift: only alarms that are known can be seen together. */
export const recordAlarm =
  (world: World<Env>) =>
  async (event: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const ledger = ledgerOf(world);
    const { detail } = event;
    const target = await ledger.target(detail.targetId);
    if (target !== null && target.account !== event.account) {
      throw new InputRefused(
        `an alarm of ${detail.targetId} was told by account ${event.account}; the target is in ${target.account}`,
      );
    }
    const { eventId, at } =
      event['detail-type'] === 'Alarm Fired' ? event.detail : { eventId: event.id, at: event.time };
    await ledger.recordAlarm(firedAlarm({ ...detail, eventId, at }));
    return { recorded: eventId };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/record-alarm'],
  run: recordAlarm,
});
