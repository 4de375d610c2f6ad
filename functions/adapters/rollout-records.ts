import { z } from 'zod';
import { fingerprint } from '../../config/canonical.ts';
import { LockLost, TransientFailure } from '../domain/errors.ts';
import { keys, ranges } from '../domain/ledger-keys.ts';
import { condemnedAnew, inForce, Quarantine } from '../domain/quarantine.ts';
import { LiveRecord, RolloutRecord } from '../domain/rollout.ts';
import type { Rollouts } from '../ports/ledger.ts';
import { ABSENT, type Condition, type Table, type Write } from './table.ts';

const QuarantineName = z.object({
  service: z.string(),
  digest: z.string(),
  configDigest: z.string(),
});

/** How often a change is decided anew when another one meets it. */
const MEETINGS_MAX = 8;

/** Nothing of a higher token has been written. `token` is one of DynamoDB's reserved words. */
const notFenced = (token: number): Condition => ({
  expression: 'attribute_not_exists(pk) OR #token <= :token',
  names: { '#token': 'token' },
  values: { ':token': token },
});

const lost = (targetId: string, token: number): LockLost =>
  new LockLost(`another holder has written to ${targetId} under a higher token than ${token}`, {
    facts: { targetId, token },
  });

/** The revision tells a record that has changed from one that has not. */
const stored = (record: RolloutRecord) => {
  const read = RolloutRecord.parse(record);
  return { ...read, revision: fingerprint(read) };
};

const historyOf = (record: RolloutRecord): Write => ({
  put: keys.history(record.targetId, record.startedAt, record.rolloutId),
  item: stored(record),
});

/** Targets' records in the ledger, fenced by the token of the lock under which they are written. */
export const rolloutRecords = ({ get, list, write }: Table): Rollouts => ({
  live: (targetId) => get(LiveRecord, keys.live(targetId)),
  writeLive: async (targetId, record) => {
    const refused = await write({
      put: keys.live(targetId),
      item: record,
      when: notFenced(record.token),
    });
    if (refused.length > 0) throw lost(targetId, record.token);
  },
  rollout: (targetId) => get(RolloutRecord, keys.rollout(targetId)),
  writeRollout: async (record) => {
    const refused = await write(
      { put: keys.rollout(record.targetId), item: stored(record), when: notFenced(record.token) },
      historyOf(record),
    );
    if (refused.length > 0) throw lost(record.targetId, record.token);
  },
  replaceRollout: async (before, after, live) => {
    const refused = await write(
      ...(live === undefined
        ? []
        : [{ put: keys.live(after.targetId), item: live, when: notFenced(live.token) }]),
      {
        put: keys.rollout(after.targetId),
        item: stored(after),
        when: {
          expression: 'revision = :revision',
          values: { ':revision': fingerprint(before) },
        },
      },
      historyOf(after),
    );
    return refused.length === 0;
  },
  rolloutHistory: (targetId) => list(RolloutRecord, ranges.history(targetId), 'newestFirst'),
  quarantined: async (service, pair) =>
    inForce(await get(Quarantine, keys.quarantine({ service, ...pair }))),
  quarantineOf: (service, pair) => get(Quarantine, keys.quarantine({ service, ...pair })),
  quarantines: async (service) => {
    const named = await list(QuarantineName, ranges.quarantines(service));
    const found = await Promise.all(named.map((pair) => get(Quarantine, keys.quarantine(pair))));
    return found.filter((record) => record !== null);
  },
  quarantine: async (record) => {
    for (let meeting = 0; meeting < MEETINGS_MAX; meeting += 1) {
      const there = await get(Quarantine, keys.quarantine(record));
      const item = condemnedAnew(there, record);
      if (item === null) return;
      const { service, digest, configDigest } = record;
      const refused = await write(
        {
          put: keys.quarantine(record),
          item,
          when: there === null ? ABSENT : { expression: 'attribute_exists(lifted)' },
        },
        { put: keys.quarantined(record), item: { service, digest, configDigest } },
      );
      if (refused.length === 0) return;
    }
    throw new TransientFailure(`the quarantine of ${record.digest} is being written by too many`);
  },
  liftQuarantine: async (record) => {
    const refused = await write({
      put: keys.quarantine(record),
      item: record,
      when: {
        expression: 'attribute_not_exists(lifted) AND rolloutId = :rolloutId AND reason = :reason',
        values: { ':rolloutId': record.rolloutId, ':reason': record.reason },
      },
    });
    return refused.length === 0;
  },
});
