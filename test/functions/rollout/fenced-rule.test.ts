import { describe, expect, test } from 'vitest';
import { writeWeights } from '../../../functions/adapters/fenced-rule.ts';
import type { LockState } from '../../../functions/domain/lock.ts';
import { split } from '../../../functions/domain/weights.ts';
import type { Locks } from '../../../functions/ports/locks.ts';
import type { Traffic } from '../../../functions/ports/traffic.ts';
import type { Runtime } from '../../../functions/runtime/runtime.ts';

// Goal: whoever lost the lock, or will before the call can end, writes no weight; whoever writes reads back.

const NOW = 1_000_000;
const lock = { key: 'TARGET#shop', token: 4 };
const weights = split({ stable: 'blue', candidate: 'green' }, 10);
const held: LockState = {
  key: lock.key,
  token: 4,
  owner: 'rollout',
  leaseUntil: NOW + 60_000,
  since: 0,
  rolloutId: 'r1',
};

const write = async (state: LockState | null, readBack = weights) => {
  const written: unknown[] = [];
  const world = {
    runtime: { now: () => NOW } as Runtime,
    locks: { read: async () => state } as unknown as Locks,
    traffic: {
      forward: async (_arn: string, given: unknown) => {
        written.push(given);
      },
      rule: async () => ({
        ruleArn: 'r',
        priority: 1,
        conditions: [],
        weights: readBack,
        sticky: false,
      }),
    } as unknown as Traffic,
  };
  const outcome = await writeWeights(world, lock, { ruleArn: 'r', weights }).then(
    () => 'written',
    (error: Error) => error.name,
  );
  return { outcome, written: written.length };
};

describe('fenced rule', () => {
  test.each([
    ['held with time to spare', held, 'written', 1],
    ['taken over under a higher token', { ...held, token: 5 }, 'LockLost', 0],
    ['freed', { ...held, owner: null }, 'LockLost', 0],
    ['a lease that ends within the call', { ...held, leaseUntil: NOW + 9_999 }, 'LockLost', 0],
    ['a lease that just lasts', { ...held, leaseUntil: NOW + 10_000 }, 'written', 1],
    ['a lease that is over', { ...held, leaseUntil: NOW - 1 }, 'LockLost', 0],
    ['no lock at all', null, 'LockLost', 0],
  ] as const)('%s', async (_name, state, outcome, times) => {
    expect(await write(state)).toEqual({ outcome, written: times });
  });

  test('what is read back differently is drift', async () => {
    const other = split({ stable: 'blue', candidate: 'green' }, 20);
    expect(await write(held, other)).toEqual({ outcome: 'DriftFound', written: 1 });
  });
});
