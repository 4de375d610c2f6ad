import type { FiredAlarm } from '../domain/fired-alarm.ts';
import type { GuardRecord } from '../domain/guard.ts';
import type { GuardSight, Read } from '../domain/guard-decision.ts';
import { lastPaged } from '../domain/guard-page.ts';
import { millisecondsOf } from '../domain/instant.ts';
import { floorOf, schemaRefusal } from '../domain/schema.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { otherColor, type Target, targetId } from '../domain/target.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { placeOf } from './place.ts';
import { signals } from './signals.ts';
import { traffic } from './traffic.ts';

interface SightWorld {
  readonly runtime: Runtime;
  readonly ledger: Ledger;
}

/** A read that fails is a fact of its own: the decision says what it means. */
const tried = async <T>(read: () => Promise<T>): Promise<Read<T>> => {
  try {
    return { value: await read() };
  } catch (error) {
    return { unread: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
};

const NOT_ASKED = { unread: 'not asked for' };

/** Everything that the decision about an alarm rests on, read now. Without a guard nothing but the ledger is asked. */
export const guardSight = async (
  { runtime, ledger }: SightWorld,
  alarm: FiredAlarm,
  target: Target,
): Promise<GuardSight> => {
  const [guard, newest, live] = await Promise.all([
    ledger.guard(target.targetId),
    ledger.rollout(target.targetId),
    ledger.live(target.targetId),
  ]);
  const known = { now: runtime.now(), alarm, target, guard, newest, live };
  if (guard === null || target.shiftable === null) {
    return {
      ...known,
      guard: null,
      calledAt: null,
      states: NOT_ASKED,
      dependencies: NOT_ASKED,
      fired: NOT_ASKED,
      lastGoodQuarantine: NOT_ASKED,
      schemaRefusal: NOT_ASKED,
      healthy: NOT_ASKED,
    };
  }
  const dependencies = await tried(() => dependencyAlarms(ledger, target));
  const { withinSeconds } = target.guard.correlated;
  const calledAt = lastPaged(await ledger.events(guard.releaseId), null)?.at ?? null;
  const [states, fired, lastGoodQuarantine, refusal, healthy] = await Promise.all([
    tried(() => statesNow(runtime, target, alarm, dependencies)),
    tried(() => ledger.firedAlarms(target.environment, millisecondsOf(alarm.at), withinSeconds)),
    tried(async () =>
      guard.lastGood === null ? null : ledger.quarantined(target.service, guard.lastGood),
    ),
    tried(() => refusedBySchema(ledger, guard)),
    tried(() => healthyNow(runtime, target, guard)),
  ]);
  return {
    ...known,
    calledAt,
    dependencies,
    states,
    fired,
    lastGoodQuarantine,
    schemaRefusal: refusal,
    healthy,
  };
};

/** By what depends: the alarms that were named, and the composite of each service that was, where it has one here. */
const dependencyAlarms = async (ledger: Ledger, target: Target): Promise<Map<string, string>> => {
  const { services, alarms } = target.dependencies;
  const found = await Promise.all(
    services.map(async (service) => {
      const other = await ledger.target(targetId({ ...target, service }));
      return other?.shiftable == null ? [] : [[service, other.shiftable.alarms.composite] as const];
    }),
  );
  return new Map([...found.flat(), ...alarms.map((name) => [name, name] as const)]);
};

const statesNow = (
  runtime: Runtime,
  target: Target,
  { alarmName }: FiredAlarm,
  dependencies: Read<ReadonlyMap<string, string>>,
) => {
  const { alarms, route } = shiftableOf(target);
  const others = 'unread' in dependencies ? [] : [...dependencies.value.values()];
  const watch = signals(runtime, placeOf(target), route.loadBalancerFullName);
  return watch.states([...new Set([alarmName, ...alarms.watched, ...others])]);
};

const refusedBySchema = async (
  ledger: Ledger,
  { lastGood, targetId: id }: GuardRecord,
): Promise<string | null> => {
  if (lastGood === null) return null;
  const history = await ledger.rolloutHistory(id);
  const ran = history.find(({ rolloutId }) => rolloutId === lastGood.rolloutId);
  const to = { name: lastGood.version ?? lastGood.digest, schema: ran?.schema ?? null };
  return schemaRefusal(to, floorOf(history, lastGood.rolloutId));
};

const healthyNow = async (runtime: Runtime, target: Target, { color }: GuardRecord) => {
  const { targetGroupArns } = shiftableOf(target).route;
  const balancer = traffic(runtime, placeOf(target));
  const [live, lastGood] = await Promise.all([
    balancer.health(targetGroupArns[color]),
    balancer.health(targetGroupArns[otherColor(color)]),
  ]);
  return { live: live.healthy, lastGood: lastGood.healthy };
};
