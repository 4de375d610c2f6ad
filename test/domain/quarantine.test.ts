import { expect, test } from 'vitest';
import { condemnedAnew, inForce, type Quarantine } from '../../functions/domain/quarantine.ts';

// Goal: the first reason stays while it holds; what a person lifted stays to be read, and the next reason stands beside it.

const placed = (reason: string): Quarantine => ({
  service: 'checkout',
  digest: `sha256:${'a'.repeat(64)}`,
  configDigest: `sha256:${'b'.repeat(64)}`,
  reason,
  rolloutId: 'r1',
  at: '2026-03-02T09:00:00.000Z',
});
const lifted = (record: Quarantine): Quarantine => ({
  ...record,
  lifted: { by: 'bea', reason: 'database', at: '2026-03-02T10:00:00.000Z' },
});

test('quarantine: the first reason stays', () => {
  expect(condemnedAnew(null, placed('a'))).toEqual(placed('a'));
  expect(condemnedAnew(placed('a'), placed('b'))).toBeNull();
});

test('quarantine: after a lift a new one is written, and nothing is forgotten', () => {
  const first = lifted(placed('a'));
  expect(inForce(first)).toBeNull();
  const second = condemnedAnew(first, placed('b'));
  expect(second).toEqual({ ...placed('b'), earlier: [first] });
  expect(inForce(second)).toEqual(second);
  const third = condemnedAnew(lifted(second ?? placed('')), placed('c'));
  expect(third?.earlier?.map(({ reason }) => reason)).toEqual(['a', 'b']);
});
