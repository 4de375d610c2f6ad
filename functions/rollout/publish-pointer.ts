import type { z } from 'zod';
import { fastPath } from '../adapters/fast-path.ts';
import { assertHeld } from '../adapters/fenced-rule.ts';
import { hold } from '../adapters/hold.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { pointer } from '../adapters/pointer.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { traffic } from '../adapters/traffic.ts';
import { FAST_PATH_KEY } from '../domain/fast-path-row.ts';
import { Published, StepInput } from '../domain/prepared.ts';
import { rolesOf } from '../domain/roles.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { otherColor } from '../domain/target.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

type Env = z.output<(typeof environments)['rollout/publish-pointer']>;

/** Makes the release an immutable version of the pointer, and tells the alarm fast path what to do if it hurts. */
export const publishPointer =
  (world: World<Env>) =>
  async ({ rollout, lock, prepared }: StepInput): Promise<z.input<typeof Published>> => {
    const { runtime } = world;
    const { target, color } = prepared;
    const shiftable = shiftableOf(target);
    const place = placeOf(target);
    const locks = locksOf(world);
    const ledger = ledgerOf(world);
    await hold({ locks, log: world.log }, lock, rollout.environmentLock);
    const lambda = pointer(runtime, place, shiftable.pointer);
    const balancer = traffic(runtime, place);
    const [alias, weighted] = await Promise.all([
      lambda.read(),
      balancer.rule(shiftable.route.weightedRuleArn),
    ]);
    await assertHeld(runtime, locks, lock);
    const pointerVersion = await lambda.publish({
      RELEASE_ID: rollout.releaseId,
      DIGEST: rollout.digest,
      CONFIG_DIGEST: rollout.configDigest,
      COLOR: color,
      TOKEN: String(lock.token),
      ROLLOUT_ID: rollout.rolloutId,
    });

    const roles = rolesOf(prepared);
    await fastPath(runtime, place, shiftable.fastPathTable).write({
      pk: FAST_PATH_KEY,
      targetId: rollout.targetId,
      rolloutId: rollout.rolloutId,
      // A target's first release has no last good to send anybody to: no alarm may act on it.
      phase: prepared.first ? 'idle' : 'shifting',
      token: lock.token,
      firstShiftAt: null,
      overrideRuleArn: shiftable.route.overrideRuleArn,
      overrideConditions: [...weighted.conditions],
      lastGood: { targetGroupArn: roles.stable, color: otherColor(color), sharePercent: 100 },
      candidateTargetGroupArn: roles.candidate,
      deploymentId: null,
      pendingHook: null,
      watchedAlarms: shiftable.alarms.watched,
    });
    await changeRollout(ledger, { ...rollout, token: lock.token }, (record) => ({
      ...record,
      color,
      pointerVersion,
    }));
    return { pointerVersion, previousVersion: alias.version === '' ? null : alias.version };
  };

export const handler = handle({
  input: StepInput,
  output: Published,
  env: environments['rollout/publish-pointer'],
  run: publishPointer,
});
