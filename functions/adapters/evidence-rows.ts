import { z } from 'zod';
import { fingerprint } from '../../config/canonical.ts';
import { TransientFailure } from '../domain/errors.ts';
import { keys, ranges } from '../domain/ledger-keys.ts';
import { Evidence } from '../domain/provenance.ts';
import type { EvidenceRows } from '../ports/ledger.ts';
import { ABSENT, type Table, type Write } from './table.ts';

const ImageOfService = z.object({ service: z.string(), digest: z.string() });
const MEETINGS_MAX = 12;

/** Pushes and builds that wait for each other, in the ledger. The first of each kind stays. */
export const evidenceRows = ({ get, list, write }: Table): EvidenceRows => {
  /** Decides on what is there and writes under the condition that it still is; null: nothing to write. */
  const change = async (
    at: { service: string; digest: string },
    decide: (there: Evidence | null) => Evidence | null,
    also: (next: Evidence) => Write[],
  ): Promise<{ row: Evidence | null; changed: boolean }> => {
    for (let meeting = 0; meeting < MEETINGS_MAX; meeting += 1) {
      const there = await get(Evidence, keys.evidence(at));
      const next = decide(there);
      if (next === null) return { row: there, changed: false };
      const when = there
        ? { expression: 'revision = :revision', values: { ':revision': fingerprint(there) } }
        : ABSENT;
      const item = { ...next, revision: fingerprint(next) };
      const refused = await write({ put: keys.evidence(at), item, when }, ...also(next));
      if (refused.length === 0) return { row: next, changed: true };
    }
    throw new TransientFailure(`the evidence of ${at.digest} is being written by too many at once`);
  };

  const evidence: EvidenceRows['evidence'] = (at) => get(Evidence, keys.evidence(at));

  return {
    addEvidence: async (at, half) => {
      const { row } = await change(
        at,
        (there) => {
          const before: Evidence = there ?? { ...at, push: null, build: null, overdueAt: null };
          const after: Evidence = {
            ...before,
            push: before.push ?? ('push' in half ? half.push : null),
            build: before.build ?? ('build' in half ? half.build : null),
          };
          return there && fingerprint(there) === fingerprint(after) ? null : after;
        },
        ({ push, build }) => [
          push && build
            ? { remove: keys.pendingEvidence(at) }
            : { put: keys.pendingEvidence(at), item: at },
        ],
      );
      if (row) return row;
      throw new TransientFailure(`the evidence of ${at.digest} vanished while it was written`);
    },
    evidence,
    pendingEvidence: () => list(ImageOfService, ranges.pendingEvidence()),
    settleEvidence: async (at) => {
      await write({ remove: keys.pendingEvidence(at) });
    },
    markOverdue: async (at, when) =>
      (
        await change(
          at,
          (there) => (there && there.overdueAt === null ? { ...there, overdueAt: when } : null),
          () => [],
        )
      ).changed,
  };
};
