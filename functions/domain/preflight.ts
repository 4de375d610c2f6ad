import { alarmFindings, type Finding, type WatchedAlarm } from './alarm-gate.ts';
import { type Budget, budgetFindings } from './budget.ts';
import type { RuleCondition } from './fast-path-row.ts';
import type { PointerSight } from './pointer.ts';
import type { LiveRecord } from './rollout.ts';
import type { Target } from './target.ts';
import type { Judgement } from './verdict.ts';
import type { GroupWeight } from './weights.ts';

/** How long an alarm that fires may hold a rollout up before it is refused. */
export const CLEARANCE_SECONDS = 1800;
const RECHECK_SECONDS = 60;
/** A color that was rolled back lets go of its last streams within this. */
const DEREGISTRATION_SECONDS_MAX = 60;

/** A rule on the listener that stands before ours. */
export interface EarlierRule {
  readonly ruleArn: string;
  readonly priority: number;
  readonly conditions: readonly RuleCondition[];
}

/** All that preflight looked at on a target with two colors. */
export interface PreflightSight {
  /** The watched alarms, and those that composite ones among them stand on. */
  readonly alarms: readonly WatchedAlarm[];
  /** The error budgets that are watched; null: they could not be read. */
  readonly budgets: readonly Budget[] | null;
  /** The live color's RequestCount had data in the last three periods. */
  readonly liveHasRequests: boolean;
  readonly pointer: PointerSight;
  readonly weights: readonly GroupWeight[];
  readonly ruleSticky: boolean;
  readonly overrideOn: boolean;
  readonly earlierRules: readonly EarlierRule[];
  readonly groups: readonly {
    readonly targetGroupArn: string;
    readonly attached: boolean;
    readonly sticky: boolean;
    readonly slowStartSeconds: number;
    readonly deregistrationSeconds: number;
  }[];
  /** Tag keys of the listener and its load balancer. */
  readonly tagKeys: readonly string[];
}

/** Whether a rollout may begin here. Drift and misconfiguration refuse; an alarm may clear within its time. */
export const judgePreflight = (
  target: Target,
  live: LiveRecord | null,
  sight: PreflightSight,
  waitedSeconds: number,
): Judgement & { waitSeconds: number } => {
  const findings = [
    ...alarmFindings(target, live, sight),
    ...budgetFindings(sight.budgets, live !== null),
    ...pointerFindings(target, live, sight),
    ...routeFindings(target, sight),
  ];
  const failed = findings.filter(({ verdict }) => verdict === 'fail');
  const late = waitedSeconds >= CLEARANCE_SECONDS;
  const evidence = {
    findings,
    alarms: Object.fromEntries(sight.alarms.map(({ name, state }) => [name, state])),
    ...heldBack(sight.alarms),
    ...(sight.budgets === null || sight.budgets.length === 0 ? {} : { budgets: sight.budgets }),
    alias: sight.pointer.version,
    weights: sight.weights,
  };
  const reasons = (some: readonly Finding[]) => some.map(({ reason }) => reason).join('; ');
  if (failed.length > 0) {
    return { verdict: 'fail', reason: reasons(failed), evidence, waitSeconds: 0 };
  }
  if (findings.length === 0) {
    return { verdict: 'pass', reason: 'the target is fit for a rollout', evidence, waitSeconds: 0 };
  }
  if (late) {
    return {
      verdict: 'fail',
      reason: `${reasons(findings)}; still so after ${CLEARANCE_SECONDS / 60} min`,
      evidence,
      waitSeconds: 0,
    };
  }
  return {
    verdict: 'inconclusive',
    reason: reasons(findings),
    evidence,
    waitSeconds: RECHECK_SECONDS,
  };
};

/** What a start waits for, without the words and numbers that change while it does. */
export const waitedFor = (evidence: Judgement['evidence']): unknown =>
  (evidence['findings'] as readonly Finding[]).map(({ check, subject, verdict, reason }) => ({
    check,
    verdict,
    about: subject ?? reason,
  }));

/** Alarms whose actions do not run: they count all the same (ADR 0009), and the ledger says that people may not hear them. */
const heldBack = (alarms: readonly WatchedAlarm[]) => {
  const muted = alarms.filter((alarm) => alarm.muted).map(({ name }) => name);
  const suppressed = alarms.filter((alarm) => alarm.suppressedBy !== null).map(({ name }) => name);
  return {
    ...(muted.length === 0 ? {} : { muted }),
    ...(suppressed.length === 0 ? {} : { suppressed }),
  };
};

