import type { Attribution, FiredAlarm } from '../domain/fired-alarm.ts';
import { lastPaged, pagedRecently, rollbackCommand } from '../domain/guard-page.ts';
import { isoOf } from '../domain/instant.ts';
import { GUARD, quarantines } from '../domain/rollback.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { rolloutTold } from '../events/rollout-told.ts';
import type { Bus } from '../ports/bus.ts';
import type { Executions } from '../ports/executions.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Log } from '../runtime/logger.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { requestRollback } from './rollback-request.ts';

interface EffectWorld {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly executions: Executions;
  readonly bus: Bus;
  readonly rollbackMachineArn: string;
}

type Guarded = NonNullable<Attribution['guarded']>;

/** Does what an alarm leads to. Each effect may meet itself from an earlier try, and then changes nothing. */
export const alarmEffects = (world: EffectWorld) => {
  const { ledger, runtime, log } = world;

  const told = (alarm: FiredAlarm, { reason, subject }: Attribution, { rolloutId }: Guarded) => ({
    rolloutId,
    targetId: alarm.targetId,
    alarmName: subject,
    eventId: alarm.eventId,
    firedAt: alarm.at,
    reason,
  });

  /** Where the environment runs, or is getting, this release: it goes back everywhere, because both Regions run the same. */
  const placesOf = async (
    alarm: FiredAlarm,
    releaseId: string,
  ): Promise<{ targetId: string; rolloutId: string }[]> => {
    const beside = (await ledger.targetIds()).filter((id) =>
      id.startsWith(`${alarm.service}/${alarm.environment}/`),
    );
    const found = await Promise.all(
      beside.map(async (targetId) => {
        const [guard, newest] = await Promise.all([
          ledger.guard(targetId),
          ledger.rollout(targetId),
        ]);
        const there = [guard, newest].find((one) => one?.releaseId === releaseId);
        return there == null ? [] : [{ targetId, rolloutId: there.rolloutId }];
      }),
    );
    return found.flat();
  };

  const rolloutOf = async (alarm: FiredAlarm, { rolloutId }: Guarded) =>
    (await ledger.rolloutHistory(alarm.targetId)).find((one) => one.rolloutId === rolloutId);

  const rollBack = async (
    alarm: FiredAlarm,
    attribution: Attribution,
    guarded: Guarded,
    rollout: RolloutRecord,
  ): Promise<void> => {
    const { reason } = attribution;
    const { digest, configDigest, lastGood, rolloutId } = rollout;
    // First: what has not begun in the other Region is refused by it, and what has begun is found below.
    if (quarantines('alarm', rollout, lastGood)) {
      const pair = { service: alarm.service, digest, configDigest };
      await ledger.quarantine({ ...pair, reason, rolloutId, at: attribution.at });
    }
    const places = await placesOf(alarm, guarded.releaseId);
    await ledger.append(guarded.releaseId, {
      at: isoOf(runtime.now()),
      kind: 'RollbackDecided',
      facts: {
        ...told(alarm, attribution, guarded),
        cause: 'alarm',
        by: GUARD,
        targetIds: places.map(({ targetId }) => targetId),
      },
      once: `${rolloutId}#guard#${alarm.eventId}`,
    });
    const ask = requestRollback({ ...world });
    for (const place of places) {
      const answer = await ask({
        ...place,
        cause: 'alarm',
        reason: place.targetId === alarm.targetId ? reason : `${reason} (on ${alarm.targetId})`,
        requestedBy: GUARD,
        yielded: false,
      });
      log.info('the guard asked for a rollback', { ...place, ...answer });
    }
  };

  const page = async (
    alarm: FiredAlarm,
    attribution: Attribution,
    guarded: Guarded,
    rollout: RolloutRecord,
  ): Promise<void> => {
    const { subject, reason } = attribution;
    const before = lastPaged(await ledger.events(guarded.releaseId), subject);
    const mine = before?.eventId === alarm.eventId;
    // Between the decision and now, another event of the same cause has called.
    if (!mine && pagedRecently(before, runtime.now())) return;
    const places = await placesOf(alarm, guarded.releaseId);
    const facts = {
      ...told(alarm, attribution, guarded),
      said: alarm.reason,
      command: rollbackCommand(
        places.length === 0 ? [alarm.targetId] : places.map(({ targetId }) => targetId),
      ),
    };
    const first =
      mine ||
      (await ledger.append(guarded.releaseId, {
        at: isoOf(runtime.now()),
        kind: 'AlarmPaged',
        facts,
        once: `${subject}#paged#${before?.at ?? 'first'}`,
      }));
    // Another alarm's event was a moment faster with the same call.
    if (!first) return;
    const { rolloutId: _rollout, targetId: _target, ...rest } = facts;
    const event = rolloutTold('slipway.rollback', 'Guard Paged', rollout, { ...rest, reason });
    const id = `${event.detail.id}/${subject}/${alarm.eventId}`;
    await world.bus.tell({ ...event, detail: { ...event.detail, id } });
  };

  const record = async (
    alarm: FiredAlarm,
    attribution: Attribution,
    guarded: Guarded,
  ): Promise<void> => {
    await ledger.append(guarded.releaseId, {
      at: isoOf(runtime.now()),
      kind: 'AlarmRecorded',
      facts: told(alarm, attribution, guarded),
      // An alarm that comes and goes the whole day is one line an hour; its every turn is among the environment's alarms.
      once: `${guarded.rolloutId}#recorded#${attribution.subject}#${alarm.at.slice(0, 13)}`,
    });
  };

  return async (alarm: FiredAlarm, attribution: Attribution): Promise<void> => {
    const { act, guarded } = attribution;
    if (guarded === null) return;
    if (act === 'record') return record(alarm, attribution, guarded);
    const rollout = await rolloutOf(alarm, guarded);
    if (rollout === undefined) {
      log.error('the guarded rollout has no history', { ...guarded, alarmName: alarm.alarmName });
      return;
    }
    if (act === 'page') return page(alarm, attribution, guarded, rollout);
    return rollBack(alarm, attribution, guarded, rollout);
  };
};
