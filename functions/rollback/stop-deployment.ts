import { z } from 'zod';
import { deployments } from '../adapters/deployments.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { millisecondsOf } from '../domain/instant.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import { Claimed } from '../domain/rollback.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { ended } from '../ports/deployments.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed });
const Output = z.object({ ended: z.boolean(), reason: z.string() });

/** CodeDeploy is waited for so long; RestoreStable does what it has not done. */
const PATIENCE_SECONDS = 180;

type Env = z.output<(typeof environments)['rollback/stop-deployment']>;

/** Stops the shift and waits for CodeDeploy's own way back, which is a deployment of its own. */
export const stopDeployment =
  (world: World<Env>) =>
  async ({ claim }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const { target, rollout, lock } = claim;
    await locksOf(world).renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    const service = deployments(runtime, placeOf(target), shiftableOf(target).codeDeploy);
    const deploymentId =
      rollout.deploymentId ??
      (await service.find(rollout.rolloutId, millisecondsOf(rollout.startedAt)));
    if (deploymentId === null) return { ended: true, reason: 'there was no deployment' };

    if (!ended((await service.read(deploymentId)).status)) await service.stop(deploymentId);
    const { status, rollbackDeploymentId } = await service.read(deploymentId);
    const undo = rollbackDeploymentId === null ? null : await service.read(rollbackDeploymentId);
    const reason = `deployment ${deploymentId} is ${status}${undo === null ? '' : `, its rollback ${undo.deploymentId} is ${undo.status}`}`;
    if (ended(status) && (undo === null || ended(undo.status))) return { ended: true, reason };
    const late = runtime.now() > millisecondsOf(claim.startedAt) + PATIENCE_SECONDS * 1000;
    return { ended: late, reason: late ? `${reason} after ${PATIENCE_SECONDS} s` : reason };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/stop-deployment'],
  run: stopDeployment,
});
