import { z } from 'zod';
import { stopExecution } from '../adapters/execution-stop.ts';
import { executionsOf } from '../adapters/executions.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import { Claimed } from '../domain/rollback.ts';
import { alive } from '../ports/executions.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed });
const Output = z.object({ waitSeconds: z.int().nonnegative(), reason: z.string() });

/** The time-out of every function that writes the weighted rule or the override. */
const FUNCTION_SECONDS_MAX = 30;

type Env = z.output<(typeof environments)['rollback/quiesce-rollout']>;

/** Ends the rollout's execution unless it waits for this rollback itself, and says how long one of its functions could still write. */
export const quiesceRollout =
  (world: World<Env>) =>
  async ({ claim }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const { lock, mode, rollout } = claim;
    await locksOf(world).renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    const newest = await ledgerOf(world).rollout(rollout.targetId);
    const yielded = (newest?.yieldedAt ?? rollout.yieldedAt) !== null;
    const { executionArn } = rollout;
    if (!yielded && executionArn !== null) {
      const execution = await executionsOf(world).state(executionArn);
      if (alive(execution)) {
        await stopExecution(world.runtime, executionArn, {
          error: 'RolledBack',
          cause: claim.reason.slice(0, 1_000),
        });
      }
    }
    if (yielded && mode !== 'shifted') {
      return { waitSeconds: 0, reason: 'the rollout waits for its rollback and shifted nothing' };
    }
    return {
      waitSeconds: FUNCTION_SECONDS_MAX,
      reason: `an ended execution does not end its functions: they have ${FUNCTION_SECONDS_MAX} s`,
    };
  };

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/quiesce-rollout'],
  run: quiesceRollout,
});
