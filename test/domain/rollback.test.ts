import { describe, expect, test } from 'vitest';
import {
  ATTEMPTS_MAX,
  decideRequest,
  obstacle,
  plainReason,
  quarantines,
  type RollbackRequest,
  rollbackName,
} from '../../functions/domain/rollback.ts';
import type { RolloutRecord } from '../../functions/domain/rollout.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const AT = '2026-01-01T12:00:00.000Z';
const record: RolloutRecord = {
  rolloutId: 'r1',
  releaseId: 'release',
  targetId: 'shop/production/eu-west-1',
  digest: digest('a'),
  configDigest: digest('c'),
  version: '1.2.0',
  phase: 'shifting',
  color: 'green',
  pointerVersion: '3',
  deploymentId: 'd-1',
  executionArn: 'arn:rollout',
  lastGood: {
    releaseId: 'before',
    rolloutId: 'r0',
    digest: digest('b'),
    configDigest: digest('c'),
    version: '1.1.0',
    color: 'blue',
    pointerVersion: '2',
  },
  token: 4,
  startedAt: AT,
  endedAt: null,
  yieldedAt: null,
  rollback: null,
};
const attempt = (
  n: number,
  outcome: 'rolledBack' | 'stuck' | null = null,
): NonNullable<RolloutRecord['rollback']> => ({
  attempt: n,
  executionArn: 'arn:rollback',
  reason: 'because',
  cause: 'alarm',
  requestedAt: AT,
  outcome,
});
const request: RollbackRequest = {
  rolloutId: 'r1',
  targetId: record.targetId,
  cause: 'judge',
  reason: 'bad',
  requestedBy: 'rollout',
  yielded: true,
};
const alarm = { ...request, requestedBy: 'alarmFastPath', cause: 'alarm', yielded: false };

describe('rollback: a request', () => {
  test.each([
    ['the first starts it', record, request, 'none', { act: 'start', attempt: 1 }],
    [
      'one that was recorded and not started is started',
      { ...record, rollback: attempt(1) },
      request,
      'notStarted',
      { act: 'start', attempt: 1 },
    ],
    [
      'a running one is waited for',
      { ...record, rollback: attempt(1) },
      alarm,
      'running',
      { answer: { state: 'running' } },
    ],
    [
      'a done one is told',
      { ...record, phase: 'rolledBack', rollback: attempt(1, 'rolledBack') },
      alarm,
      'ended',
      { answer: { state: 'ended', outcome: 'rolledBack' } },
    ],
    [
      'one that died is followed by the next',
      { ...record, rollback: attempt(2) },
      request,
      'ended',
      { act: 'start', attempt: 3 },
    ],
    [
      'a stuck one is told to who asks again',
      { ...record, phase: 'stuck', rollback: attempt(1, 'stuck') },
      request,
      'ended',
      { answer: { state: 'ended', outcome: 'stuck' } },
    ],
    [
      'a stuck one does not block a new alarm',
      { ...record, phase: 'stuck', rollback: attempt(1, 'stuck') },
      alarm,
      'ended',
      { act: 'start', attempt: 2 },
    ],
    [
      'attempts have an end',
      { ...record, rollback: attempt(ATTEMPTS_MAX) },
      alarm,
      'ended',
      { answer: { outcome: 'stuck' } },
    ],
    [
      'another rollout is none of its business',
      { ...record, rolloutId: 'r2' },
      request,
      'none',
      { answer: { state: 'ended', outcome: 'nothingToDo' } },
    ],
    ['no rollout at all', null, request, 'none', { answer: { outcome: 'nothingToDo' } }],
    [
      'a completed one stays',
      { ...record, phase: 'completed', endedAt: AT },
      request,
      'none',
      { answer: { state: 'ended', outcome: 'completed' } },
    ],
    [
      'one that was refused while its rollback was asked for touched nothing: it is not asked for again',
      { ...record, phase: 'planned', endedAt: AT, rollback: attempt(1) },
      request,
      'ended',
      { answer: { state: 'ended', outcome: 'nothingToDo' } },
    ],
    [
      'a refused one touched nothing',
      { ...record, phase: 'planned', endedAt: AT },
      request,
      'none',
      { answer: { outcome: 'nothingToDo' } },
    ],
  ] as [string, RolloutRecord | null, RollbackRequest, 'none', object][])(
    '%s',
    (_name, of, asked, standing, expected) => {
      expect(decideRequest(of, asked, standing)).toMatchObject(expected);
    },
  );
});

