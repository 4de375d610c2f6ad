import { leavesOf } from './alarm-rule.ts';
import type { LiveRecord } from './rollout.ts';
import type { Target } from './target.ts';
import type { AlarmState } from './tick-sight.ts';

/** A base metric of an alarm, with what says whether it could ever report. */
export interface WatchedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** RequestCount of the same load balancer and target group had data in the last three periods; false for other metrics. */
  readonly companionHasData: boolean;
  /** The metric itself had data within the last 14 days, on exactly these dimensions. */
  readonly seenLately: boolean;
}

/** A watched alarm, or a child of one, with what its ability to fire rests on. */
export interface WatchedAlarm {
  readonly name: string;
  /** null: it does not exist. */
  readonly state: AlarmState | null;
  readonly kind: 'metric' | 'anomaly' | 'composite';
  readonly treatMissingData: string;
  /** What the alarm itself compares had data in its last three periods. */
  readonly hasData: boolean;
  /** Of an anomaly detection alarm: its band has values, so its model is trained. */
  readonly bandHasData: boolean;
  readonly metrics: readonly WatchedMetric[];
  /** Of a composite alarm; null for others. */
  readonly rule: string | null;
  /** Its actions are disabled. EventBridge hears of its state all the same. */
  readonly muted: boolean;
  /** What holds a composite alarm's actions back now: ALARM, WaitPeriod, ExtensionPeriod; null: nothing. */
  readonly suppressedBy: string | null;
}

/** Something that speaks against a start. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'fail' | 'inconclusive';
  readonly reason: string;
  /** The alarm or service level objective that it is about. */
  readonly subject?: string;
}

/** How deep composite alarms may stand on composite alarms. */
export const RULE_DEPTH_MAX = 5;

interface Around {
  readonly target: Target;
  readonly liveHasRequests: boolean;
  readonly alarms: ReadonlyMap<string, WatchedAlarm>;
}

/**
 * Each watched alarm exists, is quiet, and can fire. Where nobody is served yet, silence is no fault. A muted or suppressed alarm
 * counts like any other: its state and its events stay what they are (ADR 0009).
 */
export const alarmFindings = (
  target: Target,
  live: LiveRecord | null,
  sight: { readonly alarms: readonly WatchedAlarm[]; readonly liveHasRequests: boolean },
): Finding[] => {
  const served = target.servesUsers && live !== null;
  const alarms = new Map(sight.alarms.map((alarm) => [alarm.name, alarm]));
  const around: Around = { target, liveHasRequests: sight.liveHasRequests, alarms };
  const watched = new Set(target.shiftable?.alarms.watched ?? []);
  return [...watched].flatMap((name): Finding[] => {
    const alarm = alarms.get(name);
    const finding = (verdict: Finding['verdict'], reason: string): Finding[] => [
      { check: 'alarms', verdict, reason, subject: name },
    ];
    if (alarm === undefined || alarm.state === null) {
      return finding(
        'fail',
        `the watched alarm ${name} does not exist; create it or take it out of the configuration`,
      );
    }
    const absent = absentBelow(alarm, alarms, watched);
    if (absent.length > 0) {
      return finding(
        'fail',
        `${name} stands on alarms that do not exist: ${absent.join(', ')}; create them or change its rule`,
      );
    }
    if (alarm.state === 'ALARM') return finding('inconclusive', `${name} is in ALARM`);
    if (!served) return [];
    if (alarm.state === 'INSUFFICIENT_DATA') {
      return finding('inconclusive', `${name} has INSUFFICIENT_DATA${untrained(alarm)}`);
    }
    const why = whyItCannotFire(alarm, around, watched, []);
    return why === null ? [] : finding('inconclusive', `${name} could not fire: ${why}`);
  });
};

const untrained = (alarm: WatchedAlarm): string =>
  alarm.kind === 'anomaly' && !alarm.bandHasData
    ? ': its anomaly detection model is not trained yet, so it has no band'
    : '';

