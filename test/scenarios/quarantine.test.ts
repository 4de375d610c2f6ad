import { expect, test } from 'vitest';
import { verifyChain } from '../../functions/domain/chain.ts';
import { byHand, executionsOf, traces } from '../world/doors.ts';
import { put, unpushed } from '../world/images.ts';
import { launch } from '../world/world.ts';

// Goal: a pair that was rolled back goes nowhere again, whoever brings it up and however; what repairs it does.
// Method: one version condemned by a person, one by the rollout itself; then pushes, starts by hand and sweeps of the same images.
const SHORT = 'test/fixtures/configurations/short.config.ts';
const MINUTE = 60_000;

test('quarantine: pushed again under another tag, started by hand with and without a reason: refused', async () => {
  const world = await launch({ config: SHORT });
  const good = await put(world, unpushed('1.0.0'), '1.0.0');
  await world.ended(good);
  const image = unpushed('1.2.0');
  const bad = await put(world, image, '1.2.0');
  await world.ended(bad);
  await byHand(world, 'rollback', {
    service: 'checkout',
    environment: 'staging',
    reason: 'orders fail',
    by: 'anna',
  });
  const record = await world.release(bad);
  const { releaseId = '' } = record ?? {};
  expect(record && (await world.ledger.quarantine(record))).toMatchObject({ digest: bad });
  const before = await traces(world);

  await put(world, image, '1.2.0-again');
  await world.clock.advance(20 * MINUTE);
  expect(await executionsOf(world, 'release')).toHaveLength(2);
  const events = await world.ledger.events(releaseId);
  expect(events.at(-1)).toMatchObject({ kind: 'QuarantinedPairPushed' });

  const pushedAgain = await traces(world);
  expect(pushedAgain.objects).toEqual(before.objects);
  for (const request of [
    { service: 'checkout', tag: '1.2.0' },
    { service: 'checkout', tag: '1.2.0-again', reason: 'it was the database' },
    { service: 'checkout', digest: bad, reason: 'it was the database' },
  ]) {
    const end = await byHand(world, 'release', request);
    expect(end).toMatchObject({ status: 'FAILED', error: 'ReleaseRefused' });
    expect(end.cause).toMatch(/quarantined since .*anna: orders fail/);
  }
  expect(await traces(world)).toEqual(pushedAgain);
  expect(await world.target('staging')).toMatchObject({ live: { digest: good }, candidate: null });
  expect(verifyChain(await world.ledger.events(releaseId))).toBeNull();

  const mended = await put(world, unpushed('1.2.1'), '1.2.1');
  expect(await world.ended(mended)).toMatchObject({ outcome: 'released' });
  for (const { live } of await world.status()) expect(live).toMatchObject({ digest: mended });
});

test('quarantine: a version that never gets ready in the first environment goes back there, and is not tried again', async () => {
  const world = await launch({ config: SHORT });
  const good = await put(world, unpushed('1.0.0'), '1.0.0');
  await world.ended(good);
  const image = unpushed('1.6.0', { 'org.example.model': 'ready:false' });
  const bad = await put(world, image, '1.6.0');
  const record = await world.ended(bad);
  expect(record).toMatchObject({ outcome: 'rolledBack' });
  expect(await world.ledger.quarantine(record)).toMatchObject({ digest: bad });
  for (const { live } of await world.status()) expect(live).toMatchObject({ digest: good });

  await put(world, image, '1.6.0-again');
  await world.clock.advance(20 * MINUTE);
  const end = await byHand(world, 'release', { service: 'checkout', digest: bad });
  expect(end).toMatchObject({ status: 'FAILED', error: 'ReleaseRefused' });
  expect(await world.release(bad)).toMatchObject({ outcome: 'rolledBack' });
  expect(await executionsOf(world, 'rollout')).toHaveLength(3);
  for (const { live } of await world.status()) expect(live).toMatchObject({ digest: good });
  expect((await traces(world)).held).toEqual([]);
});
