import type { Lock } from '../domain/lock.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import type { Target } from '../domain/target.ts';
import type { Locks } from '../ports/locks.ts';
import type { Shift } from '../ports/shift.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { codeDeployShift } from './code-deploy-shift.ts';
import { assertHeld } from './fenced-rule.ts';
import { placeOf } from './place.ts';
import { pointer } from './pointer.ts';
import { scheduleShift } from './schedule-shift.ts';

/** What shifts this target's pointer: CodeDeploy, or the rollout alone. */
export const shiftOf = (
  { runtime, locks }: { readonly runtime: Runtime; readonly locks: Locks },
  target: Target,
  lock: Lock,
): Shift => {
  const shiftable = shiftableOf(target);
  const place = placeOf(target);
  const held = () => assertHeld(runtime, locks, lock);
  if (shiftable.codeDeploy === null) {
    return scheduleShift(runtime, {
      pointer: pointer(runtime, place, shiftable.pointer),
      strategy: target.strategy,
      assertHeld: held,
    });
  }
  return codeDeployShift(runtime, {
    place,
    pointer: shiftable.pointer,
    group: shiftable.codeDeploy,
    token: lock.token,
    assertHeld: held,
  });
};
