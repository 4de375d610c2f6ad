import { z } from 'zod';
import { locksOf } from '../adapters/locks.ts';
import { shiftOf } from '../adapters/shift.ts';
import { millisecondsOf } from '../domain/instant.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import { Claimed } from '../domain/rollback.ts';
import { shiftRunOf } from '../domain/shift-run.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed });
const Output = z.object({ ended: z.boolean(), reason: z.string() });

/** CodeDeploy is waited for so long; RestoreStable does what it has not done. */
const PATIENCE_SECONDS = 180;

type Env = z.output<(typeof environments)['rollback/stop-deployment']>;

/** Stops the shift, and waits for the way back that CodeDeploy goes by itself, a deployment of its own. */
export const stopDeployment =
  (world: World<Env>) =>
  async ({ claim }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const { target, rollout, lock } = claim;
    const locks = locksOf(world);
    await locks.renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    const { ended, reason } = await shiftOf({ runtime, locks }, target, lock).stop({
      rolloutId: rollout.rolloutId,
      since: millisecondsOf(rollout.startedAt),
      run: shiftRunOf(rollout),
    });
    if (ended) return { ended, reason };
    const late = runtime.now() > millisecondsOf(claim.startedAt) + PATIENCE_SECONDS * 1000;
    return { ended: late, reason: late ? `${reason} after ${PATIENCE_SECONDS} s` : reason };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/stop-deployment'],
  run: stopDeployment,
});
