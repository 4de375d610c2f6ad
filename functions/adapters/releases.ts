import { z } from 'zod';
import { ChainedEvent, type ChainHead, chained, GENESIS, headAfter } from '../domain/chain.ts';
import { ConfigurationMissing, TransientFailure } from '../domain/errors.ts';
import { invariant } from '../domain/invariant.ts';
import { keys, ranges } from '../domain/ledger-keys.ts';
import { Newest, pushedAfter } from '../domain/order.ts';
import { ReleaseRecord } from '../domain/release.ts';
import type { Releases } from '../ports/ledger.ts';
import { ABSENT, type Condition, type Table, type Write } from './table.ts';

const StoredRelease = ReleaseRecord.extend({ eventCount: z.int(), headHash: z.string() });
const ReleaseName = z.object({ releaseId: z.string() });

/** How often a change is decided anew when others write at the same moment. */
const MEETINGS_MAX = 12;

const headIs = ({ eventCount, headHash }: ChainHead): Condition => ({
  expression: 'eventCount = :eventCount AND headHash = :headHash',
  values: { ':eventCount': eventCount, ':headHash': headHash },
});

/** The release's own row, its row in its service's list, and its row among the open ones while it is open. */
const rowsOf = (record: ReleaseRecord, head: ChainHead, when: Condition): Write[] => {
  const { releaseId, service, startedAt } = record;
  return [
    { put: keys.release(releaseId), item: { ...record, ...head }, when },
    { put: keys.releaseOfService(service, startedAt, releaseId), item: { releaseId } },
    record.phase === 'ended'
      ? { remove: keys.openRelease(releaseId) }
      : { put: keys.openRelease(releaseId), item: { releaseId } },
  ];
};

/** Releases in the ledger. Each change of a record is an event, and the head of the chain is the lock on the record. */
export const releases = ({ get, list, write }: Table): Releases => {
  const stored = async (releaseId: string) => get(StoredRelease, keys.release(releaseId));

  const required = async (releaseId: string) => {
    const found = await stored(releaseId);
    if (found) return found;
    throw new ConfigurationMissing(`the ledger has no release ${releaseId}`, {
      facts: { releaseId },
    });
  };

  const changeRelease: Releases['changeRelease'] = async (releaseId, change) => {
    for (let meeting = 0; meeting < MEETINGS_MAX; meeting += 1) {
      const { eventCount, headHash, ...before } = await required(releaseId);
      const decided = change(before);
      if (decided === null) return { record: before, changed: false };
      const { record, event: happening } = decided;
      invariant(
        record.releaseId === releaseId && record.startedAt === before.startedAt,
        `a change of ${releaseId} keeps its name and its start`,
      );
      const head = { eventCount, headHash };
      const event = chained(releaseId, head, happening);
      const once: Write[] =
        happening.once === null
          ? []
          : [{ put: keys.once(releaseId, happening.once), item: { n: event.n }, when: ABSENT }];
      const refused = await write(
        ...rowsOf(record, headAfter(event), headIs(head)),
        { put: keys.event(releaseId, event.n), item: event, when: ABSENT },
        ...once,
      );
      if (refused.length === 0) return { record, changed: true };
      // 4: the once key. The head may have moved as well, by the very append that wrote it.
      if (refused.includes(4)) return { record: before, changed: false };
    }
    throw new TransientFailure(`release ${releaseId} is being written by too many at once`);
  };

  return {
    release: async (releaseId) => {
      const found = await stored(releaseId);
      return found && ReleaseRecord.parse(found);
    },
    beginRelease: async (record, happening) => {
      const event = chained(record.releaseId, GENESIS, happening);
      const refused = await write(...rowsOf(record, headAfter(event), ABSENT), {
        put: keys.event(record.releaseId, 1),
        item: event,
        when: ABSENT,
      });
      return refused.length === 0 ? record : ReleaseRecord.parse(await required(record.releaseId));
    },
    changeRelease,
    append: async (releaseId, event) =>
      (await changeRelease(releaseId, (record) => ({ record, event }))).changed,
    events: (releaseId) => list(ChainedEvent, ranges.events(releaseId)),
    head: async (releaseId) => {
      const found = await stored(releaseId);
      return found && { eventCount: found.eventCount, headHash: found.headHash };
    },
    openReleaseIds: async () =>
      (await list(ReleaseName, ranges.openReleases())).map(({ releaseId }) => releaseId),
    newest: (service) => get(Newest, keys.newest(service)),
    advanceNewest: async (service, candidate, by) => {
      const key = keys.newest(service);
      for (let meeting = 0; meeting < MEETINGS_MAX; meeting += 1) {
        const there = await get(Newest, key);
        if (there?.releaseId === candidate.releaseId) return there;
        if (there && by === 'order' && pushedAfter(there, candidate)) return there;
        const when: Condition = there
          ? { expression: 'releaseId = :releaseId', values: { ':releaseId': there.releaseId } }
          : ABSENT;
        if ((await write({ put: key, item: candidate, when })).length === 0) return candidate;
      }
      throw new TransientFailure(`the newest release of ${service} changes too fast`);
    },
  };
};
