import { z } from 'zod';
import { assertHeld } from '../adapters/fenced-rule.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { pointer } from '../adapters/pointer.ts';
import { isNamed, RollbackImpossible } from '../domain/errors.ts';
import { TARGET_LEASE_SECONDS } from '../domain/lock.ts';
import type { PointerRecord } from '../domain/pointer.ts';
import { Claimed } from '../domain/rollback.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import type { Pointer } from '../ports/pointer.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ claim: Claimed });

type Env = z.output<(typeof environments)['rollback/publish-earlier']>;

/** Finds the version of the pointer that says this release in this slot, or publishes it anew: old versions are deleted, and slots change. */
export const publishEarlier =
  (world: World<Env>) =>
  async ({ claim }: z.output<typeof Input>): Promise<Claimed> => {
    const { runtime } = world;
    const { target, lastGood, lock } = claim;
    if (lastGood === null) throw new RollbackImpossible('no release was named');
    const locks = locksOf(world);
    await locks.renew(lock.key, lock.token, TARGET_LEASE_SECONDS);
    const lambda = pointer(runtime, placeOf(target), shiftableOf(target).pointer);
    const record: PointerRecord = {
      RELEASE_ID: lastGood.releaseId,
      DIGEST: lastGood.digest,
      CONFIG_DIGEST: lastGood.configDigest,
      COLOR: lastGood.color,
      TOKEN: String(lock.token),
      ROLLOUT_ID: lastGood.rolloutId,
    };
    if (await says(lambda, lastGood.pointerVersion, record)) return claim;
    await assertHeld(runtime, locks, lock);
    const pointerVersion = await lambda.publish(record);
    return { ...claim, lastGood: { ...lastGood, pointerVersion } };
  };

/** Whether a version is still there and says the same; under which token it was published makes no difference. */
const says = async (
  lambda: Pointer,
  version: string | null,
  { TOKEN: _, ...wanted }: PointerRecord,
): Promise<boolean> => {
  if (version === null) return false;
  try {
    const found = await lambda.record(version);
    return (
      found !== null &&
      Object.entries(wanted).every(([key, value]) => found[key as keyof PointerRecord] === value)
    );
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return false;
    throw error;
  }
};

export const handler = handle({
  input: Input,
  output: Claimed,
  env: environments['rollback/publish-earlier'],
  run: publishEarlier,
});
