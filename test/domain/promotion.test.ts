import { describe, expect, test } from 'vitest';
import { careForRelease, mayBeFreed, unfinished } from '../../functions/domain/janitor.ts';
import { entryRefusal, type Step } from '../../functions/domain/promotion.ts';
import type { Outcome, ReleasePhase, ReleaseRecord } from '../../functions/domain/release.ts';
import type { RolloutPhase, RolloutRecord } from '../../functions/domain/rollout.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const at = (minute: number): string => `2026-01-15T12:${String(minute).padStart(2, '0')}:00.000Z`;
const NOW = Date.parse(at(30));
const record: ReleaseRecord = {
  releaseId: 'mine',
  service: 'checkout',
  digest: digest('a'),
  configDigest: digest('0'),
  version: null,
  imagePushedAt: at(10),
  attempt: 1,
  phase: 'promoting',
  outcome: null,
  reason: null,
  startedBy: 'push',
  startedAt: at(10),
  endedAt: null,
  executionArn: 'arn:mine',
};
const step: Step = { environment: 'dev', region: 'eu-west-1', targetId: 't', first: true };
const newest = (releaseId: string, minute: number, letter = 'b') => ({
  releaseId,
  digest: digest(letter),
  imagePushedAt: at(minute),
});

describe('entering an environment', () => {
  const refusal = (changes: Partial<Parameters<typeof entryRefusal>[0]>) =>
    entryRefusal({
      step,
      record,
      executionArn: 'arn:mine',
      newest: null,
      quarantine: null,
      ...changes,
    })?.outcome ?? null;
  const later = { ...step, first: false };
  const quarantine = {
    service: 'checkout',
    digest: digest('a'),
    configDigest: digest('0'),
    reason: 'bad',
    rolloutId: 'r',
    at: at(1),
  };

  test.each<[string, Parameters<typeof refusal>[0], Outcome | null]>([
    ['nothing in the way', {}, null],
    ['it is the newest', { newest: newest('mine', 10, 'a') }, null],
    ['the newest is older', { newest: newest('other', 5) }, null],
    ['a newer one waits', { newest: newest('other', 20) }, 'superseded'],
    ['a newer configuration of its image', { newest: newest('other', 10, 'a') }, 'superseded'],
    [
      'a newer one, in the middle of an environment',
      { newest: newest('other', 20), step: later },
      null,
    ],
    ['quarantined', { quarantine }, 'rejected'],
    ['quarantined in the middle of an environment', { quarantine, step: later }, 'rejected'],
    ['another execution carries it', { executionArn: 'arn:other' }, 'superseded'],
  ])('%s', (_name, changes, outcome) => {
    expect(refusal(changes)).toBe(outcome);
  });
});

describe('the janitor', () => {
  const dead = { alive: false, status: 'FAILED', reason: 'Error: cause' };
  const living = { alive: true, status: 'RUNNING', reason: null };

  test.each<[string, Partial<ReleaseRecord>, typeof dead | typeof living | null, string]>([
    ['alive', {}, living, 'leave'],
    ['dead', {}, dead, 'conclude'],
    ['succeeded and concluded nothing', {}, { ...dead, status: 'SUCCEEDED' }, 'conclude'],
    ['its execution is gone', {}, null, 'conclude'],
    ['ended', { phase: 'ended' }, dead, 'leave'],
    ['waits for its build', { phase: 'waitingForBuild', executionArn: null }, null, 'leave'],
    ['never started, long ago', { phase: 'gating', executionArn: null }, null, 'start'],
    ['not started yet', { phase: 'gating', executionArn: null, startedAt: at(29) }, null, 'leave'],
  ])('a release that is %s', (_name, changes, fate, act) => {
    expect(careForRelease({ ...record, ...changes }, fate, NOW).act).toBe(act);
  });

  test('every phase of a release is cared for', () => {
    const phases: ReleasePhase[] = [
      'waitingForBuild',
      'waitingForPush',
      'gating',
      'promoting',
      'ended',
    ];
    for (const phase of phases)
      expect(careForRelease({ ...record, phase }, living, NOW)).toEqual({ act: 'leave' });
  });

  test.each<[RolloutPhase, string | null, boolean]>([
    ['planned', null, true],
    ['preparing', null, true],
    ['preparing', at(20), false],
    ['shifting', null, true],
    ['baking', null, true],
    ['rollingBack', null, true],
    ['completed', at(20), false],
    ['rolledBack', at(20), false],
    ['stuck', at(20), false],
  ])('a rollout in %s, ended at %s: unfinished is %s', (phase, endedAt, expected) => {
    expect(unfinished({ phase, endedAt })).toBe(expected);
  });

  test('a dead holder’s lock is freed, but not while there is something to undo', () => {
    const lock = { key: 'k', token: 1, owner: 'arn', leaseUntil: 0, since: 0, rolloutId: null };
    const rollout = { phase: 'shifting', endedAt: null } as RolloutRecord;
    const free = (alive: boolean, one: RolloutRecord | null) =>
      mayBeFreed(lock, { alive, rollout: one });
    expect(free(false, null)).toBe(true);
    expect(free(true, null)).toBe(false);
    expect(free(false, rollout)).toBe(false);
    expect(free(false, { ...rollout, phase: 'rolledBack' })).toBe(true);
  });
});
