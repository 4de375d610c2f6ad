import { expect, test } from 'vitest';
import { GRACE_SECONDS, switchColors } from '../../bench/switches/switches.ts';

// Goal: moving weights under load fails no request, and the measurement would show it if it did.
const SAMPLE = { switches: 20, requestsPerSecond: 100, podsPerColor: 2, speed: 30, seed: 3 };

test('switches: pods kept until their weight is gone everywhere and drained: no request fails', async () => {
  const result = await switchColors({ ...SAMPLE, keepSeconds: 6, graceSeconds: GRACE_SECONDS });
  expect(result).toMatchObject({ switches: 20, failed: 0, skipped: 0 });
  expect(result.byStatus).toEqual({ 200: result.requests });
  expect(result.requests).toBeGreaterThan(100);
  expect(result.underWay).toBeGreaterThan(10);
  expect(result.podsStopped).toBeGreaterThan(5);
}, 60_000);

test('switches: pods killed with requests under way: these fail', async () => {
  const result = await switchColors({ ...SAMPLE, keepSeconds: 2, graceSeconds: 0 });
  expect(result.failed).toBeGreaterThan(0);
}, 60_000);
