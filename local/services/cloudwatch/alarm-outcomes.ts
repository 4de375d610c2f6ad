import type { CloudContext, Place } from '../service.ts';
import type { AlarmRecord, AlarmState } from './alarm.ts';
import { actionsOf, runAction } from './alarm-actions.ts';
import type { AlarmHistory } from './alarm-history.ts';
import { alarmTime } from './alarm-reason.ts';
import { alarmNamed } from './alarm-rule.ts';
import { configurationView, stateView } from './alarm-view.ts';
import type { Mute, MuteRules } from './mute-rules.ts';
import { type SuppressedBy, Suppression } from './suppression.ts';

/** What follows from an alarm's change: its event at once, its actions unless they are disabled, muted or suppressed. */
export class AlarmOutcomes {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #history: AlarmHistory;
  readonly #mutes: MuteRules;
  readonly #all: () => readonly AlarmRecord[];
  readonly #suppression: Suppression;

  constructor(
    cloud: CloudContext,
    place: Place,
    parts: { history: AlarmHistory; mutes: MuteRules; all: () => readonly AlarmRecord[] },
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#history = parts.history;
    this.#mutes = parts.mutes;
    this.#all = parts.all;
    this.#suppression = new Suppression(cloud);
  }

  /** What holds a composite alarm's actions back now. */
  suppressedBy(name: string): SuppressedBy | undefined {
    return this.#suppression.by(name);
  }

  /** Nothing is held back of an alarm that is gone. */
  forget(name: string): void {
    this.#suppression.forget(name);
  }

  /** An alarm is in another state than before. */
  changed(alarm: AlarmRecord, previous: AlarmState): void {
    if (alarm.type === 'CompositeAlarm') {
      const suppressor = alarmNamed(alarm.input.ActionsSuppressor ?? '');
      const fires = this.#all().some(
        ({ name, state }) => name === suppressor && state.value === 'ALARM',
      );
      this.#suppression.changed(alarm, previous, fires, (from) => this.#actAll(alarm, from));
    }
    this.#announce(alarm, previous);
    if (alarm.type === 'MetricAlarm') this.#actAll(alarm, previous);
    this.#wakeSuppressed(alarm);
  }

  /** An alarm that changed may be what others' actions wait for. */
  #wakeSuppressed(suppressor: AlarmRecord): void {
    for (const alarm of this.#all()) {
      if (alarm.type !== 'CompositeAlarm') continue;
      if (alarmNamed(alarm.input.ActionsSuppressor ?? '') !== suppressor.name) continue;
      const fires = suppressor.state.value === 'ALARM';
      this.#suppression.suppressorChanged(alarm, fires, (from) => this.#actAll(alarm, from));
    }
  }

  #actAll(alarm: AlarmRecord, previous: AlarmState): void {
    if (!alarm.actionsEnabled || this.#mutes.muting(alarm.name)) return;
    for (const action of actionsOf(alarm)) this.#act(alarm, previous, action);
  }

  #announce(alarm: AlarmRecord, previous: AlarmState): void {
    this.#cloud.emit(
      {
        source: 'aws.cloudwatch',
        'detail-type': 'CloudWatch Alarm State Change',
        resources: [alarm.arn],
        detail: {
          alarmName: alarm.name,
          configuration: configurationView(alarm, this.#cloud.uuid()),
          previousState: stateView(previous),
          state: { ...stateView(alarm.state), ...suppressionView(this.suppressedBy(alarm.name)) },
          ...muteView(this.#mutes.muting(alarm.name)),
        },
      },
      this.#place,
    );
  }

  #act(alarm: AlarmRecord, previous: AlarmState, action: string): void {
    const release = this.#cloud.clock.hold();
    const snapshot = { ...alarm };
    const note = (summary: string, data: object): void =>
      this.#history.add(
        alarm,
        'Action',
        summary,
        { notificationResource: action, ...data },
        this.#cloud.clock.now(),
      );
    runAction(this.#cloud, this.#place, snapshot, previous, action)
      .then(
        () => note(`Successfully executed action ${action}`, { actionState: 'Succeeded' }),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          note(`Failed to execute action ${action}. Received error: "${message}"`, {
            actionState: 'Failed',
            error: message,
          });
        },
      )
      .finally(release);
  }
}

const suppressionView = (by: SuppressedBy | undefined) =>
  by === undefined
    ? {}
    : { actionsSuppressedBy: by, actionsSuppressedReason: `Actions suppressed by ${by}` };

const muteView = (mute: Mute | undefined) =>
  mute === undefined
    ? {}
    : {
        muteDetail: {
          mutedByArn: mute.mutedByArn,
          muteWindowStart: alarmTime(mute.from),
          muteWindowEnd: alarmTime(mute.to),
        },
      };
