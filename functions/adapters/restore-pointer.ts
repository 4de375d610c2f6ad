import { DriftFound } from '../domain/errors.ts';
import type { Lock } from '../domain/lock.ts';
import type { Locks } from '../ports/locks.ts';
import type { Pointer } from '../ports/pointer.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { assertHeld } from './fenced-rule.ts';

/**
 * All of the alias to one version, read back; nothing is written when it stands there already. With `fenced` it is written even so:
 * a write that a lost rollout still has on the way names the revision that it saw, and fails on the new one.
 */
export const restorePointer = async (
  world: { readonly runtime: Runtime; readonly locks: Locks; readonly pointer: Pointer },
  lock: Lock,
  version: string,
  how: { readonly fenced: boolean } = { fenced: false },
): Promise<void> => {
  const stands = (sight: Awaited<ReturnType<Pointer['read']>>): boolean =>
    sight.version === version && sight.additional === null;
  const before = await world.pointer.read();
  if (stands(before) && !how.fenced) return;
  await assertHeld(world.runtime, world.locks, lock);
  await world.pointer.pointAt(version, before);
  const after = await world.pointer.read();
  if (stands(after)) return;
  throw new DriftFound(
    `the alias was written to version ${version} and read back as ${after.version}${
      after.additional === null ? '' : ` with ${after.additional.version}`
    }: something else writes it`,
  );
};
