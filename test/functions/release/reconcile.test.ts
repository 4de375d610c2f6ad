import { describe, expect, test } from 'vitest';
import { configDigestOf } from '../../../config/workload.ts';
import { releaseIdOf } from '../../../functions/domain/release.ts';
import type { RolloutRecord } from '../../../functions/domain/rollout.ts';
import { handler as accept } from '../../../functions/release/accept-release.ts';
import { handler as intake } from '../../../functions/release/intake.ts';
import { handler } from '../../../functions/release/reconcile.ts';
import { BUILT, CHECKOUT, digestOf, type PipelineWorld, pipelineWorld } from '../pipeline-world.ts';
import { batch, buildEnded, pushed, sample } from './events-of-images.ts';

// Goal: what no event told of is found, what the dead hold is freed, and nothing is done twice.

const A = digestOf('a');
const B = digestOf('b');
const BUILD = 'checkout:1';
const idOf = (digest: string): string =>
  releaseIdOf('checkout', { digest, configDigest: CHECKOUT.configDigest });
const sweep = (world: PipelineWorld) => world.invoke(handler, { sweep: true });
const minutes = (n: number): number => n * 60_000;

const rollout = (changes: Partial<RolloutRecord>): RolloutRecord => ({
  rolloutId: 'r-1',
  releaseId: idOf(A),
  targetId: 'checkout/dev/eu-west-1',
  digest: A,
  configDigest: CHECKOUT.configDigest,
  version: null,
  phase: 'shifting',
  color: 'green',
  pointerVersion: null,
  deploymentId: null,
  executionArn: null,
  lastGood: null,
  token: 1,
  startedAt: '2026-01-15T12:00:00.000Z',
  endedAt: null,
  yieldedAt: null,
  rollback: null,
  ...changes,
});

describe('reconcile: the registry', () => {
  test('a push whose event was lost is found and released, once', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await world.clock.advance(minutes(5));
    expect(await sweep(world)).toMatchObject({ considered: [`start ${idOf(A)}`], failed: [] });
    expect(await sweep(world)).toMatchObject({ considered: [] });
    await world.invoke(intake, batch(pushed(A, '1.1.0')));
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
    expect(await world.ledger.release(idOf(A))).toMatchObject({ startedBy: 'reconciler' });
  });

  test('a push that has just come is left to its event', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    expect(await sweep(world)).toMatchObject({ considered: [] });
    expect(world.starts).toEqual([]);
  });

  test('of several lost pushes the newest is released', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0', 300);
    world.push(B, '1.2.0', 200);
    await sweep(world);
    expect(world.starts).toEqual([`${idOf(B)}-1`]);
  });

  test('what was pushed before the service was registered is not released by itself', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.0.0', 24 * 3_600);
    await sweep(world);
    expect(world.starts).toEqual([]);
  });

  test('a new configuration of the newest image is a person’s to release', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0', 300);
    await sweep(world);
    const workload = { ...CHECKOUT.workload, port: 9090 };
    await world.ledger.writeService(
      { ...CHECKOUT, workload, configDigest: configDigestOf(workload) },
      '2026-01-15T12:00:00.000Z',
    );
    await sweep(world);
    expect(world.starts).toHaveLength(1);
  });

  test('a lost build event: the run is looked up and proves the waiting push', async () => {
    const world = await pipelineWorld(BUILT);
    world.push(A, '1.1.0', 300);
    await world.invoke(intake, batch(pushed(A, '1.1.0')));
    expect(world.starts).toEqual([]);
    await sweep(world);
    expect(world.starts).toEqual([]);
    world.runs.set(BUILD, { status: 'SUCCEEDED', exported: { IMAGE_DIGEST: A } });
    expect(await sweep(world)).toMatchObject({ considered: [`start ${idOf(A)}`] });
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
  });

  test('a lost push event: the image is looked up for the waiting build', async () => {
    const world = await pipelineWorld(BUILT);
    const id = `arn:aws:codebuild:eu-west-1:999999999999:build/${BUILD}`;
    world.runs.set(id, { status: 'SUCCEEDED', exported: { IMAGE_DIGEST: A } });
    await world.invoke(intake, batch(buildEnded(id)));
    expect(await world.ledger.pendingEvidence()).toHaveLength(1);
    world.push(A, '1.1.0');
    await sweep(world);
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
  });

  test('a half that has waited for a day is recorded, once', async () => {
    const world = await pipelineWorld(BUILT);
    world.push(A, '1.1.0');
    await world.invoke(intake, batch(pushed(A, '1.1.0')));
    await world.clock.advance(minutes(23 * 60));
    expect(await sweep(world)).toMatchObject({ overdue: [] });
    await world.clock.advance(minutes(61));
    expect(await sweep(world)).toMatchObject({ overdue: [`checkout ${A}`] });
    expect(await sweep(world)).toMatchObject({ overdue: [] });
    const kinds = (await world.ledger.events(idOf(A))).map(({ kind }) => kind);
    expect(kinds).toEqual(['ReleaseWaits', 'EvidenceOverdue']);
  });

  test('one service that can’t be looked at keeps no other from it', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0', 300);
    await world.ledger.writeService(
      { ...CHECKOUT, service: 'aaa', repository: 'shop/aaa' },
      '2026-01-01T00:00:00.000Z',
    );
    world.disturb((operation) =>
      operation === 'DescribeImages shop/aaa' ? new Error('access denied') : undefined,
    );
    expect(await sweep(world)).toMatchObject({
      considered: [`start ${idOf(A)}`],
      failed: ['service aaa: Error'],
    });
    expect(world.lines.join('\n')).toContain('access denied');
  });
});

