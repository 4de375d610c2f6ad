import { isoOf } from '../domain/instant.ts';
import type { RolloutInput } from '../domain/rollout-input.ts';
import type { Target } from '../domain/target.ts';
import { waivedAlarms, waiverOf } from '../domain/waiver.ts';
import type { Releases } from '../ports/ledger.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** The alarms that a person has waived for this release, each told once in its chain. */
export const alarmWaivers = async (
  { ledger, runtime }: { readonly ledger: Releases; readonly runtime: Runtime },
  { releaseId, rolloutId, targetId }: RolloutInput,
  { shiftable }: Target,
): Promise<string[]> => {
  if (shiftable === null) return [];
  const waivers = (await ledger.release(releaseId))?.waivers;
  const at = isoOf(runtime.now());
  const names = waivedAlarms(waivers, shiftable.alarms, at);
  for (const name of names) {
    const check = `alarm:${name}`;
    const waiver = waiverOf(waivers, check, at);
    if (waiver === null) continue;
    const { by, reason } = waiver;
    const waived = `${name} holds this rollout up no longer`;
    await ledger.append(releaseId, {
      at,
      kind: 'CheckWaived',
      facts: { rolloutId, targetId, check, by, reason, waived },
      once: `${rolloutId}#waived#${check}`,
    });
  }
  return names;
};
