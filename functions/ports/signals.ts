import type { Reading, Window } from '../domain/step-evidence.ts';
import type { AlarmState } from '../domain/tick-sight.ts';

/** One base metric that an alarm looks at. */
export interface AlarmMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A watched alarm with what says whether it could fire at all. */
export interface AlarmSight {
  readonly name: string;
  /** null: it does not exist. */
  readonly state: AlarmState | null;
  readonly composite: boolean;
  readonly treatMissingData: string;
  /** Base metrics; empty for a composite. */
  readonly metrics: readonly AlarmMetric[];
}

/** Traces of one color: they explain, they neither condemn nor acquit. */
export interface TraceCounts {
  readonly requests: number;
  readonly faults: number;
}

/** What CloudWatch and X-Ray say about one target. */
export interface Signals {
  /** Closed 60 s periods of both target groups, by their full names. */
  read(groups: { stable: string; candidate: string }, window: Window): Promise<Reading>;
  /** By name; null for an alarm that does not exist. */
  states(names: readonly string[]): Promise<Map<string, AlarmState | null>>;
  alarms(names: readonly string[]): Promise<AlarmSight[]>;
  /** Which of the metrics have data in the window, in the order given. */
  withData(metrics: readonly AlarmMetric[], window: Window): Promise<boolean[]>;
  traces(group: string, service: string, window: Window): Promise<TraceCounts>;
}
