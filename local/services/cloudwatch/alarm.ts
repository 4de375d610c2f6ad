import type {
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import type { EvaluationRule } from './alarm-evaluation.ts';
import type { AlarmRule } from './alarm-rule.ts';
import type { MetricQueries } from './metric-query.ts';

/** The state that an alarm is in, and why. */
export interface AlarmState {
  readonly value: StateValue;
  readonly reason: string;
  readonly reasonData?: string | undefined;
  /** When this was last said, milliseconds since the epoch. */
  readonly at: number;
  /** When the value last changed. */
  readonly since: number;
}

interface AlarmBase {
  readonly name: string;
  readonly arn: string;
  readonly configuredAt: number;
  state: AlarmState;
  actionsEnabled: boolean;
  tags: Record<string, string>;
}

/** An alarm on a metric or on metric math. */
export interface MetricAlarmRecord extends AlarmBase {
  readonly type: 'MetricAlarm';
  readonly input: PutMetricAlarmInput;
  readonly queries: MetricQueries;
  /** Id of the query whose result is compared. */
  readonly watched: string;
  /** Id of the anomaly detection band that it is compared with; undefined: a threshold. */
  readonly band: string | undefined;
  /** Milliseconds. */
  readonly period: number;
  readonly rule: EvaluationRule;
}

/** An alarm on other alarms. */
export interface CompositeAlarmRecord extends AlarmBase {
  readonly type: 'CompositeAlarm';
  readonly input: PutCompositeAlarmInput;
  readonly rule: AlarmRule;
}

/** Any alarm. */
export type AlarmRecord = MetricAlarmRecord | CompositeAlarmRecord;
