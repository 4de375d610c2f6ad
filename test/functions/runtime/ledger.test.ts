import { describe, expect, test } from 'vitest';
import { type Happening, verifyChain } from '../../../functions/domain/chain.ts';
import type { ReleaseRecord } from '../../../functions/domain/release.ts';
import type { RolloutRecord } from '../../../functions/domain/rollout.ts';
import { CHECKOUT, digestOf, pipelineWorld } from '../pipeline-world.ts';

// Goal: whoever writes at the same moment, the ledger holds one truth: whole chains, fenced records, one holder of a lock.

const A = digestOf('a');
const AT = '2026-01-15T12:00:00.000Z';
const happened = (kind: string, once: string | null = null): Happening => ({
  at: AT,
  kind,
  facts: { kind },
  once,
});
const release: ReleaseRecord = {
  releaseId: 'r',
  service: 'checkout',
  digest: A,
  configDigest: CHECKOUT.configDigest,
  version: null,
  imagePushedAt: AT,
  attempt: 1,
  phase: 'gating',
  outcome: null,
  reason: null,
  startedBy: 'push',
  startedAt: AT,
  endedAt: null,
  executionArn: null,
};
const rollout: RolloutRecord = {
  rolloutId: 'r-1',
  releaseId: 'r',
  targetId: 't',
  digest: A,
  configDigest: CHECKOUT.configDigest,
  version: null,
  phase: 'shifting',
  color: 'green',
  pointerVersion: null,
  deploymentId: null,
  executionArn: null,
  lastGood: null,
  token: 3,
  startedAt: AT,
  endedAt: null,
  yieldedAt: null,
  rollback: null,
};

describe('ledger: releases', () => {
  test('ten who begin the same release make one record and one event', async () => {
    const { ledger } = await pipelineWorld();
    const began = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        ledger.beginRelease({ ...release, startedBy: `${n}` }, happened('ReleaseStarted')),
      ),
    );
    expect(new Set(began.map(({ startedBy }) => startedBy)).size).toBe(1);
    expect(await ledger.events('r')).toHaveLength(1);
  });

  test('eight who append at once leave a whole chain of all their events', async () => {
    const { ledger } = await pipelineWorld();
    await ledger.beginRelease(release, happened('ReleaseStarted'));
    await Promise.all(Array.from({ length: 8 }, () => ledger.append('r', happened('Seen'))));
    const events = await ledger.events('r');
    expect(events).toHaveLength(9);
    expect(verifyChain(events, await ledger.head('r'))).toBeNull();
  });

  test('a key is written once, also by five at once', async () => {
    const { ledger } = await pipelineWorld();
    await ledger.beginRelease(release, happened('ReleaseStarted'));
    const written = await Promise.all(
      Array.from({ length: 5 }, () => ledger.append('r', happened('Judged', 'judged'))),
    );
    expect(written.filter(Boolean)).toHaveLength(1);
    expect(await ledger.events('r')).toHaveLength(2);
  });

  test('of several changes that exclude each other one happens', async () => {
    const { ledger } = await pipelineWorld();
    await ledger.beginRelease(release, happened('ReleaseStarted'));
    const taken = await Promise.all(
      ['one', 'two', 'three'].map((executionArn) =>
        ledger.changeRelease('r', (record) =>
          record.executionArn === null
            ? { record: { ...record, executionArn }, event: happened('ReleaseAccepted') }
            : null,
        ),
      ),
    );
    expect(taken.filter(({ changed }) => changed)).toHaveLength(1);
    expect(new Set(taken.map(({ record }) => record.executionArn)).size).toBe(1);
  });

  test('an ended release is open no more', async () => {
    const { ledger } = await pipelineWorld();
    await ledger.beginRelease(release, happened('ReleaseStarted'));
    expect(await ledger.openReleaseIds()).toEqual(['r']);
    await ledger.changeRelease('r', (record) => ({
      record: { ...record, phase: 'ended', outcome: 'released' },
      event: happened('ReleaseConcluded'),
    }));
    expect(await ledger.openReleaseIds()).toEqual([]);
  });

  test('a release that does not exist is named', async () => {
    const { ledger } = await pipelineWorld();
    await expect(ledger.append('ghost', happened('Seen'))).rejects.toMatchObject({
      name: 'ConfigurationMissing',
      message: 'the ledger has no release ghost',
    });
  });

  test('the newest is the newest, whoever comes last; an act may say otherwise', async () => {
    const { ledger } = await pipelineWorld();
    const pushed = (releaseId: string, minute: number) => ({
      releaseId,
      digest: A,
      imagePushedAt: `2026-01-15T12:0${minute}:00.000Z`,
    });
    await Promise.all(
      [3, 1, 2].map((n) => ledger.advanceNewest('checkout', pushed(`r${n}`, n), 'order')),
    );
    expect(await ledger.newest('checkout')).toMatchObject({ releaseId: 'r3' });
    await ledger.advanceNewest('checkout', pushed('r1', 1), 'act');
    expect(await ledger.newest('checkout')).toMatchObject({ releaseId: 'r1' });
  });
});

