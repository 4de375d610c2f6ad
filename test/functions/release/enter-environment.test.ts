import { describe, expect, test } from 'vitest';
import { releaseIdOf } from '../../../functions/domain/release.ts';
import { handler as accept } from '../../../functions/release/accept-release.ts';
import { handler as conclude } from '../../../functions/release/conclude-release.ts';
import { handler } from '../../../functions/release/enter-environment.ts';
import { CHECKOUT, digestOf, type PipelineWorld, pipelineWorld } from '../pipeline-world.ts';

// Goal: one release at a time is in an environment; newer ones supersede those that wait; nothing that is no longer fit goes in.

const A = digestOf('a');
const B = digestOf('b');
const KEY = 'ENVIRONMENT#checkout#dev';
const image = (digest: string) => ({
  digest,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  children: [{ digest, platform: 'single' }],
  skipped: [],
});

/** A release by hand that its execution carries. */
const carried = async (world: PipelineWorld, digest: string, tag: string, secondsAgo: number) => {
  world.push(digest, tag, secondsAgo);
  const executionArn = world.arnOf(tag);
  world.executions.set(tag, { input: '', executionArn, status: 'RUNNING' });
  const { release, steps } = await world.invoke(accept, {
    request: { service: 'checkout', tag },
    executionArn,
    executionName: tag,
  });
  const enter = (index = 0, heldLocks: unknown[] = []) =>
    world.invoke(handler, {
      release,
      image: image(digest),
      step: steps[index],
      heldLocks,
      executionArn,
    });
  const end = (outcome: string, heldLocks: unknown[] = []) =>
    world.invoke(conclude, {
      release,
      ending: { outcome, reason: null },
      heldLocks,
      executionArn,
    });
  return { release, steps, enter, end, executionArn };
};

describe('enter-environment', () => {
  test('enters with the lock and the input of the rollout', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    const entry = await one.enter();
    expect(entry).toEqual({
      decision: 'enter',
      waitSeconds: 0,
      outcome: null,
      reason: null,
      heldLocks: [{ key: KEY, token: 1 }],
      rollout: {
        rolloutId: `${one.release.releaseId}-dev-euw1-1`,
        releaseId: one.release.releaseId,
        service: 'checkout',
        environment: 'dev',
        region: 'eu-west-1',
        targetId: 'checkout/dev/eu-west-1',
        digest: A,
        configDigest: CHECKOUT.configDigest,
        version: '1.1.0',
        environmentLock: { key: KEY, token: 1 },
      },
    });
    expect(await world.ledger.release(one.release.releaseId)).toMatchObject({ phase: 'promoting' });
  });

  test('entering twice is entering once', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    const first = await one.enter();
    expect(await one.enter(0, first.heldLocks)).toEqual(first);
    const events = await world.ledger.events(one.release.releaseId);
    expect(events.filter(({ kind }) => kind === 'EnvironmentEntered')).toHaveLength(1);
  });

  test('the lock of the environment before is free once the next is entered', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    const dev = await one.enter(0);
    const production = await one.enter(1, dev.heldLocks);
    expect(production.heldLocks.map(({ key }) => key)).toEqual(['ENVIRONMENT#checkout#production']);
    expect((await world.locks.read(KEY))?.owner).toBeNull();
    const standby = await one.enter(2, production.heldLocks);
    expect(standby.heldLocks).toEqual(production.heldLocks);
  });

  test('a newer release waits for the one that is inside; the older one inside goes on in its environment', async () => {
    const world = await pipelineWorld();
    const older = await carried(world, A, '1.1.0', 60);
    const inside = await older.enter(1);
    const newer = await carried(world, B, '1.2.0', 0);
    expect(await newer.enter(1)).toMatchObject({ decision: 'wait', waitSeconds: 30 });
    expect(await older.enter(2, inside.heldLocks)).toMatchObject({ decision: 'enter' });
    await older.end('released', inside.heldLocks);
    expect(await newer.enter(1)).toMatchObject({ decision: 'enter', heldLocks: [{ token: 2 }] });
  });

  test('one that waits is superseded by a newer one, and leaves no lock', async () => {
    const world = await pipelineWorld();
    const inside = await carried(world, A, '1.1.0', 120);
    await inside.enter(0);
    const waiting = await carried(world, B, '1.2.0', 60);
    expect(await waiting.enter(0)).toMatchObject({ decision: 'wait' });
    await carried(world, digestOf('c'), '1.3.0', 0);
    expect(await waiting.enter(0)).toMatchObject({
      decision: 'stop',
      outcome: 'superseded',
      heldLocks: [],
      rollout: null,
    });
  });

  test('one that could enter is superseded by a newer one too', async () => {
    const world = await pipelineWorld();
    const older = await carried(world, A, '1.1.0', 60);
    await carried(world, B, '1.2.0', 0);
    expect(await older.enter(0)).toMatchObject({ decision: 'stop', outcome: 'superseded' });
  });

  test('the lock of an ended execution is taken over under a higher token', async () => {
    const world = await pipelineWorld();
    const dead = await carried(world, A, '1.1.0', 60);
    await dead.enter(0);
    const execution = world.executions.get('1.1.0');
    if (execution) execution.status = 'TIMED_OUT';
    const next = await carried(world, B, '1.2.0', 0);
    expect(await next.enter(0)).toMatchObject({ decision: 'enter', heldLocks: [{ token: 2 }] });
  });

  test('a living holder keeps its lock, however old its lease is', async () => {
    const world = await pipelineWorld();
    const holder = await carried(world, A, '1.1.0', 60);
    await holder.enter(0);
    await world.clock.advance(3_600_000);
    const next = await carried(world, B, '1.2.0', 0);
    expect(await next.enter(0)).toMatchObject({ decision: 'wait' });
  });

  test('a finding that came after the gate stops it before the next environment', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    const dev = await one.enter(0);
    const registered = world.images.get(A);
    if (registered)
      registered.scan = {
        status: 'COMPLETE',
        findings: [{ name: 'CVE-2026-1', severity: 'CRITICAL' }],
      };
    const stop = await one.enter(1, dev.heldLocks);
    expect(stop).toMatchObject({ decision: 'stop', outcome: 'rejected' });
    expect(stop.reason).toContain('before production');
    expect(stop.reason).toContain('CVE-2026-1');
  });

  test('a scan that is under way again is waited for, up to an hour', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    const registered = world.images.get(A);
    if (registered) registered.scan = { status: 'IN_PROGRESS' };
    expect(await one.enter(0)).toMatchObject({ decision: 'wait' });
    await world.clock.advance(61 * 60_000);
    expect(await one.enter(0)).toMatchObject({ decision: 'stop', outcome: 'rejected' });
  });

  test('a pair quarantined meanwhile goes nowhere, in the middle of an environment neither', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    const inside = await one.enter(1);
    await world.ledger.quarantine({
      service: 'checkout',
      digest: A,
      configDigest: CHECKOUT.configDigest,
      reason: 'bad answers',
      rolloutId: 'r-1',
      at: '2026-01-01T00:00:00.000Z',
    });
    expect(await one.enter(2, inside.heldLocks)).toMatchObject({
      decision: 'stop',
      outcome: 'rejected',
      heldLocks: inside.heldLocks,
    });
  });
});

