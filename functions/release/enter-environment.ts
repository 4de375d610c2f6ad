import { z } from 'zod';
import { executionsOf } from '../adapters/executions.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { registeredService } from '../adapters/registered-service.ts';
import { scanGate } from '../adapters/scan-gate.ts';
import { ConfigurationMissing, isNamed } from '../domain/errors.ts';
import { ResolvedImage } from '../domain/image.ts';
import { isoOf } from '../domain/instant.ts';
import { ENVIRONMENT_LEASE_SECONDS, environmentLockKey, Lock } from '../domain/lock.ts';
import { CarriedRelease, type Ending, entryRefusal, Step } from '../domain/promotion.ts';
import { Outcome } from '../domain/release.ts';
import { rolloutIdOf } from '../domain/rollout.ts';
import { RolloutInput } from '../domain/rollout-input.ts';
import { alive } from '../ports/executions.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({
  release: CarriedRelease,
  image: ResolvedImage,
  step: Step,
  heldLocks: z.array(Lock),
  executionArn: z.string(),
});
const Output = z.object({
  decision: z.enum(['enter', 'wait', 'stop']),
  waitSeconds: z.int().nonnegative(),
  outcome: Outcome.nullable(),
  reason: z.string().nullable(),
  heldLocks: z.array(Lock),
  rollout: RolloutInput.nullable(),
});
type Output = z.input<typeof Output>;
type Env = z.output<(typeof environments)['release/enter-environment']>;

/** How long a release that waits for its turn waits between two looks. */
const TURN_SECONDS = 30;

const waiting = (reason: string, waitSeconds: number, heldLocks: Lock[]): Output => ({
  decision: 'wait',
  waitSeconds,
  outcome: null,
  reason,
  heldLocks,
  rollout: null,
});

const stopping = ({ outcome, reason }: Ending, heldLocks: Lock[]): Output => ({
  decision: 'stop',
  waitSeconds: 0,
  outcome,
  reason,
  heldLocks,
  rollout: null,
});

/** The environment's lock for this execution; a dead holder's is taken over, a living one's is waited for. */
const environmentLock = (world: World<Env>) => {
  const locks = locksOf(world);
  const executions = executionsOf(world);
  return async (
    key: string,
    executionArn: string,
  ): Promise<{ lock: Lock; since: number } | { holder: string }> => {
    const there = await locks.read(key);
    const holder = there?.owner ?? null;
    // Its lease says when a holder should have been heard of; only Step Functions says whether it still can act.
    if (there && holder !== null && holder !== executionArn) {
      if (alive(await executions.state(holder))) return { holder };
      try {
        const token = await locks.takeOver(key, executionArn, ENVIRONMENT_LEASE_SECONDS, {
          heldUnder: there.token,
        });
        return { lock: { key, token }, since: world.runtime.now() };
      } catch (error) {
        if (isNamed(error, 'LockLost')) return { holder };
        throw error;
      }
    }
    const answer = await locks.acquire(key, executionArn, ENVIRONMENT_LEASE_SECONDS);
    return answer.acquired
      ? { lock: { key, token: answer.token }, since: answer.since }
      : { holder: answer.holder.owner ?? 'another execution' };
  };
};

/** Judges the scan again before an environment starts; null: it still passes. */
const scanAgain = (world: World<Env>) => {
  const ledger = ledgerOf(world);
  const gate = scanGate(world);
  return async (
    { release, image, step }: z.output<typeof Input>,
    since: number,
  ): Promise<{ waitSeconds: number; reason: string } | Ending | null> => {
    const service = await registeredService(ledger, release.service);
    const { verdict, reason, evidence, waitSeconds } = await gate(service, image, {
      since: isoOf(since),
      // Long ago: the gate has read it twice before the first environment.
      firstCleanAt: isoOf(0),
    });
    if (verdict === 'inconclusive') return { reason, waitSeconds: Math.max(1, waitSeconds) };
    const { environment } = step;
    await ledger.append(release.releaseId, {
      at: isoOf(world.runtime.now()),
      kind: 'ScanJudgedAgain',
      facts: { environment, verdict, reason, ...(verdict === 'pass' ? {} : { evidence }) },
      once: `scan:${release.attempt}:${environment}:${verdict}`,
    });
    return verdict === 'pass'
      ? null
      : { outcome: 'rejected', reason: `before ${environment}: ${reason}` };
  };
};

/** Enters: from here on the environment has started. */
const entering = (world: World<Env>) => {
  const ledger = ledgerOf(world);
  return async ({ release, step }: z.output<typeof Input>, lock: Lock): Promise<Output> => {
    const { releaseId, service, digest, configDigest, version, attempt } = release;
    const { environment, region, targetId } = step;
    const rolloutId = rolloutIdOf(releaseId, environment, region, attempt);
    await ledger.changeRelease(releaseId, (now) => ({
      record: now.phase === 'ended' ? now : { ...now, phase: 'promoting' },
      event: {
        at: isoOf(world.runtime.now()),
        kind: 'EnvironmentEntered',
        facts: { environment, region, targetId, rolloutId, token: lock.token },
        once: `entered:${rolloutId}`,
      },
    }));
    return {
      decision: 'enter',
      waitSeconds: 0,
      outcome: null,
      reason: null,
      heldLocks: [lock],
      rollout: {
        rolloutId,
        releaseId,
        service,
        environment,
        region,
        targetId,
        digest,
        configDigest,
        version,
        environmentLock: lock,
      },
    };
  };
};

const refusalOf = (world: World<Env>) => {
  const ledger = ledgerOf(world);
  return async ({
    release,
    step,
    executionArn,
  }: z.output<typeof Input>): Promise<Ending | null> => {
    const { releaseId, service } = release;
    const [record, newest, quarantine] = await Promise.all([
      ledger.release(releaseId),
      ledger.newest(service),
      ledger.quarantined(service, release),
    ]);
    if (record) return entryRefusal({ step, record, executionArn, newest, quarantine });
    throw new ConfigurationMissing(`the ledger has no release ${releaseId}`, {
      facts: { releaseId },
    });
  };
};

/** Lets one release at a time into an environment; a newer one supersedes one that waits, and findings are judged again. */
export const handler = handle({
  input: Input,
  output: Output,
  env: environments['release/enter-environment'],
  run: (world) => {
    const locks = locksOf(world);
    const lockFor = environmentLock(world);
    const refuse = refusalOf(world);
    const judgeAgain = scanAgain(world);
    const enter = entering(world);
    return async (input): Promise<Output> => {
      const { release, step, heldLocks, executionArn } = input;
      const key = environmentLockKey(release.service, step.environment);
      for (const earlier of heldLocks.filter((lock) => lock.key !== key))
        await locks.release(earlier.key, earlier.token);
      const turn = await lockFor(key, executionArn);
      const held = 'lock' in turn ? [turn.lock] : heldLocks.filter((lock) => lock.key === key);
      const refusal = await refuse(input);
      if (refusal) return stopping(refusal, held);
      if ('holder' in turn)
        return waiting(`${step.environment} is held by ${turn.holder}`, TURN_SECONDS, held);
      const judged = step.first ? await judgeAgain(input, turn.since) : null;
      if (judged && 'outcome' in judged) return stopping(judged, held);
      if (judged) return waiting(judged.reason, judged.waitSeconds, held);
      return enter(input, turn.lock);
    };
  },
});