describe('ledger: targets', () => {
  test('a write under an older token is refused once a higher one has written', async () => {
    const { ledger } = await pipelineWorld();
    await ledger.writeRollout(rollout);
    await ledger.writeRollout({ ...rollout, phase: 'rollingBack', token: 4 });
    await expect(ledger.writeRollout({ ...rollout, phase: 'baking' })).rejects.toMatchObject({
      name: 'LockLost',
    });
    expect(await ledger.rollout('t')).toMatchObject({ phase: 'rollingBack', token: 4 });
    expect(await ledger.rolloutHistory('t')).toMatchObject([{ phase: 'rollingBack' }]);
  });

  test('a record is replaced only if it is still the one that was read', async () => {
    const { ledger } = await pipelineWorld();
    await ledger.writeRollout(rollout);
    const read = await ledger.rollout('t');
    if (!read) throw new Error('it was just written');
    expect(await ledger.replaceRollout(read, { ...read, yieldedAt: AT })).toBe(true);
    expect(await ledger.replaceRollout(read, { ...read, phase: 'baking' })).toBe(false);
    expect(await ledger.rollout('t')).toMatchObject({ yieldedAt: AT, phase: 'shifting' });
  });

  test('the first reason of a quarantine stays', async () => {
    const { ledger } = await pipelineWorld();
    const { configDigest } = CHECKOUT;
    const row = { service: 'checkout', digest: A, configDigest, rolloutId: 'r-1', at: AT };
    await ledger.quarantine({ ...row, reason: 'first' });
    await ledger.quarantine({ ...row, reason: 'second' });
    expect(await ledger.quarantined('checkout', { digest: A, configDigest })).toMatchObject({
      reason: 'first',
    });
    expect(await ledger.quarantined('other', { digest: A, configDigest })).toBeNull();
  });
});

describe('locks', () => {
  test('of five who want it one gets it, and the others are told who has it', async () => {
    const { locks } = await pipelineWorld();
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => locks.acquire('k', `arn:${n}`, 60)),
    );
    const [holder] = answers.filter(({ acquired }) => acquired);
    expect(answers.filter(({ acquired }) => acquired)).toHaveLength(1);
    expect(holder).toMatchObject({ token: 1 });
    const holders = answers.flatMap((answer) => (answer.acquired ? [] : [answer.holder.owner]));
    expect(holders).toHaveLength(4);
    expect(new Set(holders).size).toBe(1);
  });

  test('the holder gets it again under the same token, and its lease begins anew', async () => {
    const { locks, clock } = await pipelineWorld();
    await locks.acquire('k', 'arn:1', 60);
    const before = await locks.read('k');
    await clock.advance(30_000);
    expect(await locks.acquire('k', 'arn:1', 60)).toMatchObject({ token: 1 });
    const after = await locks.read('k');
    expect((after?.leaseUntil ?? 0) - (before?.leaseUntil ?? 0)).toBe(30_000);
    expect(after?.since).toBe(before?.since);
  });

  test('a lease that is over lets the next one in, under a higher token', async () => {
    const { locks, clock } = await pipelineWorld();
    await locks.acquire('k', 'arn:1', 60);
    await clock.advance(60_001);
    expect(await locks.acquire('k', 'arn:2', 60)).toMatchObject({ acquired: true, token: 2 });
    await expect(locks.renew('k', 1, 60)).rejects.toMatchObject({ name: 'LockLost' });
    expect(await locks.release('k', 1)).toBe(false);
    expect(await locks.read('k')).toMatchObject({ owner: 'arn:2', token: 2 });
  });

  test('the token grows over release and takeover, and never falls', async () => {
    const { locks } = await pipelineWorld();
    await locks.acquire('k', 'arn:1', 60);
    expect(await locks.release('k', 1)).toBe(true);
    expect(await locks.release('k', 1)).toBe(false);
    expect(await locks.acquire('k', 'arn:2', 60)).toMatchObject({ token: 2 });
    expect(await locks.takeOver('k', 'arn:3', 60)).toBe(3);
    // Asked again, it is the same: whichever answer arrives, it holds.
    expect(await locks.takeOver('k', 'arn:3', 60)).toBe(3);
    await expect(locks.renew('k', 2, 60)).rejects.toMatchObject({ name: 'LockLost' });
  });

  test('a token is raised above what records name, by its holder only', async () => {
    const { locks } = await pipelineWorld();
    await locks.acquire('k', 'arn:1', 60);
    expect(await locks.raise('k', 1, 11)).toBe(12);
    await expect(locks.renew('k', 1, 60)).rejects.toMatchObject({ name: 'LockLost' });
    await expect(locks.raise('k', 1, 20)).rejects.toMatchObject({ name: 'LockLost' });
    expect(await locks.read('k')).toMatchObject({ owner: 'arn:1', token: 12 });
  });

  test('a takeover from a holder that is none any more is refused', async () => {
    const { locks } = await pipelineWorld();
    await locks.acquire('k', 'arn:1', 60);
    await locks.takeOver('k', 'arn:2', 60);
    await expect(locks.takeOver('k', 'arn:3', 60, { heldUnder: 1 })).rejects.toMatchObject({
      name: 'LockLost',
    });
    expect(await locks.read('k')).toMatchObject({ owner: 'arn:2' });
  });

  test('a free lock can’t be renewed', async () => {
    const { locks } = await pipelineWorld();
    await locks.acquire('k', 'arn:1', 60);
    await locks.release('k', 1);
    await expect(locks.renew('k', 1, 60)).rejects.toMatchObject({ name: 'LockLost' });
    expect(await locks.held()).toEqual([]);
  });
});
