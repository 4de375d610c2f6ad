import type { CloudContext } from '../service.ts';
import type { AlarmState, CompositeAlarmRecord } from './alarm.ts';

/** What holds a composite alarm's actions back. */
export type SuppressedBy = 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod';

interface Held {
  by: SuppressedBy;
  /** The state that actions which were held back came from; undefined: none were. */
  previous: AlarmState | undefined;
  /** Tells a timer that ran out from one that something else made pointless. */
  readonly turn: number;
}

/** Where it stands on a suppressor, a composite alarm's actions wait for it, are kept back by it, and come when it lets go. */
export class Suppression {
  readonly #held = new Map<string, Held>();
  readonly #cloud: CloudContext;
  #turn = 0;

  constructor(cloud: CloudContext) {
    this.#cloud = cloud;
  }

  /** What holds this alarm's actions back now. */
  by(name: string): SuppressedBy | undefined {
    return this.#held.get(name)?.by;
  }

  /** A composite alarm changed its state: its actions run now, or `act` is called when they may. */
  changed(
    alarm: CompositeAlarmRecord,
    previous: AlarmState,
    suppressorFires: boolean,
    act: (previous: AlarmState) => void,
  ): void {
    if (alarm.input.ActionsSuppressor === undefined) {
      act(previous);
      return;
    }
    const held = this.#held.get(alarm.name);
    if (suppressorFires) {
      this.#hold(alarm.name, 'Alarm', held?.previous ?? previous);
      return;
    }
    if (held) {
      held.previous ??= previous;
      return;
    }
    const wait = alarm.input.ActionsSuppressorWaitPeriod ?? 0;
    if (wait === 0) {
      act(previous);
      return;
    }
    this.#hold(alarm.name, 'WaitPeriod', previous);
    this.#after(alarm.name, wait, act);
  }

  /** The suppressor of `alarm` changed its state. */
  suppressorChanged(
    alarm: CompositeAlarmRecord,
    fires: boolean,
    act: (previous: AlarmState) => void,
  ): void {
    const held = this.#held.get(alarm.name);
    if (fires) {
      if (held || alarm.state.value === 'ALARM') {
        this.#hold(alarm.name, 'Alarm', held?.previous);
      }
      return;
    }
    if (held?.by !== 'Alarm') return;
    this.#hold(alarm.name, 'ExtensionPeriod', held.previous);
    this.#after(alarm.name, alarm.input.ActionsSuppressorExtensionPeriod ?? 0, act);
  }

  /** Nothing is held back of an alarm that is gone. */
  forget(name: string): void {
    this.#held.delete(name);
  }

  #hold(name: string, by: SuppressedBy, previous: AlarmState | undefined): void {
    this.#turn += 1;
    this.#held.set(name, { by, previous, turn: this.#turn });
  }

  #after(name: string, seconds: number, act: (previous: AlarmState) => void): void {
    const turn = this.#held.get(name)?.turn;
    this.#cloud.clock.at(this.#cloud.clock.now() + seconds * 1_000, () => {
      const held = this.#held.get(name);
      if (held?.turn !== turn || held === undefined) return;
      this.#held.delete(name);
      if (held.previous) act(held.previous);
    });
  }
}
