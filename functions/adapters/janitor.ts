import { isoOf } from '../domain/instant.ts';
import {
  answerable,
  careForRelease,
  type Fate,
  mayBeFreed,
  owesRollback,
  unfinished,
} from '../domain/janitor.ts';
import { type LockState, targetLockKey } from '../domain/lock.ts';
import type { ReleaseRecord } from '../domain/release.ts';
import { rollbackName } from '../domain/rollback.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { releaseConcluded } from '../events/release-concluded.ts';
import type { Bus } from '../ports/bus.ts';
import { alive, type ExecutionState, type Executions } from '../ports/executions.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Locks } from '../ports/locks.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { ReleaseStarter } from './release-starter.ts';
import { requestRollback } from './rollback-request.ts';

interface JanitorWorld {
  readonly runtime: Runtime;
  readonly env: {
    readonly RELEASE_MACHINE_ARN: string;
    readonly ROLLBACK_MACHINE_ARN: string;
  };
  readonly ledger: Ledger;
  readonly locks: Locks;
  readonly executions: Executions;
  readonly bus: Bus;
  readonly starter: ReleaseStarter;
  /** Looks at one thing so that its failure keeps nothing else from being looked at. */
  readonly apart: (what: string, look: () => Promise<void>) => Promise<void>;
}

interface Found {
  readonly concluded: string[];
  readonly started: string[];
  readonly rollbacks: string[];
  readonly freed: string[];
}

const TARGET_LOCK = targetLockKey('');

const fateOf = (state: ExecutionState | null): Fate | null =>
  state && { alive: alive(state), status: state.status, reason: state.reason };

/** Looks after what dead executions leave: unconcluded releases, rollouts that nobody undoes, held locks. */
export const janitorOf = (world: JanitorWorld) => {
  const { runtime, env, ledger, locks, executions, bus, starter, apart } = world;

  const ask = requestRollback({
    runtime,
    ledger,
    executions,
    rollbackMachineArn: env.ROLLBACK_MACHINE_ARN,
  });

  const stateOf = (record: ReleaseRecord): Promise<ExecutionState | null> =>
    record.executionArn === null
      ? executions.named(env.RELEASE_MACHINE_ARN, `${record.releaseId}-${record.attempt}`)
      : executions.state(record.executionArn);

  const conclude = async (seen: ReleaseRecord, reason: string): Promise<boolean> => {
    const endedAt = isoOf(runtime.now());
    const { record, changed } = await ledger.changeRelease(seen.releaseId, (now) =>
      now.phase === 'ended' ||
      now.executionArn !== seen.executionArn ||
      now.attempt !== seen.attempt
        ? null
        : {
            record: { ...now, phase: 'ended', outcome: 'failed', reason, endedAt },
            event: {
              at: endedAt,
              kind: 'ReleaseConcluded',
              facts: { outcome: 'failed', reason, attempt: now.attempt, by: 'reconciler' },
              once: null,
            },
          },
    );
    if (changed) await bus.tell(releaseConcluded(record, 'failed'));
    return changed;
  };

  const releases = async ({ concluded, started }: Found): Promise<void> => {
    for (const releaseId of await ledger.openReleaseIds())
      await apart(releaseId, async () => {
        const record = await ledger.release(releaseId);
        if (record === null) return;
        const care = careForRelease(record, fateOf(await stateOf(record)), runtime.now());
        if (care.act === 'start') {
          await starter.run(record);
          started.push(releaseId);
        } else if (care.act === 'conclude' && (await conclude(record, care.reason)))
          concluded.push(releaseId);
      });
  };

  /** What was asked for after a rollout's end and never began. Without its guard, nothing is kept to go back to by itself any more. */
  const goOn = async ({ rolloutId, targetId, rollback }: RolloutRecord): Promise<boolean> => {
    if (rollback === null) return false;
    const { executionArn, attempt, cause, reason } = rollback;
    const execution =
      executionArn === null
        ? await executions.named(env.ROLLBACK_MACHINE_ARN, rollbackName(rolloutId, attempt))
        : await executions.state(executionArn);
    if (alive(execution)) return false;
    const [guard, live] = await Promise.all([ledger.guard(targetId), ledger.live(targetId)]);
    const guarded = guard?.rolloutId === rolloutId && live?.rolloutId === rolloutId;
    if (executionArn === null && !guarded) return false;
    const request = { rolloutId, targetId, cause, reason, requestedBy: 'reconciler' };
    return (await ask({ ...request, yielded: false })).state === 'running';
  };

  const undo = async (record: RolloutRecord): Promise<boolean> => {
    if (owesRollback(record)) return goOn(record);
    const arn = answerable(record);
    if (arn === null || !unfinished(record)) return false;
    const state = await executions.state(arn);
    if (alive(state)) return false;
    const { state: stands } = await ask({
      rolloutId: record.rolloutId,
      targetId: record.targetId,
      cause: 'lostExecution',
      reason: `the execution ${arn} ended ${state?.status ?? 'and is gone'} while the rollout was ${record.phase}`,
      requestedBy: 'reconciler',
      yielded: true,
      executionArn: arn,
    });
    return stands === 'running';
  };

  const rollouts = async ({ rollbacks }: Found): Promise<void> => {
    for (const targetId of await ledger.targetIds())
      await apart(targetId, async () => {
        const record = await ledger.rollout(targetId);
        if (record && (await undo(record))) rollbacks.push(record.rolloutId);
      });
  };

  const guardedRollout = async ({ key }: LockState): Promise<RolloutRecord | null> =>
    key.startsWith(TARGET_LOCK) ? ledger.rollout(key.slice(TARGET_LOCK.length)) : null;

  const free = async (lock: LockState): Promise<boolean> => {
    if (lock.owner === null || alive(await executions.state(lock.owner))) return false;
    const rollout = await guardedRollout(lock);
    return mayBeFreed(lock, { alive: false, rollout }) && locks.release(lock.key, lock.token);
  };

  const freeLocks = async ({ freed }: Found): Promise<void> => {
    for (const lock of await locks.held())
      await apart(lock.key, async () => {
        if (await free(lock)) freed.push(lock.key);
      });
  };

  return { releases, rollouts, locks: freeLocks };
};
