import { z } from 'zod';
import { deployments } from '../adapters/deployments.ts';
import { fastPath } from '../adapters/fast-path.ts';
import { assertHeld } from '../adapters/fenced-rule.ts';
import { hold } from '../adapters/hold.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { DriftFound, LockLost } from '../domain/errors.ts';
import { isoOf, millisecondsOf } from '../domain/instant.ts';
import { firstObservation, Observation } from '../domain/observation.ts';
import { appSpec, deploymentDescription } from '../domain/pointer.ts';
import { Published, StepInput } from '../domain/prepared.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = StepInput.extend({ published: Published });
const Output = z.object({
  deployment: z.object({ deploymentId: z.string() }),
  observation: Observation,
  waitSeconds: z.int().nonnegative(),
});

/** CodeDeploy first asks its hook, then shifts. */
const FIRST_LOOK_SECONDS = 10;

type Env = z.output<(typeof environments)['rollout/create-deployment']>;

/** Starts CodeDeploy's shift of the pointer. It is not idempotent, so an earlier try's deployment is looked for first. */
export const createDeployment =
  (world: World<Env>) =>
  async ({
    rollout,
    lock,
    prepared,
    published,
  }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const { target } = prepared;
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
    const service = deployments(runtime, place, codeDeploy);
    const create = async (): Promise<string> => {
      await assertHeld(runtime, locks, lock);
      return service.create({
        description: deploymentDescription(rollout.rolloutId, lock.token),
        appSpec: appSpec({
          functionName: pointer.functionName,
          alias: pointer.alias,
          currentVersion: published.previousVersion ?? '',
          targetVersion: published.pointerVersion,
          hooks: codeDeploy.hooks,
        }),
      });
    };
    const deploymentId =
      record.deploymentId ??
      (await service.find(rollout.rolloutId, millisecondsOf(record.startedAt))) ??
      (await create());
    await fastPath(runtime, place, fastPathTable).change(lock.token, { deploymentId });
    await changeRollout(ledger, { ...rollout, token: lock.token }, (newest) => ({
      ...newest,
      deploymentId,
    }));
    await ledger.append(rollout.releaseId, {
      at: isoOf(runtime.now()),
      kind: 'DeploymentCreated',
      facts: {
        rolloutId: rollout.rolloutId,
        deploymentId,
        pointerVersion: published.pointerVersion,
      },
      once: `${rollout.rolloutId}#deployment`,
    });
    return {
      deployment: { deploymentId },
      observation: firstObservation(runtime.now()),
      waitSeconds: FIRST_LOOK_SECONDS,
    };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollout/create-deployment'],
  run: createDeployment,
});
