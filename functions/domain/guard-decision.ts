import { names } from '../../config/names.ts';
import { type FiredAlarm, firedTogether } from './fired-alarm.ts';
import type { GuardRecord } from './guard.ts';
import { pagedRecently } from './guard-page.ts';
import { MINUTE, millisecondsOf } from './instant.ts';
import type { Quarantine } from './quarantine.ts';
import { touchedNothing } from './rollback.ts';
import type { LiveRecord, RolloutRecord } from './rollout.ts';
import { otherColor, type Target } from './target.ts';
import type { AlarmState } from './tick-sight.ts';
import { warmSharePercent } from './warm.ts';

/** What one read gave, or why it gave nothing. */
export type Read<T> = { readonly value: T } | { readonly unread: string };

/** Everything that the decision about one alarm rests on. */
export interface GuardSight {
  readonly now: number;
  readonly alarm: Pick<FiredAlarm, 'alarmName' | 'at' | 'service' | 'reason'>;
  readonly target: Pick<
    Target,
    'targetId' | 'service' | 'environment' | 'guard' | 'dependencies' | 'shiftable'
  >;
  readonly guard: GuardRecord | null;
  readonly newest: RolloutRecord | null;
  readonly live: LiveRecord | null;
  /** When a person was last called about the guarded release; null: never. */
  readonly calledAt: string | null;
  /** States now, at their source: of everything that the target watches, and of what it depends on. */
  readonly states: Read<ReadonlyMap<string, AlarmState | null>>;
  /** The alarms that say how a dependency is, by the dependency. */
  readonly dependencies: Read<ReadonlyMap<string, string>>;
  /** Alarms of the environment near this one. */
  readonly fired: Read<readonly Pick<FiredAlarm, 'service' | 'at'>[]>;
  readonly lastGoodQuarantine: Read<Quarantine | null>;
  /** Why last good may not meet the schema that is there now; null: it may. */
  readonly schemaRefusal: Read<string | null>;
  /** Healthy targets of either slot. */
  readonly healthy: Read<{ readonly live: number; readonly lastGood: number }>;
}

/** rollBack: last good comes back by itself · page: a person decides · record: nobody has to. */
export interface GuardDecision {
  readonly act: 'rollBack' | 'page' | 'record';
  readonly reason: string;
}

/** The alarm that a person is called for: a composite says what the alarms that set it off say by themselves. */
export const subjectOf = ({ alarm, target, guard, states }: GuardSight): string => {
  if (alarm.alarmName !== target.shiftable?.alarms.composite) return alarm.alarmName;
  if ('unread' in states) return alarm.alarmName;
  const idle = idlePrefix(target, guard);
  const [first] = childrenFiring(target, states.value)
    .filter((name) => idle === null || !name.startsWith(idle))
    .sort();
  return first ?? alarm.alarmName;
};

/** An alarm that is told later than this after it fired has lost its claim to roll back by itself. */
const LATE_MS = 10 * MINUTE;

/** Last good must be able to take so much of what live takes now; the rest is scaled up while it serves. */
export const WARM_PERCENT_MIN = 50;

const page = (reason: string): GuardDecision => ({ act: 'page', reason });
const record = (reason: string): GuardDecision => ({ act: 'record', reason });

/** Whose alarm it is that fires on a target whose rollout has ended. What cannot be read is never a reason to move traffic. */
export const decideGuard = (sight: GuardSight): GuardDecision =>
  guarded(sight) ?? firing(sight) ?? attributable(sight) ?? possible(sight) ?? rollBack(sight);

/** Whether a guard is open that this alarm could mean. */
const guarded = ({ guard, newest, live, now }: GuardSight): GuardDecision | null => {
  if (guard === null) return record('no guard is open here');
  if (now >= millisecondsOf(guard.endsAt)) return record(`the guard ended at ${guard.endsAt}`);
  if (live?.rolloutId !== guard.rolloutId) {
    return record(`${guard.releaseId} is not live any more`);
  }
  if (newest === null) return page(`the ledger has no rollout on ${guard.targetId}`);
  if (newest.rolloutId === guard.rolloutId) {
    if (newest.rollback === null || newest.rollback.outcome === 'abandoned') return null;
    return record(
      newest.phase === 'stuck'
        ? `the rollback of ${newest.rolloutId} is stuck, and a person was called`
        : `${newest.rolloutId} is being rolled back already`,
    );
  }
  if (touchedNothing(newest)) return null;
  if (newest.endedAt === null && newest.color === null) {
    return page(`${newest.rolloutId} has the target and waits; nothing rolls back under it`);
  }
  return record(`${newest.rolloutId} has begun since: ${guard.releaseId} is last good now`);
};

/** Whether the alarm still says something about what is live. */
const firing = ({ alarm, states, target, guard }: GuardSight): GuardDecision | null => {
  if ('unread' in states) return page(`no alarm could be read: ${states.unread}`);
  const state = states.value.get(alarm.alarmName) ?? null;
  if (state === 'OK') return record(`${alarm.alarmName} is OK again`);
  if (state === null) return page(`${alarm.alarmName} fired and does not exist any more`);
  if (state !== 'ALARM') return page(`${alarm.alarmName} fired and has no data any more`);
  const idle = idlePrefix(target, guard);
  if (idle === null) return null;
  if (alarm.alarmName.startsWith(idle)) {
    return record(`${alarm.alarmName} watches the idle slot, which serves nobody`);
  }
  if (alarm.alarmName !== target.shiftable?.alarms.composite) return null;
  const children = childrenFiring(target, states.value);
  return children.length > 0 && children.every((name) => name.startsWith(idle))
    ? record(`${alarm.alarmName} fires for the idle slot alone, which serves nobody`)
    : null;
};