/** The alias, the load balancer and the ledger name one live release. */
const pointerFindings = (
  target: Target,
  live: LiveRecord | null,
  { pointer, weights }: PreflightSight,
): Finding[] => {
  const finding = (reason: string): Finding[] => [{ check: 'drift', verdict: 'fail', reason }];
  if (pointer.additional !== null) {
    return finding(
      `the pointer's alias stands at two versions (${pointer.version} and ${pointer.additional.version}); a rollback puts it back to one`,
    );
  }
  if (live === null) return [];
  if (pointer.version !== live.pointerVersion) {
    return finding(
      `the pointer's alias is at version ${pointer.version}, live is ${live.pointerVersion ?? 'none'}`,
    );
  }
  const liveGroup = target.shiftable?.route.targetGroupArns[live.color];
  const served = weights.filter(({ weight }) => weight > 0);
  if (served.length !== 1 || served[0]?.targetGroupArn !== liveGroup) {
    return finding(
      `the load balancer does not serve live (${live.color}) alone: ${
        weights
          .map(({ targetGroupArn, weight }) => `${shortArn(targetGroupArn)} ${weight}`)
          .join(', ') || 'nothing'
      }`,
    );
  }
  return [];
};

const routeFindings = (target: Target, sight: PreflightSight): Finding[] => {
  const findings: Finding[] = [];
  const found = (check: string, reason: string): void => {
    findings.push({ check, verdict: 'fail', reason });
  };
  if (sight.overrideOn) {
    found('override', 'the override rule is on: a rollback has not ended; see what is stuck');
  }
  if (sight.ruleSticky) {
    found(
      'stickiness',
      "the weighted rule's group stickiness is on; it would pin users to a color",
    );
  }
  for (const group of sight.groups) {
    const name = shortArn(group.targetGroupArn);
    if (!group.attached) found('attachment', `${name} is attached to no load balancer`);
    if (group.sticky) found('stickiness', `${name} has stickiness on; turn it off`);
    if (group.deregistrationSeconds > DEREGISTRATION_SECONDS_MAX) {
      found(
        'draining',
        `${name} keeps what is taken out of it for ${group.deregistrationSeconds} s; set its deregistration delay to ${DEREGISTRATION_SECONDS_MAX} s at most, or streams stay on a bad color for so long`,
      );
    }
    if (group.slowStartSeconds > 0) {
      found('slowStart', `${name} has a slow start of ${group.slowStartSeconds} s; set it to 0`);
    }
  }
  const attached = target.shiftable?.route.targetGroupArns;
  for (const color of ['blue', 'green'] as const) {
    const arn = attached?.[color];
    if (arn !== undefined && !sight.weights.some(({ targetGroupArn }) => targetGroupArn === arn)) {
      found('attachment', `the weighted rule does not name the ${color} group`);
    }
  }
  const route = target.shiftable?.route;
  for (const rule of sight.earlierRules) {
    if (route !== undefined && mayMatch(rule.conditions, route)) {
      found(
        'foreignRule',
        `rule ${shortArn(rule.ruleArn)} with priority ${rule.priority} stands before ours and matches our hosts and paths`,
      );
    }
  }
  if (sight.tagKeys.includes('elbv2.k8s.aws/cluster')) {
    found(
      'controller',
      'the AWS Load Balancer Controller owns the listener and deletes rules that it did not make; give Slipway a listener of its own',
    );
  }
  return findings;
};

/** Whether a request for our hosts and paths could meet these conditions. Conditions of other kinds only narrow, so they don't count. */
export const mayMatch = (
  conditions: readonly RuleCondition[],
  route: { readonly hosts: readonly string[]; readonly paths: readonly string[] },
): boolean => {
  const valuesOf = (field: string, config: string): string[] | null => {
    const condition = conditions.find(({ Field }) => Field === field);
    if (condition === undefined) return null;
    const configured = condition[config] as { Values?: string[] } | undefined;
    return configured?.Values ?? (condition['Values'] as string[] | undefined) ?? [];
  };
  return (
    overlap(valuesOf('host-header', 'HostHeaderConfig'), route.hosts, 'anyCase') &&
    overlap(valuesOf('path-pattern', 'PathPatternConfig'), route.paths, 'exactCase')
  );
};

const overlap = (
  theirs: readonly string[] | null,
  ours: readonly string[],
  letters: 'anyCase' | 'exactCase',
): boolean => {
  if (theirs === null || ours.length === 0) return true;
  const plain = (text: string) => (letters === 'anyCase' ? text.toLowerCase() : text);
  return theirs.some((their) => ours.some((our) => patternsMeet(plain(their), plain(our))));
};

/** Whether some text matches both patterns: `*` any characters, `?` one. */
export const patternsMeet = (a: string, b: string): boolean => {
  const known = new Map<number, boolean>();
  const meet = (i: number, j: number): boolean => {
    const key = i * (b.length + 1) + j;
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, false);
    const answer = step(i, j);
    known.set(key, answer);
    return answer;
  };
  const step = (i: number, j: number): boolean => {
    if (i === a.length && j === b.length) return true;
    if (a[i] === '*') return meet(i + 1, j) || (j < b.length && meet(i, j + 1));
    if (b[j] === '*') return meet(i, j + 1) || (i < a.length && meet(i + 1, j));
    if (i === a.length || j === b.length) return false;
    return (a[i] === b[j] || a[i] === '?' || b[j] === '?') && meet(i + 1, j + 1);
  };
  return meet(0, 0);
};

const shortArn = (arn: string): string => arn.split('/').slice(-2).join('/');
