import {
  DeleteFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../functions/domain/chain.ts';
import { type InterceptedCall, KilledInvocation } from '../../local/services/lambda/invocation.ts';
import { around, deadLetters, executionsOf } from '../world/doors.ts';
import { launch, type World } from '../world/world.ts';

// Goal: whatever becomes of a push's event, each image gets exactly one release, and the newest image is live.
// Method: pushes through ECR's API on the virtual clock; the bus loses, repeats and delays, the intake is killed and throttled.
const SHORT = 'test/fixtures/configurations/short.config.ts';
const MINUTE = 60_000;

interface Change {
  readonly copies?: number;
  readonly delayMs?: number;
}

/** Changes what becomes of the pushes' events, the next push's first; those without a change go as they are. */
const deliverPushes = (world: World, ...changes: (Change | undefined)[]): void => {
  const left = [...changes];
  around(world).bus.interceptDeliveries(({ ruleName }) =>
    ruleName === 'slipway-image-pushed' ? left.shift() : undefined,
  );
};

/** Disturbs the intake at its first `times` calls of StartExecution. */
const disturbStart = (
  world: World,
  phase: InterceptedCall['phase'],
  times: number,
  disturb: () => Error,
): { done: number } => {
  const count = { done: 0 };
  around(world).functions.interceptCalls((call) => {
    const meant =
      call.functionName === 'slipway-intake' &&
      call.operation === 'StartExecution' &&
      call.phase === phase;
    if (!meant || count.done === times) return;
    count.done += 1;
    throw disturb();
  });
  return count;
};

/** The newest image is live everywhere, and no image had more than one release and one execution. */
const expectOneEach = async (world: World, live: string): Promise<void> => {
  for (const target of await world.status()) {
    expect(target).toMatchObject({ phase: 'completed', live: { digest: live }, candidate: null });
  }
  const releases = await world.releases();
  const digests = releases.map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(digests.length);
  const executions = await executionsOf(world, 'release');
  for (const { releaseId, digest } of releases) {
    const own = executions.filter((name) => name.startsWith(releaseId));
    expect(own.length).toBeLessThanOrEqual(1);
    if (digest === live) expect(own).toEqual([`${releaseId}-1`]);
    expect(verifyChain(await world.ledger.events(releaseId))).toBeNull();
  }
};

describe('push: one image', () => {
  test.each<[string, Change]>([
    ['delivered three times at once', { copies: 3 }],
    ['delivered three times, hours late', { copies: 3, delayMs: 6 * 60 * MINUTE }],
    ['late by hours', { delayMs: 6 * 60 * MINUTE }],
    ['lost', { copies: 0 }],
  ])('its event is %s: one release, at once or by the sweep', async (_how, change) => {
    const world = await launch({ config: SHORT });
    deliverPushes(world, change);
    const image = await world.push({ version: '1.0.0' });
    const record = await world.ended(image);
    const byEvent = change.delayMs === undefined && change.copies !== 0;
    expect(record).toMatchObject({
      outcome: 'released',
      startedBy: byEvent ? 'push' : 'reconciler',
    });
    // A sweep every 15 minutes, which leaves the event two minutes to come by itself.
    const waited = Date.parse(record.startedAt) - Date.parse(record.imagePushedAt);
    expect(waited).toBeLessThan((byEvent ? 1 : 17) * MINUTE);
    await world.clock.advance(7 * 60 * MINUTE);
    expect(await executionsOf(world, 'release')).toHaveLength(1);
    await expectOneEach(world, image);
  });

  test('the intake is killed after StartExecution, before its answer: the message comes again and starts nothing', async () => {
    const world = await launch({ config: SHORT });
    const killed = disturbStart(world, 'after', 1, () => new KilledInvocation('killed'));
    const image = await world.push({ version: '1.0.0' });
    expect(await world.ended(image)).toMatchObject({ outcome: 'released', attempt: 1 });
    await world.clock.advance(30 * MINUTE);
    expect(killed.done).toBe(1);
    await expectOneEach(world, image);
  });

  test('the intake is killed before StartExecution: the message comes again and starts the release', async () => {
    const world = await launch({ config: SHORT });
    const killed = disturbStart(world, 'before', 1, () => new KilledInvocation('killed'));
    const image = await world.push({ version: '1.0.0' });
    expect(await world.ended(image)).toMatchObject({ outcome: 'released', attempt: 1 });
    expect(killed.done).toBe(1);
    await expectOneEach(world, image);
  });

  test('Step Functions throttles the intake: it asks again, and one release comes of it', async () => {
    const world = await launch({ config: SHORT });
    const throttled = disturbStart(world, 'before', 3, () =>
      Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }),
    );
    const image = await world.push({ version: '1.0.0' });
    expect(await world.ended(image)).toMatchObject({ outcome: 'released', attempt: 1 });
    expect(throttled.done).toBe(3);
    await expectOneEach(world, image);
  });

  test('Lambda has no concurrency left for the intake, for hours: the sweep starts the release, the message that is given up calls a person', async () => {
    const world = await launch({ config: SHORT });
    const intake = { FunctionName: 'slipway-intake' };
    const client = world.client();
    await client.send(
      new PutFunctionConcurrencyCommand({ ...intake, ReservedConcurrentExecutions: 0 }),
    );
    const image = await world.push({ version: '1.0.0' });
    expect(await world.ended(image)).toMatchObject({
      outcome: 'released',
      startedBy: 'reconciler',
    });
    await world.clock.advance(2 * 60 * MINUTE);
    expect(deadLetters(world)).toHaveLength(1);
    expect(around(world).watch.alarmState('slipway-intake-dead-letters-not-empty')).toBe('ALARM');
    await client.send(new DeleteFunctionConcurrencyCommand(intake));
    const newer = await world.push({ version: '1.1.0' });
    expect(await world.ended(newer)).toMatchObject({ outcome: 'released', startedBy: 'push' });
    await expectOneEach(world, newer);
  });
});

