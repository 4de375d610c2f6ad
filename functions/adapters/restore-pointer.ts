import { DriftFound } from '../domain/errors.ts';
import type { Lock } from '../domain/lock.ts';
import type { Locks } from '../ports/locks.ts';
import type { Pointer } from '../ports/pointer.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { assertHeld } from './fenced-rule.ts';

/** All of the alias to one version, read back; nothing is written when it stands there already. */
export const restorePointer = async (
  world: { readonly runtime: Runtime; readonly locks: Locks; readonly pointer: Pointer },
  lock: Lock,
  version: string,
): Promise<void> => {
  const stands = (sight: Awaited<ReturnType<Pointer['read']>>): boolean =>
    sight.version === version && sight.additional === null;
  const before = await world.pointer.read();
  if (stands(before)) return;
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
