import { describe, expect, test } from 'vitest';
import { around, byHand, executionsOf, traces } from '../world/doors.ts';
import { launch } from '../world/world.ts';

// Goal: a person who starts `release` or `rollback` by hand gets what was asked for, or a clear no that leaves nothing behind.
// Method: StartExecution with good input and with nonsense; the execution's end, and everything that was there before and after.
const SHORT = 'test/fixtures/configurations/short.config.ts';
const ABSENT = `sha256:${'0'.repeat(64)}`;
const TYPED = { service: 'checkout', environment: 'staging', reason: 'orders fail', by: 'anna' };

/** Loses the events of all pushes from now on. */
const losePushes = ({ cloud, home }: Awaited<ReturnType<typeof launch>>): (() => void) =>
  around({ cloud, home }).bus.interceptDeliveries(({ ruleName }) =>
    ruleName === 'slipway-image-pushed' ? { copies: 0 } : undefined,
  );

describe('by hand: release', () => {
  test('by tag and by digest, before the sweep comes: one release each; asked again, it is joined', async () => {
    const world = await launch({ config: SHORT });
    losePushes(world);
    const first = await world.push({ version: '1.0.0' });
    const byTag = await byHand(world, 'release', {
      service: 'checkout',
      tag: '1.0.0',
      startedBy: 'anna',
      reason: 'missed event',
    });
    expect(byTag).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'released' } });
    expect(await world.release(first)).toMatchObject({ version: '1.0.0', startedBy: 'anna' });

    const second = await world.push({ version: '1.1.0' });
    const byDigest = await byHand(world, 'release', { service: 'checkout', digest: second });
    expect(byDigest).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'released' } });
    expect((await world.target('staging')).live).toMatchObject({ digest: second });

    const again = await byHand(world, 'release', { service: 'checkout', tag: '1.1.0' });
    expect(again).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'joined' } });
    await world.clock.advance(20 * 60_000);
    expect(await world.releases()).toHaveLength(2);
    expect(await executionsOf(world, 'release')).toHaveLength(3);

    const older = { service: 'checkout', digest: first };
    expect((await byHand(world, 'release', older)).output).toMatchObject({ outcome: 'joined' });
    expect((await world.target('staging')).live).toMatchObject({ digest: second });
    const back = await byHand(world, 'release', { ...older, reason: 'orders fail in 1.1.0' });
    expect(back.output).toMatchObject({ outcome: 'released' });
    await world.clock.advance(20 * 60_000);
    for (const { live } of await world.status()) expect(live).toMatchObject({ digest: first });
  });

  test('an image that is not the newest needs a reason, and with one goes out', async () => {
    const world = await launch({ config: SHORT });
    const allow = losePushes(world);
    const older = await world.push({ version: '1.0.0' });
    allow();
    await world.clock.advance(5000);
    const newer = await world.push({ version: '1.1.0' });
    await world.ended(newer);
    const request = { service: 'checkout', tag: '1.0.0' };
    const bare = await byHand(world, 'release', request);
    expect(bare).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'superseded' } });
    expect(bare.output['reason']).toContain('give a reason');
    expect((await world.target('staging')).live).toMatchObject({ digest: newer });
    const reasoned = await byHand(world, 'release', { ...request, reason: 'orders fail in 1.1.0' });
    expect(reasoned).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'released' } });
    expect((await world.target('staging')).live).toMatchObject({ digest: older });
    await world.clock.advance(20 * 60_000);
    expect((await world.target('staging')).live).toMatchObject({ digest: older });
  });

  test('nonsense is refused with what was given, why, and what is there; nothing is left behind', async () => {
    const world = await launch({ config: SHORT });
    await world.ended(await world.push({ version: '0.9.0' }));
    const before = await traces(world);
    const tagged = { service: 'checkout', tag: '0.9.0' };
    const nonsense: [unknown, RegExp][] = [
      [{}, /service: .*got nothing/],
      [[], /expected object/],
      ['"text"', /expected object/],
      [{ ...tagged, service: 'chekout' }, /no service "chekout"; registered are checkout/],
      [{ ...tagged, service: 7 }, /service: .*got 7/],
      [{ service: 'checkout' }, /exactly one of digest and tag/],
      [{ ...tagged, digest: ABSENT }, /exactly one of digest and tag/],
      [{ ...tagged, tag: '9.9.9' }, /no image tagged 9\.9\.9; its newest tags are 0\.9\.0/],
      [{ ...tagged, tag: '' }, /tag: /],
      [{ ...tagged, tag: 'x'.repeat(301) }, /tag: /],
      [{ service: 'checkout', digest: ABSENT }, /no image sha256:0{64}; its newest tags/],
      [{ service: 'checkout', digest: 'sha256:abc' }, /64 lower-case hexadecimal digits/],
      [{ ...tagged, froce: true }, /Unrecognized key: "froce"/],
      [{ ...tagged, releaseId: 'checkout-0-0' }, /no release checkout-0-0 of sha256:/],
    ];
    for (const [input, message] of nonsense) {
      const end = await byHand(world, 'release', input);
      expect(end).toMatchObject({ status: 'FAILED', error: 'ReleaseRefused' });
      expect(end.cause).toMatch(message);
      expect(end.cause).not.toMatch(/errorMessage|\bat .*\.mjs|\\"/);
    }
    await world.clock.advance(20 * 60_000);
    expect(await traces(world)).toEqual(before);
  });
});

