import type { Reading, TracedPeriod, Window } from '../domain/step-evidence.ts';
import type { AlarmState } from '../domain/tick-sight.ts';

/** One base metric that an alarm looks at. */
export interface AlarmMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What is read of one color's load balancer metrics. */
export interface ColorAsked {
  /** `targetgroup/name/id` */
  readonly targetGroup: string;
  /** The service's own error metric; null where it has none. */
  readonly errors: AlarmMetric | null;
}

/** What is read of both roles. */
export interface RolesAsked {
  readonly stable: ColorAsked;
  readonly candidate: ColorAsked;
  /** Where answers begin to be slow; null: response times are not asked for. */
  readonly slowAboveMs: number | null;
}

/** Traces of one color over a stretch of time, for people. */
export interface TraceCounts {
  readonly requests: number;
  readonly faults: number;
}

/** What CloudWatch and X-Ray say about one target. */
export interface Signals {
  /** Closed 60 s periods of both target groups, by their full names. */
  read(asked: RolesAsked, window: Window): Promise<Reading>;
  /** Requests of target groups together, hour by hour; an hour that is not known is left out. */
  hourlyRequests(
    targetGroups: readonly string[],
    window: Window,
  ): Promise<{ startAt: number; requests: number }[]>;
  /** By name; null for an alarm that does not exist. */
  states(names: readonly string[]): Promise<Map<string, AlarmState | null>>;
  /** Which of the metrics have data in the window, in the order given. */
  withData(metrics: readonly AlarmMetric[], window: Window): Promise<boolean[]>;
  traces(group: string, service: string, window: Window): Promise<TraceCounts>;
  /** Minute by minute; a minute without traces is left out. */
  tracedPeriods(group: string, service: string, window: Window): Promise<TracedPeriod[]>;
}