describe('push: several images', () => {
  test('the older one’s event comes after the newer one’s: it is superseded without ever starting', async () => {
    const world = await launch({ config: SHORT });
    deliverPushes(world, { delayMs: 3 * MINUTE });
    const older = await world.push({ version: '1.0.0' });
    await world.clock.advance(5000);
    const newer = await world.push({ version: '1.1.0' });
    expect(await world.ended(newer)).toMatchObject({ outcome: 'released' });
    expect(await world.ended(older)).toMatchObject({ outcome: 'superseded' });
    expect(await executionsOf(world, 'release')).toHaveLength(1);
    await expectOneEach(world, newer);
  });

  test('two in quick succession: the older runs before the newer or not at all', async () => {
    const world = await launch({ config: SHORT });
    const older = await world.push({ version: '1.0.0' });
    await world.clock.advance(2000);
    const newer = await world.push({ version: '1.1.0' });
    expect(await world.ended(newer)).toMatchObject({ outcome: 'released' });
    const first = await world.ended(older);
    expect(['superseded', 'released']).toContain(first.outcome);
    await expectOneEach(world, newer);
    const entries = async (digest: string): Promise<Map<unknown, string>> => {
      const events = await world.ledger.events((await world.release(digest))?.releaseId ?? '');
      const entered = events.filter(({ kind }) => kind === 'EnvironmentEntered');
      return new Map(entered.map(({ facts, at }) => [facts['environment'], at]));
    };
    const newerEntered = await entries(newer);
    for (const [environment, at] of await entries(older))
      expect(at < (newerEntered.get(environment) ?? '')).toBe(true);
  });

  test('two come while one shifts: it is not interrupted, the one in the middle is superseded', async () => {
    const world = await launch();
    await world.ended(await world.push({ version: '1.0.0' }));
    const users = await world.users('production', 10);
    const shifting = await world.push({ version: '1.1.0' });
    await world.until('production shifts', async () =>
      (await world.target('production')).weights.candidate > 0 ? true : undefined,
    );
    const middle = await world.push({ version: '1.4.0' });
    await world.until('the middle one waits for production', async () =>
      (await world.target('staging')).live?.digest === middle ? true : undefined,
    );
    const newest = await world.push({ version: '1.4.1' });
    expect(await world.ended(newest)).toMatchObject({ outcome: 'released' });
    expect(await world.release(shifting)).toMatchObject({ outcome: 'released' });
    const superseded = await world.release(middle);
    expect(superseded).toMatchObject({ outcome: 'superseded' });
    const events = await world.ledger.events(superseded?.releaseId ?? '');
    const entered = events.filter(({ kind }) => kind === 'EnvironmentEntered');
    expect(entered.map(({ facts }) => facts['environment'])).toEqual(['dev', 'test', 'staging']);
    expect(users.summary().failed).toBe(0);
    await expectOneEach(world, newest);
  });
});
