import { describe, expect, test } from 'vitest';
import { decideRequest, GUARD, type RollbackRequest } from '../../functions/domain/rollback.ts';
import type { RolloutRecord } from '../../functions/domain/rollout.ts';
import { mayBegin } from '../../functions/domain/rollout-start.ts';

const AT = '2026-01-01T12:00:00.000Z';
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const completed: RolloutRecord = {
  rolloutId: 'r1',
  releaseId: 'release',
  targetId: 'shop/production/eu-west-1',
  digest: digest('a'),
  configDigest: digest('c'),
  version: '1.2.0',
  phase: 'completed',
  color: 'green',
  pointerVersion: '3',
  deploymentId: 'd-1',
  executionArn: 'arn:rollout',
  lastGood: null,
  token: 4,
  startedAt: AT,
  endedAt: AT,
  yieldedAt: null,
  rollback: null,
};
const attempt = (outcome: 'stuck' | 'rolledBack' | null) => ({
  attempt: 1,
  executionArn: 'arn:rollback',
  reason: 'because',
  cause: 'alarm',
  requestedAt: AT,
  outcome,
});
const request: RollbackRequest = {
  rolloutId: 'r1',
  targetId: completed.targetId,
  cause: 'alarm',
  reason: 'errors',
  requestedBy: GUARD,
  yielded: false,
};

describe('guard: asks for the rollback of a finished rollout', () => {
  test.each([
    ['under its guard', completed, request, 'none', 'guarded', { act: 'start', attempt: 1 }],
    [
      'whose guard is closed',
      completed,
      request,
      'none',
      'unguarded',
      { answer: { outcome: 'completed' } },
    ],
    [
      'asked by anybody else',
      completed,
      { ...request, requestedBy: 'alarmFastPath' },
      'none',
      'guarded',
      { answer: { outcome: 'completed' } },
    ],
    [
      'that is going back',
      { ...completed, rollback: attempt(null) },
      request,
      'running',
      'guarded',
      { answer: { state: 'running' } },
    ],
    [
      'that is stuck: a person was called',
      { ...completed, phase: 'stuck' as const, rollback: attempt('stuck') },
      request,
      'ended',
      'guarded',
      { answer: { outcome: 'stuck' } },
    ],
    [
      'that another has followed',
      { ...completed, rolloutId: 'r2' },
      request,
      'none',
      'guarded',
      { answer: { outcome: 'nothingToDo' } },
    ],
  ] as const)('%s', (_name, record, asked, standing, finished, expected) => {
    expect(decideRequest(record, asked, standing, finished)).toMatchObject(expected);
  });

  test('from the moment it is asked for until it has ended, no other rollout begins', () => {
    expect(mayBegin(completed, 'r2').decision).toBe('begin');
    expect(mayBegin({ ...completed, rollback: attempt(null) }, 'r2').decision).toBe('wait');
    expect(mayBegin({ ...completed, rollback: attempt('rolledBack') }, 'r2').decision).toBe(
      'begin',
    );
  });
});
