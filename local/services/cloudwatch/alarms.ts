import type {
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import type { CloudContext, Place } from '../service.ts';
import type { AlarmRecord, AlarmState, CompositeAlarmRecord, MetricAlarmRecord } from './alarm.ts';
import { AlarmHistory } from './alarm-history.ts';
import { AlarmOutcomes } from './alarm-outcomes.ts';
import { alarmTime, longTime } from './alarm-reason.ts';
import { checkCompositeAlarm, checkMetricAlarm } from './alarm-request.ts';
import { alarmsIn, holds } from './alarm-rule.ts';
import { compositeAlarmView, metricAlarmView } from './alarm-view.ts';
import type { AnomalyDetectors } from './anomaly-detectors.ts';
import { resourceNotFound, validationError } from './cloudwatch-error.ts';
import type { CloudWatchSettings } from './cloudwatch-settings.ts';
import { evaluateMetricAlarm } from './evaluate-alarm.ts';
import type { MetricStore } from './metric-store.ts';
import type { MuteRules } from './mute-rules.ts';
import type { SuppressedBy } from './suppression.ts';

const MINUTE = 60_000;
const FINE = 10_000;

/** The alarms of one place: their states, evaluated on the clock, and what follows from a change. */
export class Alarms {
  readonly history = new AlarmHistory();
  readonly #alarms = new Map<string, AlarmRecord>();
  readonly #ticking = new Set<number>();
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #store: MetricStore;
  readonly #settings: CloudWatchSettings;
  readonly #detectors: AnomalyDetectors;
  readonly #outcomes: AlarmOutcomes;

  constructor(
    cloud: CloudContext,
    place: Place,
    parts: {
      store: MetricStore;
      settings: CloudWatchSettings;
      detectors: AnomalyDetectors;
      mutes: MuteRules;
    },
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#store = parts.store;
    this.#settings = parts.settings;
    this.#detectors = parts.detectors;
    this.#outcomes = new AlarmOutcomes(cloud, place, {
      history: this.history,
      mutes: parts.mutes,
      all: () => this.all(),
    });
  }

  get #now(): number {
    return this.#cloud.clock.now();
  }

  /** All alarms by name. */
  all(): AlarmRecord[] {
    return [...this.#alarms.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** An alarm that must be there. */
  get(name: string): AlarmRecord {
    const alarm = this.#alarms.get(name);
    if (!alarm) throw resourceNotFound(`Alarm ${name} does not exist`);
    return alarm;
  }

  /** What holds a composite alarm's actions back now. */
  suppressedBy(name: string): SuppressedBy | undefined {
    return this.#outcomes.suppressedBy(name);
  }

  /** The value of an alarm's state, if the alarm exists. */
  stateOf(name: string): StateValue | undefined {
    return this.#alarms.get(name)?.state.value;
  }

  #base(name: string, input: PutMetricAlarmInput | PutCompositeAlarmInput) {
    const before = this.#alarms.get(name);
    const now = this.#now;
    const initial: AlarmState = {
      value: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      at: now,
      since: now,
    };
    const tags = Object.fromEntries(
      (input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']),
    );
    return {
      name,
      arn: `arn:aws:cloudwatch:${this.#place.region}:${this.#place.account}:alarm:${name}`,
      configuredAt: now,
      state: before?.state ?? initial,
      actionsEnabled: input.ActionsEnabled ?? true,
      // Tags of an existing alarm are changed by TagResource only.
      tags: before?.tags ?? tags,
    };
  }

  /** Creates or replaces an alarm on metrics. */
  putMetric(input: PutMetricAlarmInput): void {
    const { name, ...checked } = checkMetricAlarm(input);
    this.#refuseOtherType(name, 'MetricAlarm');
    this.#keep({ type: 'MetricAlarm', input, ...this.#base(name, input), ...checked });
    for (const modelled of checked.queries.modelled()) this.#detectors.ensure(modelled, {});
    this.#tick(checked.period < MINUTE ? FINE : MINUTE);
  }

  /** Creates or replaces an alarm on alarms, and looks at its rule at once. */
  putComposite(input: PutCompositeAlarmInput): void {
    const { name, rule } = checkCompositeAlarm(input, (alarm) => this.#alarms.has(alarm));
    this.#refuseOtherType(name, 'CompositeAlarm');
    const alarm: CompositeAlarmRecord = {
      type: 'CompositeAlarm',
      input,
      rule,
      ...this.#base(name, input),
    };
    this.#keep(alarm);
    this.#evaluateComposite(alarm, undefined, new Set());
  }

  #refuseOtherType(name: string, type: AlarmRecord['type']): void {
    const existing = this.#alarms.get(name);
    if (existing && existing.type !== type) {
      throw validationError(`An alarm named ${name} of type ${existing.type} exists already`);
    }
  }

  #keep(alarm: AlarmRecord): void {
    const created = !this.#alarms.has(alarm.name);
    this.#alarms.set(alarm.name, alarm);
    const view = alarm.type === 'MetricAlarm' ? metricAlarmView(alarm) : compositeAlarmView(alarm);
    this.history.add(
      alarm,
      'ConfigurationUpdate',
      `Alarm "${alarm.name}" ${created ? 'created' : 'updated'}`,
      created ? { type: 'Create', createdAlarm: view } : { type: 'Update', updatedAlarm: view },
      this.#now,
    );
  }

  /** Deletes alarms: all or, if one is missing or still watched by a composite alarm, none. */
  remove(names: readonly string[]): void {
    const absent = names.filter((name) => !this.#alarms.has(name));
    if (absent.length > 0) throw resourceNotFound(`Alarm(s) [${absent.join(', ')}] do not exist`);
    for (const name of names) {
      const parents = this.#parentsOf(name).filter((parent) => !names.includes(parent.name));
      if (parents.length > 0) {
        throw validationError(
          `Cannot delete ${name} as there are composite alarm(s) depending on it.`,
        );
      }
    }
    for (const name of names) {
      const alarm = this.get(name);
      this.#alarms.delete(name);
      this.#outcomes.forget(name);
      this.history.add(
        alarm,
        'ConfigurationUpdate',
        `Alarm "${name}" deleted`,
        { type: 'Delete' },
        this.#now,
      );
    }
  }

  #parentsOf(name: string): CompositeAlarmRecord[] {
    return this.all().filter(
      (alarm): alarm is CompositeAlarmRecord =>
        alarm.type === 'CompositeAlarm' && alarmsIn(alarm.rule).includes(name),
    );
  }

  /** The composite alarms that watch an alarm. */
  parentsOf(name: string): readonly CompositeAlarmRecord[] {
    return this.#parentsOf(name);
  }

  /** Sets a state for now; the next evaluation says again what is true. */
  setState(name: string, value: StateValue, reason: string, reasonData: string | undefined): void {
    this.#enter(this.get(name), value, reason, reasonData, new Set());
  }

  #tick(every: number): void {
    if (this.#ticking.has(every)) return;
    this.#ticking.add(every);
    const offset = Math.min(this.#settings.evaluationOffsetMs, every === FINE ? 1_000 : MINUTE - 1);
    const next = Math.floor((this.#now - offset) / every) * every + every + offset;
    this.#cloud.clock.at(next, () => {
      this.#ticking.delete(every);
      const due = this.all().filter(
        (alarm): alarm is MetricAlarmRecord =>
          alarm.type === 'MetricAlarm' && alarm.period < MINUTE === (every === FINE),
      );
      // Without alarms no time needs to pass here.
      if (due.length > 0) this.#tick(every);
      for (const alarm of due) this.#evaluate(alarm, every);
    });
  }

  #evaluate(alarm: MetricAlarmRecord, grain: number): void {
    const next = evaluateMetricAlarm(alarm, {
      store: this.#store,
      detectors: this.#detectors,
      now: this.#now,
      grain,
    });
    if (next) this.#enter(alarm, next.value, next.reason, next.reasonData, new Set());
  }

  #evaluateComposite(
    alarm: CompositeAlarmRecord,
    because: AlarmRecord | undefined,
    seen: Set<string>,
  ): void {
    const value = holds(alarm.rule, (name) => this.stateOf(name)) ? 'ALARM' : 'OK';
    if (value === alarm.state.value) return;
    const triggering = because ? [because] : alarmsIn(alarm.rule).map((name) => this.get(name));
    const reason = because
      ? `${because.arn} transitioned to ${because.state.value} at ${longTime(because.state.at)}`
      : `${alarm.arn} was created and its alarm rule evaluates to ${value}`;
    const data = {
      triggeringAlarms: triggering.map(({ arn, state }) => ({
        arn,
        state: { value: state.value, timestamp: alarmTime(state.at) },
      })),
    };
    this.#enter(alarm, value, reason, JSON.stringify(data), seen);
  }

  /** Puts `alarm` into a state; `seen` keeps a circle of composite alarms from turning for ever. */
  #enter(
    alarm: AlarmRecord,
    value: StateValue,
    reason: string,
    reasonData: string | undefined,
    seen: Set<string>,
  ): void {
    const now = this.#now;
    const previous = alarm.state;
    const changed = previous.value !== value;
    alarm.state = { value, reason, reasonData, at: now, since: changed ? now : previous.since };
    if (!changed || seen.has(alarm.name)) return;
    seen.add(alarm.name);
    this.history.add(
      alarm,
      'StateUpdate',
      `Alarm updated from ${previous.value} to ${value}`,
      {
        oldState: { stateValue: previous.value, stateReason: previous.reason },
        newState: { stateValue: value, stateReason: reason, stateReasonData: reasonData },
      },
      now,
    );
    this.#outcomes.changed(alarm, previous);
    for (const parent of this.#parentsOf(alarm.name)) this.#evaluateComposite(parent, alarm, seen);
  }
}