describe('by hand: rollback', () => {
  test('back to last good; then there is nothing more to do', async () => {
    const world = await launch({ config: SHORT });
    const first = await world.push({ version: '1.0.0' });
    await world.ended(first);
    const second = await world.push({ version: '1.1.0' });
    await world.ended(second);
    const back = await byHand(world, 'rollback', TYPED);
    expect(back).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'rolledBack' } });
    expect(back.output['reason']).toContain('anna: orders fail');
    expect(await world.target('staging')).toMatchObject({
      phase: 'rolledBack',
      live: { digest: first },
      weights: { stable: 100, candidate: 0 },
      overridden: false,
    });
    const again = await byHand(world, 'rollback', TYPED);
    expect(again).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'nothingToDo' } });
    expect((await traces(world)).held).toEqual([]);
  });

  test('nonsense is refused and nothing is left behind, nor called stuck; a first release has nothing before it', async () => {
    const world = await launch({ config: SHORT });
    const none = await byHand(world, 'rollback', TYPED);
    expect(none).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'nothingToDo' } });
    await world.ended(await world.push({ version: '1.0.0' }));
    const before = await traces(world);
    const nonsense: [unknown, RegExp][] = [
      [{}, /service: .*a person gives \{service, environment, region\?, to\?, reason, by\}/],
      [[], /a person gives/],
      ['"text"', /a person gives/],
      [{ ...TYPED, service: 'chekout' }, /no service chekout; registered are: checkout/],
      [{ ...TYPED, environment: 'stagin' }, /no environment stagin; it has: dev, staging/],
      [{ ...TYPED, region: 'us-east-1' }, /no target checkout\/staging\/us-east-1; registered/],
      [{ ...TYPED, reason: '' }, /reason: /],
      [{ ...TYPED, by: undefined }, /by: /],
      [{ ...TYPED, froce: true }, /Unrecognized key: "froce"/],
    ];
    for (const [input, message] of nonsense) {
      const end = await byHand(world, 'rollback', input);
      expect(end).toMatchObject({ status: 'FAILED', error: 'RollbackRefused' });
      expect(end.cause).toMatch(message);
      expect(end.cause).not.toMatch(/errorMessage|\bat .*\.mjs|\\"/);
    }
    const first = await byHand(world, 'rollback', TYPED);
    expect(first).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'nothingToDo' } });
    expect(first.output['reason']).toContain('first release');
    expect(await traces(world)).toEqual(before);
  });
});
