import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { describe, expect, test } from 'vitest';
import {
  around,
  deadLetters,
  documented,
  executionsOf,
  onBus,
  onQueue,
  pushEvent,
  traces,
} from '../world/doors.ts';
import { launch } from '../world/world.ts';

// Goal: an event that is none starts nothing, is kept where a person finds it, and calls that person; what is not Slipway's is passed by.
// Method: documented samples, cut, bent and blown up, put on the bus and into the queue; the alarm of the templates watches.
const SHORT = 'test/fixtures/configurations/short.config.ts';
const MINUTE = 60_000;
const ALARM = 'slipway-intake-dead-letters-not-empty';
const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** An event without some members, or with others: `null` takes one away. */
const bent = (event: { detail: object }, changes: object, detail: object = {}): object => {
  const without = (members: object): object =>
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  return without({ ...event, ...changes, detail: without({ ...event.detail, ...detail }) });
};

describe('bad events', () => {
  test('malformed ones end in the dead-letter queue and call a person; a good one beside them is released', async () => {
    const world = await launch({ config: SHORT });
    const before = await traces(world);
    const alarm = () => around(world).watch.alarmState(ALARM);
    await world.clock.advance(2 * MINUTE);
    expect(alarm()).toBe('OK');
    const push = pushEvent(world, DIGEST, '1.0.0');
    const build = documented('build-ended');
    const malformed: (string | object)[] = [
      '{',
      'null',
      '[]',
      '{}',
      bent(push, {}, { 'image-digest': null }),
      bent(push, {}, { 'image-digest': 'sha256:7f5b2640' }),
      bent(push, {}, { 'image-digest': DIGEST.toUpperCase() }),
      bent(push, {}, { 'image-digest': 7 }),
      bent(push, {}, { 'repository-name': null }),
      bent(push, {}, { 'repository-name': ['shop/checkout'] }),
      bent(push, {}, { 'image-tag': { name: '1.0.0' } }),
      bent(push, {}, { 'action-type': 'DELETE' }),
      bent(push, {}, { result: 'FAILURE' }),
      bent(push, { account: 999_999_999_999 }),
      bent(push, { time: 'yesterday' }),
      bent(push, { region: null }),
      { ...push, detail: null },
      bent(push, { 'detail-type': 'ECR Image Scan' }),
      bent(push, {}, { padding: 'x'.repeat(200_000), 'image-digest': 'sha256:' }),
      bent(build, {}, { 'build-id': 'checkout:1' }),
      bent(build, {}, { 'build-status': 'BROKEN' }),
      documented('image-pushed.documented'),
      documented('image-deleted'),
      documented('deployment-state-changed'),
      documented('alarm-state-changed'),
    ];
    for (const body of malformed) onQueue(world, body);
    // Only those of the right source, type, action, result and with a tag get through the rule.
    onBus(world, { ...documented('image-pushed.documented'), ...world.home });
    onBus(world, bent(push, {}, { 'image-digest': 'sha256:7f5b2640' }));
    onBus(world, bent(push, {}, { 'image-tag': null }));
    onBus(world, bent(push, {}, { result: 'FAILURE' }));
    onBus(world, documented('image-deleted'));
    const good = await world.push({ version: '1.0.0' });
    await world.until('all are given up', async () =>
      deadLetters(world).length === malformed.length + 2 ? true : undefined,
    );
    await world.clock.advance(3 * MINUTE);
    expect(alarm()).toBe('ALARM');
    expect(await world.ended(good)).toMatchObject({ outcome: 'released' });
    expect(await executionsOf(world, 'release')).toHaveLength(1);
    expect(await world.releases()).toHaveLength(1);
    const rows = (await traces(world)).ledger.filter((row) => !before.ledger.includes(row));
    expect(rows.filter((row) => row.includes(DIGEST.slice(7)))).toEqual([]);
  });

  test.each([
    ['of an unknown repository', { repository: 'shop/unknown' }, {}],
    ['of an image that the registry never had', {}, {}],
    ['of another account', {}, { account: '123456789012' }],
    ['of another Region', {}, { region: 'us-west-2' }],
  ])(
    'an event %s is passed by: nothing starts, nothing is kept, nobody is called',
    async (_what, { repository = 'shop/checkout' }: { repository?: string }, changes) => {
      const world = await launch({ config: SHORT });
      const before = await traces(world);
      onBus(world, bent(pushEvent(world, DIGEST, '1.0.0', repository), changes));
      await world.clock.advance(20 * MINUTE);
      expect(await traces(world)).toEqual(before);
      expect(await executionsOf(world, 'release')).toEqual([]);
      expect(deadLetters(world)).toEqual([]);
      expect(around(world).watch.alarmState(ALARM)).toBe('OK');
    },
  );

  test('an image deleted between push and intake is passed by; deleted after its release has begun, that release says so', async () => {
    const world = await launch({ config: SHORT });
    const remove = (imageDigest: string) =>
      world.during(
        world.client().send(
          new BatchDeleteImageCommand({
            repositoryName: 'shop/checkout',
            imageIds: [{ imageDigest }],
          }),
        ),
      );
    const before = await traces(world);
    const late = around(world).bus.interceptDeliveries(() => ({ delayMs: MINUTE }));
    await remove(await world.push({ version: '1.0.0' }));
    await world.clock.advance(20 * MINUTE);
    late();
    expect(await traces(world)).toEqual(before);
    expect(deadLetters(world)).toEqual([]);

    const image = await world.push({ version: '1.1.0' });
    await world.until('it has begun', () => world.release(image));
    await remove(image);
    const record = await world.ended(image);
    expect(record).toMatchObject({
      outcome: 'failed',
      reason: `ImageNotFound: shop/checkout has no image ${image} any more; push it again`,
    });
    for (const target of await world.status()) expect(target).toMatchObject({ phase: null });
    expect((await traces(world)).held).toEqual([]);
  });
});