describe('conclude-release', () => {
  test('records the outcome, frees the locks and tells, once recorded and as often told as asked', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    const { heldLocks } = await one.enter(0);
    await one.end('released', heldLocks);
    await one.end('released', heldLocks);
    expect(await world.ledger.release(one.release.releaseId)).toMatchObject({
      phase: 'ended',
      outcome: 'released',
    });
    expect(await world.ledger.openReleaseIds()).toEqual([]);
    expect((await world.locks.read(KEY))?.owner).toBeNull();
    const events = await world.ledger.events(one.release.releaseId);
    expect(events.filter(({ kind }) => kind === 'ReleaseConcluded')).toHaveLength(1);
    expect(world.told.map(({ type }) => type)).toEqual(['Release Released', 'Release Released']);
    expect(new Set(world.told.map(({ detail }) => detail['id'])).size).toBe(1);
  });

  test.each([
    ['released', 'Release Released'],
    ['rolledBack', 'Release Rolled Back'],
    ['rejected', 'Release Rejected'],
    ['superseded', 'Release Superseded'],
    ['failed', 'Release Failed'],
    ['stuck', 'Release Stuck'],
  ])('%s is told as %s', async (outcome, type) => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    await one.end(outcome);
    expect(world.told.map((event) => event.type)).toEqual([type]);
  });

  test('an execution that does not carry the release changes nothing of it and tells nothing', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    await world.invoke(conclude, {
      release: one.release,
      ending: { outcome: 'failed', reason: 'not mine' },
      heldLocks: [],
      executionArn: world.arnOf('other'),
    });
    expect(await world.ledger.release(one.release.releaseId)).toMatchObject({ outcome: null });
    expect(world.told).toEqual([]);
  });

  test('a bus that fails is told again by the retry, and the outcome stays as recorded', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    world.disturb((operation, moment) =>
      operation === 'PutEvents' && moment === 'before'
        ? Object.assign(new Error('down'), {
            name: 'InternalException',
            $metadata: { httpStatusCode: 500 },
          })
        : undefined,
    );
    await expect(one.end('released')).rejects.toMatchObject({ name: 'TransientFailure' });
    world.calm();
    await one.end('released');
    expect(world.told).toHaveLength(1);
    expect(releaseIdOf('checkout', one.release)).toBe(one.release.releaseId);
  });

  test('a lock that somebody else holds by now is left alone', async () => {
    const world = await pipelineWorld();
    const one = await carried(world, A, '1.1.0', 60);
    const { heldLocks } = await one.enter(0);
    const token = await world.locks.takeOver(KEY, 'arn:other', 900);
    await one.end('failed', heldLocks);
    expect(await world.locks.read(KEY)).toMatchObject({ owner: 'arn:other', token });
  });
});