/** Children, and theirs, that a rule names and nobody has made; those that are watched themselves speak for themselves. */
const absentBelow = (
  alarm: WatchedAlarm,
  alarms: ReadonlyMap<string, WatchedAlarm>,
  watched: ReadonlySet<string>,
  above: readonly string[] = [],
): string[] => {
  if (alarm.rule === null || above.length >= RULE_DEPTH_MAX) return [];
  const path = [...above, alarm.name];
  const names = new Set(leavesOf(alarm.rule).map((leaf) => leaf.alarm));
  return [...names].flatMap((name) => {
    if (watched.has(name) || path.includes(name)) return [];
    const child = alarms.get(name);
    return child === undefined || child.state === null
      ? [name]
      : absentBelow(child, alarms, watched, path);
  });
};

/** null: it can. */
const whyItCannotFire = (
  alarm: WatchedAlarm,
  around: Around,
  watched: ReadonlySet<string>,
  above: readonly string[],
): string | null => {
  if (alarm.kind === 'composite') return whyNoneBelow(alarm, around, watched, above);
  if (alarm.kind === 'anomaly' && !alarm.bandHasData) {
    return 'its anomaly detection band has no values; wait until CloudWatch has trained the model, or take the alarm out of the configuration';
  }
  if (alarm.hasData) return null;
  if (alarm.treatMissingData !== 'notBreaching') {
    return `its metric had no data in the last three periods, and it treats missing data as ${alarm.treatMissingData}; publish the metric always, or look at its dimensions`;
  }
  const silent = alarm.metrics.filter((metric) => !couldReport(metric, around));
  if (alarm.metrics.length > 0 && silent.length === 0) return null;
  return `its metric had no data in the last three periods, and it has no companion with data (${
    silent.map(nameOf).join('; ') || 'it has no metric'
  }); look at its dimensions, or publish zeros`;
};

const whyNoneBelow = (
  alarm: WatchedAlarm,
  around: Around,
  watched: ReadonlySet<string>,
  above: readonly string[],
): string | null => {
  const path = [...above, alarm.name];
  if (path.length > RULE_DEPTH_MAX) {
    return `composite alarms stand on each other more than ${RULE_DEPTH_MAX} deep: ${path.join(' → ')}`;
  }
  const leaves = leavesOf(alarm.rule ?? '');
  if (leaves.length === 0) return 'its rule names no alarm';
  const needed = new Set(
    leaves.filter(({ state, negated }) => state === 'ALARM' && !negated).map((leaf) => leaf.alarm),
  );
  for (const name of needed) {
    if (path.includes(name)) return `its rule leads back to ${name}`;
    if (watched.has(name)) continue;
    const child = around.alarms.get(name);
    const why =
      child === undefined ? 'it was not read' : whyItCannotFire(child, around, watched, path);
    if (why !== null) return `its child ${name} could not fire: ${why}`;
  }
  return null;
};

/** Metrics that AWS reports only when there is something to count. */
const ONLY_WHEN_COUNTED: Readonly<Record<string, RegExp>> = {
  'AWS/ApplicationELB': /^HTTPCode_|ErrorCount$|^RejectedConnectionCount$|^RequestCount$|Time$/,
  'AWS/X-Ray': /^ApproximateTraceCount$/,
};

/** A metric that is silent now could still report: by what is reported beside it, or by its own past. */
const couldReport = (metric: WatchedMetric, { target, liveHasRequests }: Around): boolean => {
  if (ONLY_WHEN_COUNTED[metric.namespace]?.test(metric.name) !== true) return metric.seenLately;
  if (metric.namespace === 'AWS/X-Ray') return liveHasRequests;
  // The idle color gets no requests: live's speak for both, on the same load balancer.
  return isOfTarget(metric, target) ? liveHasRequests : metric.companionHasData;
};

const isOfTarget = ({ dimensions }: WatchedMetric, { shiftable }: Target): boolean => {
  const route = shiftable?.route;
  if (route === undefined || dimensions['LoadBalancer'] !== route.loadBalancerFullName)
    return false;
  const group = dimensions['TargetGroup'];
  if (group === undefined) return true;
  return Object.values(route.targetGroupArns).some((arn) => arn.endsWith(group));
};

const nameOf = ({ namespace, name, dimensions }: WatchedMetric): string =>
  `${namespace} ${name} {${Object.entries(dimensions)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')}}`;
