import { expect, test } from 'vitest';
import { targetView } from '../world/shiftable-target.ts';
import { watchTraffic } from '../world/traffic-rules.ts';
import { launch } from '../world/world.ts';

// Goal: an image push becomes a release in every environment and both Regions, without a failed request; a bad one goes back.
// Method: the whole pipeline from its templates on the virtual clock, with modelled users in production.
test('release: good to the end, then a failing one comes back and is quarantined', async () => {
  const world = await launch();
  const watch = watchTraffic(await targetView(world, 'production'));
  const first = await world.ended(await world.push({ version: '1.0.0' }));
  expect(first).toMatchObject({ outcome: 'released', version: '1.0.0' });
  const users = await world.users('production', 10);

  const good = await world.ended(await world.push({ version: '1.1.0' }));
  expect(good).toMatchObject({ outcome: 'released', reason: null });
  for (const target of await world.status()) {
    expect(target).toMatchObject({
      phase: 'completed',
      live: { version: '1.1.0' },
      candidate: null,
      weights: { stable: 100, candidate: 0 },
    });
  }
  expect(users.summary().failed).toBe(0);

  const bad = await world.ended(
    await world.push({ version: '1.2.0', labels: { 'org.example.model': 'errors:0.05' } }),
  );
  expect(bad.outcome).toBe('rolledBack');
  const production = await world.target('production');
  expect(production).toMatchObject({
    phase: 'rolledBack',
    live: { version: '1.1.0' },
    weights: { stable: 100, candidate: 0 },
    overridden: false,
  });
  expect(await world.ledger.quarantine(bad)).toMatchObject({ digest: bad.digest });
  expect(users.summary().failed).toBeGreaterThan(0);
  expect(watch.written.slice(0, 4)).toEqual([30, 60, 90, 100]);
  expect(watch.broken).toEqual([]);
});
