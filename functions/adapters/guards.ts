import { GuardRecord } from '../domain/guard.ts';
import { keys, ranges } from '../domain/ledger-keys.ts';
import type { Guards } from '../ports/ledger.ts';
import type { Table } from './table.ts';

/** Open guards in the ledger. */
export const guards = ({ get, list, write }: Table): Guards => ({
  guard: (targetId) => get(GuardRecord, keys.guard(targetId)),
  guards: () => list(GuardRecord, ranges.guards()),
  openGuard: async (record) => {
    await write({ put: keys.guard(record.targetId), item: record });
  },
  closeGuard: async (targetId, rolloutId) => {
    const refused = await write({
      remove: keys.guard(targetId),
      when: { expression: 'rolloutId = :rollout', values: { ':rollout': rolloutId } },
    });
    return refused.length === 0;
  },
});