describe('rollback: a claim', () => {
  const machine = { rolloutId: 'r1', attempt: 1 };
  const hand = { rolloutId: null, attempt: null };
  const completed: RolloutRecord = { ...record, phase: 'completed', endedAt: AT };
  test.each([
    ['a shift is claimed', { ...record, rollback: attempt(1) }, machine, 'none', null],
    [
      'a stuck one is claimed by the next attempt',
      { ...record, phase: 'stuck', endedAt: AT, rollback: attempt(1, 'stuck') },
      machine,
      'none',
      null,
    ],
    ['another execution has it', { ...record, rollback: attempt(1) }, machine, 'running', 'joined'],
    ['a newer attempt has it', { ...record, rollback: attempt(2) }, machine, 'none', 'joined'],
    [
      'twice is once',
      { ...record, phase: 'rolledBack', rollback: attempt(1, 'rolledBack') },
      machine,
      'none',
      'nothingToDo',
    ],
    [
      'by hand twice is once',
      { ...record, phase: 'rolledBack', rollback: attempt(1, 'rolledBack') },
      hand,
      'none',
      'nothingToDo',
    ],
    ['a completed one goes back by hand', completed, hand, 'none', null],
    ['a completed one does not go back by itself', completed, machine, 'none', 'nothingToDo'],
    [
      'a first release has nothing before it',
      { ...completed, lastGood: null },
      hand,
      'none',
      'nothingToDo',
    ],
    ['nothing was there', null, hand, 'none', 'nothingToDo'],
    ['another rollout', { ...record, rolloutId: 'r2' }, machine, 'none', 'nothingToDo'],
    [
      'one that was refused',
      { ...record, phase: 'planned', endedAt: AT },
      hand,
      'none',
      'nothingToDo',
    ],
  ] as [string, RolloutRecord | null, typeof machine, 'none', string | null][])(
    '%s',
    (_name, of, asked, other, decision) => {
      expect(obstacle(of, asked, other)?.decision ?? null).toBe(decision);
    },
  );
});

describe('rollback: nothing to go back to', () => {
  const good = record.lastGood ?? expect.fail('the record has one');
  const hand = { rolloutId: null, attempt: null };
  const over: RolloutRecord = { ...record, phase: 'completed', endedAt: AT, lastGood: null };
  const to = { ...good, version: '1.0.0' };
  test.each([
    [
      'a first release, or what a rollback brought back',
      over,
      /nothing stands before r1: .*first release, or came back by a rollback.*--to/,
    ],
    [
      'an abandoned rollback, with what to do',
      { ...over, rollback: { ...attempt(1), outcome: 'abandoned' as const, to } },
      /r1: what was before it left its slot .* 1\.0\.0 was abandoned; name a release with --to/,
    ],
  ])('%s', (_name, of, words) => {
    expect(obstacle(of, hand, 'none')).toMatchObject({
      decision: 'nothingToDo',
      reason: expect.stringMatching(words),
    });
  });
});

describe('rollback: quarantine', () => {
  const pair = { digest: digest('a'), configDigest: digest('c') };
  const before = { digest: digest('b'), configDigest: digest('c') };
  test.each([
    ['alarm', true],
    ['judge', true],
    ['candidate', true],
    ['person', true],
    ['pipelineFailure', false],
    ['lostExecution', false],
    ['drift', false],
    ['noEvidence', false],
    ['codeDeploy', false],
  ])('%s: %s', (cause, quarantined) => {
    expect(quarantines(cause, pair, before)).toBe(quarantined);
  });

  test('last good never', () => {
    expect(quarantines('alarm', pair, pair)).toBe(false);
    expect(quarantines('alarm', pair, { ...pair, configDigest: digest('d') })).toBe(true);
  });
});

describe('rollback: names', () => {
  test('the same request gives the same name, of at most 80 characters', () => {
    expect(rollbackName('checkout-abc-production-euw1-1', 2)).toBe(
      'checkout-abc-production-euw1-1-rb-2',
    );
    const long = 'x'.repeat(78);
    expect(rollbackName(long, 1)).toHaveLength(80);
    expect(rollbackName(long, 1)).toBe(rollbackName(long, 1));
    expect(rollbackName(`${'x'.repeat(77)}y`, 1)).not.toBe(rollbackName(long, 1));
  });
});

describe('rollback: a reason in plain words', () => {
  test.each([
    ['the cluster is gone', 'the cluster is gone'],
    ['LockLost: {"errorMessage":"it is free","trace":["at x"]}', 'LockLost: it is free'],
    [
      'States.TaskFailed: {"Name":"r1","Status":"FAILED","Error":"RolloutFailed","Cause":"no lock","Input":"{}"}',
      'RolloutFailed: no lock',
    ],
    [
      'States.TaskFailed: {"Name":"r1","Status":"ABORTED","Cause":"by hand","Input":"{}"}',
      'the execution r1 ended ABORTED: by hand',
    ],
    ['States.TaskFailed: {"Name":"r1","Status":"TIMED_OUT"}', 'the execution r1 ended TIMED_OUT'],
    ['States.TaskFailed: {"odd":1}', 'States.TaskFailed: {"odd":1}'],
  ])('%s', (given, said) => {
    expect(plainReason(given)).toBe(said);
  });
});