const idlePrefix = (
  { service, environment }: GuardSight['target'],
  guard: GuardRecord | null,
): string | null =>
  guard === null
    ? null
    : `${names.target(service, environment)}-${guard.lastGood?.color ?? otherColor(guard.color)}-`;

const childrenFiring = (
  { shiftable }: GuardSight['target'],
  states: ReadonlyMap<string, AlarmState | null>,
): string[] =>
  (shiftable?.alarms.watched ?? []).filter(
    (name) => name !== shiftable?.alarms.composite && states.get(name) === 'ALARM',
  );

/** Whether the release is the likely cause: soon after it, alone, with its dependencies well. */
const attributable = (sight: GuardSight): GuardDecision | null => {
  const { alarm, now, target, guard, states, fired, dependencies, calledAt } = sight;
  if (guard === null) return null;
  // Whoever was called is looking: nothing moves under his hands.
  if (calledAt !== null && pagedRecently({ at: calledAt }, now)) {
    return page(`a person was called about this release at ${calledAt} and decides`);
  }
  const at = millisecondsOf(alarm.at);
  const since = Math.round((at - millisecondsOf(guard.startedAt)) / MINUTE);
  if (at > millisecondsOf(guard.rollsBackUntil)) {
    return page(`it fired ${since} min after the rollout, when it may roll nothing back by itself`);
  }
  if (now > millisecondsOf(guard.rollsBackUntil) + LATE_MS) {
    return page(`it fired ${since} min after the rollout and was told too late to act on`);
  }
  if ('unread' in fired) return page(`other alarms could not be read: ${fired.unread}`);
  const { services, withinSeconds } = target.guard.correlated;
  const together = firedTogether([...fired.value, alarm], at, withinSeconds);
  if (together.length >= services) {
    return page(
      `alarms of ${together.length} services fired within ${withinSeconds / 60} min (${together.join(', ')}): one release is hardly the cause`,
    );
  }
  if ('unread' in dependencies) {
    return page(`what it depends on could not be read: ${dependencies.unread}`);
  }
  if ('unread' in states) return page(`no alarm could be read: ${states.unread}`);
  for (const [dependency, alarmName] of dependencies.value) {
    const state = states.value.get(alarmName) ?? null;
    if (state === 'ALARM') return page(`${dependency}, on which it depends, is in alarm itself`);
    if (state === null) return page(`the alarm ${alarmName} of ${dependency} does not exist`);
    if (state !== 'OK') {
      return page(
        `how ${dependency} is, on which it depends, is not known: ${alarmName} has no data`,
      );
    }
  }
  const ill = target.dependencies.services.find((name) => together.includes(name));
  return ill === undefined ? null : page(`${ill}, on which it depends, had an alarm as well`);
};

/** Whether there is something to go back to. */
const possible = (sight: GuardSight): GuardDecision | null => {
  const { guard, target, states, schemaRefusal, healthy } = sight;
  const { lastGoodQuarantine: quarantine } = sight;
  if (guard?.lastGood == null)
    return page("it is the target's first release: nothing is before it");
  // The guard's own word is as old as the rollout: a rollback to an earlier release that was abandoned has used up the other slot.
  if (sight.live?.lastGood == null)
    return page('nothing to go back to: a rollback to an earlier release was abandoned');
  if ('unread' in quarantine) {
    return page(`whether last good is in quarantine could not be read: ${quarantine.unread}`);
  }
  if (quarantine.value !== null) {
    return page(`last good is in quarantine: ${quarantine.value.reason}`);
  }
  if ('unread' in schemaRefusal) return page(`the schema is unknown: ${schemaRefusal.unread}`);
  if (schemaRefusal.value !== null) return page(schemaRefusal.value);
  const idle = idlePrefix(target, guard);
  const own = 'unread' in states ? [] : childrenFiring(target, states.value);
  const hurting = own.find((name) => idle !== null && name.startsWith(idle));
  if (hurting !== undefined) return page(`last good is in alarm itself: ${hurting}`);
  if ('unread' in healthy) return page(`targets could not be counted: ${healthy.unread}`);
  const { live, lastGood } = healthy.value;
  if (lastGood === 0) return page('last good has no healthy target');
  if (warmSharePercent(healthy.value) < WARM_PERCENT_MIN) {
    return page(
      `last good has ${lastGood} healthy targets and live ${live}: it can't carry ${WARM_PERCENT_MIN} %`,
    );
  }
  return null;
};

const rollBack = ({ alarm, guard }: GuardSight): GuardDecision => {
  const started = guard === null ? 0 : millisecondsOf(guard.startedAt);
  const since = Math.max(0, Math.round((millisecondsOf(alarm.at) - started) / MINUTE));
  return { act: 'rollBack', reason: `${alarm.reason}, ${since} min after the rollout` };
};
