import { z } from 'zod';
import { fastPath } from '../adapters/fast-path.ts';
import { hold } from '../adapters/hold.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { shiftOf } from '../adapters/shift.ts';
import { DriftFound, LockLost } from '../domain/errors.ts';
import { isoOf, millisecondsOf } from '../domain/instant.ts';
import { firstObservation, Observation } from '../domain/observation.ts';
import { Published, StepInput } from '../domain/prepared.ts';
import { ShiftRun, shiftRunOf } from '../domain/shift-run.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { withoutAlarms } from '../domain/waiver.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = StepInput.extend({ published: Published });
const Output = z.object({
  deployment: ShiftRun,
  observation: Observation,
  waitSeconds: z.int().nonnegative(),
});

/** CodeDeploy first asks its hook, then shifts; an own schedule begins with the first tick. */
const FIRST_LOOK_SECONDS = 10;

type Env = z.output<(typeof environments)['rollout/create-deployment']>;

/** Starts the shift of the pointer: CodeDeploy's deployment, or the rollout's own schedule. Run again, it finds what it started. */
export const createDeployment =
  (world: World<Env>) =>
  async ({
    rollout,
    lock,
    prepared,
    published,
  }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const { target, waivedAlarms: waived = [] } = prepared;
    const { pointer, codeDeploy, fastPathTable } = shiftableOf(target);
    const place = placeOf(target);
    const locks = locksOf(world);
    const ledger = ledgerOf(world);
    await hold({ locks, log: world.log }, lock, rollout.environmentLock);
    const record = await ledger.rollout(rollout.targetId);
    if (record?.rolloutId !== rollout.rolloutId) {
      throw new LockLost(`${rollout.targetId} belongs to ${record?.rolloutId ?? 'nobody'} now`);
    }
    if (published.previousVersion === null) {
      throw new DriftFound(`the alias of ${pointer.functionName} stands at no version`);
    }
    const run = await shiftOf({ runtime, locks }, target, lock).start({
      rolloutId: rollout.rolloutId,
      since: millisecondsOf(record.startedAt),
      run: shiftRunOf(record),
      versions: { stable: published.previousVersion, candidate: published.pointerVersion },
      // Its group watches the composite, which a waived alarm keeps in ALARM.
      alarms:
        waived.length === 0 ? null : shiftableOf(withoutAlarms(target, waived)).alarms.watched,
    });
    const { deploymentId } = run;
    await fastPath(runtime, place, fastPathTable).change(lock.token, { deploymentId });
    // The start that was recorded first counts: a second try of this step begins nothing anew.
    const kept = await changeRollout(ledger, { ...rollout, token: lock.token }, (newest) => ({
      ...newest,
      deploymentId,
      shiftStartedAt: newest.shiftStartedAt ?? run.startedAt ?? isoOf(runtime.now()),
    }));
    await ledger.append(rollout.releaseId, {
      at: isoOf(runtime.now()),
      kind: 'ShiftStarted',
      facts: {
        rolloutId: rollout.rolloutId,
        by: codeDeploy === null ? 'schedule' : 'codeDeploy',
        deploymentId,
        startedAt: kept.shiftStartedAt,
        strategy: target.strategy,
        pointerVersion: published.pointerVersion,
      },
      once: `${rollout.rolloutId}#deployment`,
    });
    return {
      deployment: shiftRunOf(kept),
      observation: firstObservation(runtime.now(), target.analysis),
      waitSeconds: FIRST_LOOK_SECONDS,
    };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollout/create-deployment'],
  run: createDeployment,
});
