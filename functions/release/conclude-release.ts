import { z } from 'zod';
import { busOf } from '../adapters/bus.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { isoOf } from '../domain/instant.ts';
import { Lock } from '../domain/lock.ts';
import { CarriedRelease, Ending } from '../domain/promotion.ts';
import { Outcome } from '../domain/release.ts';
import { plainReason } from '../domain/rollback.ts';
import { releaseConcluded } from '../events/release-concluded.ts';
import { environments } from '../runtime/env.ts';
import { handle } from '../runtime/handle.ts';

/** Records how a release ended, frees what it held, and tells. Twice is as good as once. */
export const handler = handle({
  input: z.object({
    release: CarriedRelease,
    ending: Ending,
    heldLocks: z.array(Lock),
    executionArn: z.string(),
  }),
  output: z.object({ releaseId: z.string(), outcome: Outcome, reason: z.string().nullable() }),
  env: environments['release/conclude-release'],
  run: (world) => {
    const { runtime, log, metrics } = world;
    const ledger = ledgerOf(world);
    const locks = locksOf(world);
    const bus = busOf(world);
    return async ({ release, ending, heldLocks, executionArn }) => {
      const { releaseId } = release;
      const { outcome } = ending;
      const reason = ending.reason === null ? null : plainReason(ending.reason);
      const endedAt = isoOf(runtime.now());
      const { record, changed } = await ledger.changeRelease(releaseId, (now) =>
        now.phase === 'ended' || now.executionArn !== executionArn
          ? null
          : {
              record: { ...now, phase: 'ended', outcome, reason, endedAt },
              event: {
                at: endedAt,
                kind: 'ReleaseConcluded',
                facts: { outcome, reason, attempt: now.attempt },
                once: null,
              },
            },
      );
      for (const { key, token } of heldLocks) await locks.release(key, token);
      // Told only of this execution's own end; told again when the step is, because the first telling may have failed.
      if (record.executionArn === executionArn && record.outcome === outcome)
        await bus.tell(releaseConcluded(record, outcome));
      else log.warn(`${releaseId} ended ${outcome} here and is recorded otherwise`, { ...record });
      if (changed) metrics.add(`Release${outcome[0]?.toUpperCase()}${outcome.slice(1)}`);
      return { releaseId, outcome, reason };
    };
  },
});
