import { expect, test } from 'vitest';
import { byTarget } from '../../bench/share-of-targets.ts';

const release = {
  machine: 'release',
  target: null,
  region: null,
  states: [
    'AcceptRelease',
    'EnterEnvironment',
    'RunRollout',
    'RolledOut',
    'EnterEnvironment',
    'AwaitTurn',
    'EnterEnvironment',
    'RunRollout',
    'RolledOut',
    'ConcludeRelease',
  ],
};
const rollout = (target: string, states: string[]) => ({
  machine: 'rollout',
  target,
  region: target.split(' ')[1] ?? null,
  states,
});

test('share of targets: a rollout and what of the release leads into it, waits included', () => {
  const shares = byTarget([
    release,
    rollout('dev eu-west-1', ['AcquireLock', 'Completed']),
    rollout('production eu-central-1', ['AcquireLock', 'Tick', 'Completed']),
  ]);
  expect(shares).toEqual([
    { target: 'dev eu-west-1', region: 'eu-west-1', transitions: 2 + 3 },
    { target: 'production eu-central-1', region: 'eu-central-1', transitions: 3 + 5 },
  ]);
});

test('share of targets: a release that does not match its rollouts is refused', () => {
  expect(() => byTarget([release, rollout('dev eu-west-1', [])])).toThrow('1 rollouts');
});
