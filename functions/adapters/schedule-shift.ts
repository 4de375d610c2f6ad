import { DriftFound } from '../domain/errors.ts';
import { isoOf, millisecondsOf } from '../domain/instant.ts';
import { InvariantBroken, invariant } from '../domain/invariant.ts';
import { pointerPercent } from '../domain/pointer.ts';
import { nextAliasPercent, scheduledPercent, standsAlone } from '../domain/schedule.ts';
import type { Strategy } from '../domain/target.ts';
import type { Pointer } from '../ports/pointer.ts';
import type { Shift } from '../ports/shift.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** What a rollout that keeps the schedule itself works with. */
export interface ScheduleAt {
  readonly pointer: Pick<Pointer, 'read' | 'pointAt'>;
  readonly strategy: Strategy;
  /** Throws once the lock is lost. */
  readonly assertHeld: () => Promise<void>;
}

/**
 * The rollout moves the alias itself: every tick as far as its strategy allows for the time since the start. The start is in the
 * rollout's record, so a tick that was lost, killed or run twice changes nothing but when.
 */
export const scheduleShift = (runtime: Runtime, at: ScheduleAt): Shift => ({
  start: async ({ run }) => ({
    deploymentId: null,
    startedAt: run.startedAt ?? isoOf(runtime.now()),
  }),
  advance: async ({ startedAt }, { versions, presentPercent }) => {
    invariant(startedAt !== null, 'an own schedule has a start');
    const elapsed = (runtime.now() - millisecondsOf(startedAt)) / 1000;
    const seen = await at.pointer.read();
    const percent = nextAliasPercent(seen, versions, {
      presentPercent,
      scheduledPercent: scheduledPercent(at.strategy, elapsed),
    });
    if (percent === null) return;
    // Between this read and the write nobody else can write unnoticed: the revision that was seen is the write's condition.
    await at.assertHeld();
    if (percent === 100) await at.pointer.pointAt(versions.candidate, seen);
    else {
      await at.pointer.pointAt(versions.stable, seen, { version: versions.candidate, percent });
    }
    const after = await at.pointer.read();
    if (pointerPercent(after, versions) === percent) return;
    throw new DriftFound(
      `the alias was written as ${percent} % of version ${versions.candidate} and read back as ${after.version}${
        after.additional === null
          ? ''
          : ` with ${after.additional.share} of ${after.additional.version}`
      }: something else writes it`,
    );
  },
  read: async (_run, versions) => {
    const alone = standsAlone(await at.pointer.read(), versions.candidate);
    return {
      status: alone ? 'Succeeded' : 'InProgress',
      errorCode: null,
      errorMessage: null,
      targetPercent: null,
    };
  },
  answer: async (hook) => {
    throw new InvariantBroken(`nobody asks in an own schedule, but a hook ${hook.id} was left`);
  },
  // What moved the alias held the lock under a lower token. A write of its that is still on the way fails on the revision.
  stop: async () => ({ ended: true, reason: 'the rollout kept the schedule itself and lost it' }),
});