describe('reconcile: the dead', () => {
  const accepted = async (world: PipelineWorld) => {
    world.push(A, '1.1.0');
    await world.invoke(intake, batch(pushed(A, '1.1.0')));
    const name = `${idOf(A)}-1`;
    const execution = world.executions.get(name);
    await world.invoke(accept, {
      request: JSON.parse(execution?.input ?? '{}'),
      executionArn: execution?.executionArn,
      executionName: name,
    });
    return { name, execution };
  };

  test.each(['FAILED', 'TIMED_OUT', 'ABORTED'])(
    'a release whose execution ended %s is concluded failed, told, and its lock freed',
    async (status) => {
      const world = await pipelineWorld();
      const { execution } = await accepted(world);
      const key = 'ENVIRONMENT#checkout#dev';
      await world.locks.acquire(key, execution?.executionArn ?? '', 900);
      if (execution) execution.status = status;
      const event = { ...sample('execution-status-changed') };
      expect(await world.invoke(handler, event)).toMatchObject({
        concluded: [idOf(A)],
        freed: [key],
        failed: [],
      });
      expect(await world.ledger.release(idOf(A))).toMatchObject({
        outcome: 'failed',
        reason: expect.stringContaining(status),
      });
      expect(world.told.map(({ type }) => type)).toEqual(['Release Failed']);
      expect(await sweep(world)).toMatchObject({ concluded: [], freed: [] });
    },
  );

  test('a living release and its lock are left alone', async () => {
    const world = await pipelineWorld();
    const { execution } = await accepted(world);
    await world.locks.acquire('ENVIRONMENT#checkout#dev', execution?.executionArn ?? '', 900);
    await world.clock.advance(minutes(600));
    expect(await sweep(world)).toMatchObject({ concluded: [], freed: [], started: [] });
  });

  test('a release that was recorded and never started is started', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    world.disturb((operation, moment) =>
      operation === 'StartExecution' && moment === 'before' ? new Error('killed') : undefined,
    );
    await world.invoke(intake, batch(pushed(A, '1.1.0')));
    world.calm();
    expect(await sweep(world)).toMatchObject({ started: [] });
    await world.clock.advance(minutes(3));
    expect(await sweep(world)).toMatchObject({ started: [idOf(A)] });
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
  });

  test('a rollout whose execution died is rolled back, and the target’s lock waits for that', async () => {
    const world = await pipelineWorld();
    const executionArn = world.arnOf('rollout-1');
    world.executions.set('rollout-1', { input: '', executionArn, status: 'ABORTED' });
    await world.ledger.writeRollout(rollout({ executionArn }));
    await world.locks.acquire('TARGET#checkout/dev/eu-west-1', executionArn, 300);
    const found = await sweep(world);
    expect(found).toMatchObject({ rollbacks: ['r-1'], freed: [] });
    expect(world.starts).toEqual(['r-1-rb-1']);
    expect(await sweep(world)).toMatchObject({ freed: [] });
    expect(world.starts).toEqual(['r-1-rb-1']);
  });

  const ENDED = '2026-01-15T12:30:00.000Z';
  const asked: NonNullable<RolloutRecord['rollback']> = {
    attempt: 1,
    executionArn: null,
    reason: 'errors in ALARM',
    cause: 'alarm',
    requestedAt: ENDED,
    outcome: null,
  };
  const finished = async (world: PipelineWorld, rollback: typeof asked): Promise<void> => {
    const record = rollout({ phase: 'completed', endedAt: ENDED, rollback });
    const { rolloutId, releaseId, targetId, digest, configDigest, version } = record;
    const deployed = { releaseId, digest, configDigest, version, pointerVersion: '2' };
    await world.ledger.writeRollout(record);
    await world.ledger.writeLive(targetId, {
      ...deployed,
      rolloutId,
      color: 'green',
      since: ENDED,
      lastGood: null,
      token: 1,
    });
    await world.ledger.openGuard({
      targetId,
      service: 'checkout',
      environment: 'dev',
      releaseId,
      rolloutId,
      color: 'green',
      lastGood: { ...deployed, rolloutId: 'r-0', color: 'blue' },
      startedAt: ENDED,
      rollsBackUntil: ENDED,
      fullyWarmUntil: ENDED,
      endsAt: '2026-01-16T12:30:00.000Z',
    });
  };

  test('a guard’s rollback that was asked for and never started is started, once, for its own reason', async () => {
    const world = await pipelineWorld();
    await finished(world, asked);
    expect(await sweep(world)).toMatchObject({ rollbacks: ['r-1'], failed: [] });
    expect(world.starts).toEqual(['r-1-rb-1']);
    const { input = '{}' } = world.executions.get('r-1-rb-1') ?? {};
    expect(JSON.parse(input)).toMatchObject({ cause: 'alarm', reason: 'errors in ALARM' });
    expect(await sweep(world)).toMatchObject({ rollbacks: [] });
    expect(world.starts).toEqual(['r-1-rb-1']);
  });

  test('without its guard it is not: nothing is kept to go back to', async () => {
    const world = await pipelineWorld();
    await finished(world, asked);
    await world.ledger.closeGuard('checkout/dev/eu-west-1', 'r-1');
    expect(await sweep(world)).toMatchObject({ rollbacks: [], failed: [] });
    expect(world.starts).toEqual([]);
  });

  test('a rollback of a finished rollout whose execution died before it held the target goes on', async () => {
    const world = await pipelineWorld();
    const executionArn = world.arnOf('by-hand');
    world.executions.set('by-hand', { input: '', executionArn, status: 'ABORTED' });
    await finished(world, { ...asked, executionArn, cause: 'person' });
    expect(await sweep(world)).toMatchObject({ rollbacks: ['r-1'] });
    expect(world.starts).toEqual(['r-1-rb-2']);
  });

  test('one that ended, whichever way, is left', async () => {
    const world = await pipelineWorld();
    await finished(world, { ...asked, executionArn: 'arn:gone', outcome: 'abandoned' });
    expect(await sweep(world)).toMatchObject({ rollbacks: [], failed: [] });
    expect(world.starts).toEqual([]);
  });

  test('the lock of a target whose rollout has ended is freed', async () => {
    const world = await pipelineWorld();
    const executionArn = world.arnOf('rollout-1');
    world.executions.set('rollout-1', { input: '', executionArn, status: 'FAILED' });
    await world.ledger.writeRollout(
      rollout({ executionArn, phase: 'preparing', endedAt: '2026-01-15T12:30:00.000Z' }),
    );
    await world.locks.acquire('TARGET#checkout/dev/eu-west-1', executionArn, 300);
    expect(await sweep(world)).toMatchObject({
      rollbacks: [],
      freed: ['TARGET#checkout/dev/eu-west-1'],
    });
  });
});

test('reconcile: an input that is neither sweep nor event is refused by name', async () => {
  const world = await pipelineWorld();
  await expect(world.invoke(handler, { sweep: 'yes' })).rejects.toMatchObject({
    name: 'InputRefused',
  });
});
