import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lasted, sentenceOf, storyLines } from '../../cli/view/story.ts';
import { chain } from './seen.ts';

// Goal: every kind of event that the ledger may hold reads as a sentence: what, where, why.

const DIGEST = `sha256:${'a'.repeat(64)}`;
const at = { targetId: 'checkout/production/eu-west-1', rolloutId: 'checkout-1-production-euw1-1' };

describe('story: sentences', () => {
  test.each([
    [
      'ReleaseStarted',
      { startedBy: 'push', repository: 'shop/checkout', version: '1.2.0', digest: DIGEST },
      'release started by push of shop/checkout 1.2.0 (sha256:aaaaaaaaaaaa)',
    ],
    [
      'ReleaseAccepted',
      { attempt: 2, reason: 'again, please' },
      'release taken on, attempt 2: again, please',
    ],
    [
      'ScanJudged',
      { verdict: 'fail', reason: 'scan gate: the image: CVE-1 is CRITICAL' },
      'scan gate: fail: the image: CVE-1 is CRITICAL',
    ],
    [
      'ScanJudgedAgain',
      { environment: 'test', verdict: 'pass', reason: 'no finding' },
      'scan gate before test: pass: no finding',
    ],
    ['RolloutStarted', at, 'production eu-west-1: rollout started'],
    [
      'RolloutRefused',
      { ...at, reason: 'no data' },
      'production eu-west-1: rollout refused, traffic untouched: no data',
    ],
    [
      'WeightShifted',
      {
        ...at,
        fromPercent: 30,
        percent: 60,
        judgement: { verdict: 'pass', reason: '0 of 189 bad' },
      },
      'production eu-west-1: candidate from 30 % to 60 %: 0 of 189 bad',
    ],
    [
      'WeightShifted',
      {
        ...at,
        fromPercent: 0,
        percent: 30,
        judgement: { verdict: 'inconclusive', reason: '0 of 100' },
      },
      'production eu-west-1: candidate from 0 % to 30 %',
    ],
    ['BakeStarted', { ...at, bakeSeconds: 240 }, 'production eu-west-1: bakes for 4 min'],
    [
      'RolloutCompleted',
      { ...at, color: 'green' },
      'production eu-west-1: rollout completed, green is live',
    ],
    [
      'RollbackStarted',
      { ...at, rollback: { cause: 'alarm', reason: 'errors in ALARM' } },
      'production eu-west-1: rollback started (alarm): errors in ALARM',
    ],
    [
      'RolledBack',
      { ...at, quarantined: true, lastGood: { version: '1.1.0', digest: DIGEST } },
      'production eu-west-1: rolled back to 1.1.0 and verified, the pair is in quarantine',
    ],
    [
      'RolledBack',
      { ...at, quarantined: false, lastGood: null },
      'production eu-west-1: rolled back and verified',
    ],
    [
      'RollbackStuck',
      { ...at, reason: 'no answer' },
      'production eu-west-1: rollback stuck, a person must come: no answer',
    ],
    ['ReleaseConcluded', { outcome: 'rejected', reason: 'why' }, 'release ended, rejected: why'],
    [
      'SomethingNew',
      { ...at, tries: 3, reason: 'who knows', evidence: { a: 1 } },
      'production eu-west-1: something new (tries 3): who knows',
    ],
  ])('story: sentences: %s', (kind, facts, sentence) => {
    expect(sentenceOf({ kind, facts })).toBe(sentence);
  });

  test('story: sentences: a fact that is missing leaves no "undefined"', () => {
    for (const kind of kindsInTheCode()) {
      const sentence = sentenceOf({ kind, facts: {} });
      expect(sentence).not.toMatch(/undefined|null|NaN|\[object/);
    }
  });

  test('story: sentences: no kind that handlers write is told word by word', () => {
    const kinds = kindsInTheCode();
    expect(kinds).toContain('WeightShifted');
    expect(kinds).toContain('ReleaseWaits');
    const generic = kinds.filter((kind) =>
      sentenceOf({ kind, facts: { marker: 'x' } }).includes('(marker x)'),
    );
    expect(generic).toEqual([]);
  });
});

describe('story: a chain', () => {
  const lines = (...events: Parameters<typeof chain>) =>
    storyLines(chain(...events)).map(({ text }) => text);

  test('story: a chain: an event that names only its rollout gets the place of the rollout', () => {
    const { rolloutId } = at;
    expect(lines(['RolloutStarted', at], ['BakeStarted', { rolloutId, bakeSeconds: 120 }])).toEqual(
      ['production eu-west-1: rollout started', 'production eu-west-1: bakes for 2 min'],
    );
  });

  test('story: a chain: without that, the place is read from the name of the rollout', () => {
    const { rolloutId } = at;
    expect(lines(['BakeStarted', { rolloutId, bakeSeconds: 120 }])).toEqual([
      'production euw1: bakes for 2 min',
    ]);
  });

  test('story: a chain: a reason is given once', () => {
    const reason = 'errors in ALARM';
    expect(
      lines(
        ['RollbackStarted', { ...at, rollback: { cause: 'alarm', reason } }],
        ['RolledBack', { ...at, reason, quarantined: false }],
        ['ReleaseConcluded', { outcome: 'rolledBack', reason }],
      ),
    ).toEqual([
      'production eu-west-1: rollback started (alarm): errors in ALARM',
      'production eu-west-1: rolled back and verified',
      'release ended, rolledBack',
    ]);
  });
});

describe('story: durations', () => {
  test.each([
    [-5, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [372_000, '6 min 12 s'],
    [3_720_000, '1 h 2 min'],
  ])('story: durations: %s ms', (milliseconds, words) => {
    expect(lasted(milliseconds)).toBe(words);
  });
});

/** Kinds of events by where they are written: what is no Kubernetes object. */
const kindsInTheCode = (): string[] => {
  const kubernetes = new Set([
    'Deployment',
    'Service',
    'TargetGroupBinding',
    'HorizontalPodAutoscaler',
    'PodDisruptionBudget',
    'Job',
    'Pod',
  ]);
  const files = readdirSync('functions', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const found = files.flatMap((file) =>
    [
      ...readFileSync(`functions/${file}`, 'utf8').matchAll(
        /(?:\bkind: |\btell\(tools, input, |\bhappened\()'([A-Z]\w+)'/g,
      ),
    ].flatMap(([, kind]) => (kind === undefined || kubernetes.has(kind) ? [] : [kind])),
  );
  return [...new Set(found)];
};
