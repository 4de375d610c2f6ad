import { describe, expect, test } from 'vitest';
import { explain } from '../../cli/view/explain.ts';
import { explanationText } from '../../cli/view/explain-text.ts';
import { type ChainedEvent, chained, GENESIS, headAfter } from '../../functions/domain/chain.ts';

// Goal: a release's events become a story that says who, what, which gate, how much traffic for how long, why back, and what now.
// Method: lists of events as the handlers write them; every ending has its own words and its own next step.

const RELEASE = 'checkout-1';
const ROLLOUT = {
  rolloutId: 'checkout-1-production-euw1-1',
  targetId: 'checkout/production/eu-west-1',
};
const NOW = Date.parse('2026-03-02T10:00:00Z');
const record = {
  releaseId: RELEASE,
  service: 'checkout',
  version: '1.2.0',
  digest: `sha256:${'a'.repeat(64)}`,
  configDigest: `sha256:${'b'.repeat(64)}`,
  startedBy: 'push',
  startedAt: '2026-03-02T09:00:00.000Z',
};

type Told = [time: string, kind: string, facts?: Record<string, unknown>];

const chainOf = (told: readonly Told[]): ChainedEvent[] => {
  const events: ChainedEvent[] = [];
  for (const [time, kind, facts = {}] of told) {
    const before = events.at(-1);
    const head = before === undefined ? GENESIS : headAfter(before);
    const at = `2026-03-02T${time}.000Z`;
    events.push(chained(RELEASE, head, { at, kind, facts, once: null }));
  }
  return events;
};

const started: Told[] = [
  ['09:00:00', 'ReleaseStarted', { startedBy: 'push', repository: 'shop/checkout' }],
  ['09:00:00', 'ReleaseAccepted', { attempt: 1, startedBy: 'push', reason: null }],
];
const shifted: Told[] = [
  ['09:01:00', 'RolloutStarted', ROLLOUT],
  ['09:02:00', 'WeightShifted', { ...ROLLOUT, fromPercent: 0, percent: 10 }],
  [
    '09:07:00',
    'WeightShifted',
    {
      ...ROLLOUT,
      fromPercent: 10,
      percent: 50,
      judgement: {
        verdict: 'pass',
        reason: '1 of 300 bad',
        evidence: {
          eValue: 0.4,
          condemnAt: 20,
          rollout: { stable: { requests: 2700, bad: 4 }, candidate: { requests: 300, bad: 1 } },
        },
      },
    },
  ],
];
const back = (cause: string, quarantined: boolean): Told[] => [
  ['09:09:00', 'RollbackStarted', { ...ROLLOUT, rollback: { cause, reason: 'too many bad' } }],
  [
    '09:09:30',
    'RolledBack',
    { ...ROLLOUT, cause, reason: 'too many bad', quarantined, lastGood: { version: '1.1.0' } },
  ],
  ['09:09:31', 'ReleaseConcluded', { outcome: 'rolledBack', reason: 'too many bad' }],
];
const story = (...told: Told[]) => explain(record, chainOf(told), NOW);

describe('explain: how much of it was seen', () => {
  test('share × time, until its rollback began', () => {
    const { rollouts } = story(...started, ...shifted, ...back('judge', true));
    expect(rollouts[0]).toMatchObject({
      place: 'production eu-west-1',
      end: 'rolledBack',
      // 10 % for 300 s, 50 % for 120 s.
      exposure: { peakPercent: 50, seconds: 420, fullSeconds: 90, until: expect.anything() },
      judge: { eValue: 0.4, condemnAt: 20, candidate: { requests: 300, bad: 1 } },
    });
  });

  test('while it is under way, until now', () => {
    const { rollouts, outcome, next } = story(...started, ...shifted);
    expect(outcome).toBeNull();
    expect(rollouts[0]?.exposure).toMatchObject({ until: null, seconds: 58 * 60 });
    expect(next).toEqual(['watch it: slipway status --watch']);
  });

  test('a rollback to an earlier release: live served until that took over', () => {
    const completed: Told = ['09:20:00', 'RolloutCompleted', ROLLOUT];
    const rollback = { cause: 'person', reason: 'ada: slow', to: { version: '1.0.0' } };
    const { rollouts } = story(
      ...started,
      ['09:01:00', 'RolloutStarted', ROLLOUT],
      ['09:10:00', 'WeightShifted', { ...ROLLOUT, fromPercent: 0, percent: 100 }],
      completed,
      ['09:30:00', 'RollbackStarted', { ...ROLLOUT, rollback }],
      [
        '09:32:00',
        'RolledBack',
        { ...ROLLOUT, cause: 'person', quarantined: true, lastGood: rollback.to },
      ],
    );
    expect(rollouts[0]).toMatchObject({
      end: 'completed, rolled back later',
      exposure: { seconds: 22 * 60 },
      back: { to: '1.0.0' },
    });
  });
});

describe('explain: every ending says what to do', () => {
  const scan = {
    verdict: 'fail',
    reason: 'scan gate: CVE-1 is CRITICAL',
    evidence: { children: [{ counts: { CRITICAL: 1 } }] },
  };
  test.each<[string, Told[], RegExp[]]>([
    [
      'condemned',
      [...started, ...shifted, ...back('judge', true)],
      [
        /^checkout 1\.2\.0: rolled back\n {2}too many bad\n/,
        /09:09:00 {2}went back: the judge condemned it\n/,
        /09:09:30 {2}1\.1\.0 serves again, verified, 30 s later\n/,
        /judge: candidate 1 bad of 300, stable 4 bad of 2700; evidence against the candidate 0\.4 \(20 condemns\)/,
        /up to 50 % of the traffic for 7 min, as much as all of it for 1 min 30 s/,
        /slipway quarantine lift checkout-1 --service checkout --reason/,
      ],
    ],
    [
      'not judged',
      [...started, ...shifted, ...back('lostExecution', false)],
      [/its execution was lost/, /the version was not judged/, /may come again: slipway release/],
    ],
    [
      'lifted',
      [
        ...started,
        ...shifted,
        ...back('alarm', true),
        ['09:40:00', 'QuarantineLifted', { by: 'bea', reason: 'it was the database' }],
      ],
      [/lifted on 2026-03-02 09:40:00 by bea: it was the database/, /its quarantine was lifted/],
    ],
    [
      'rejected by its scan',
      [
        ...started,
        ['09:01:00', 'ScanJudged', scan],
        ['09:01:01', 'ReleaseConcluded', { outcome: 'rejected', reason: 'CVE-1 is CRITICAL' }],
      ],
      [
        /✗ scan: fail, CVE-1 is CRITICAL \(1 image scanned, 1 CRITICAL\)/,
        /rebuild on a mended base/,
      ],
    ],
    [
      'refused by preflight',
      [
        ...started,
        ['09:01:00', 'RolloutStarted', ROLLOUT],
        ['09:01:10', 'RolloutRefused', { ...ROLLOUT, reason: 'the override rule is on' }],
        [
          '09:01:11',
          'ReleaseConcluded',
          { outcome: 'rejected', reason: 'the override rule is on' },
        ],
      ],
      [/refused, traffic untouched: the override rule is on/, /mend what preflight found/],
    ],
    [
      'stuck',
      [
        ...started,
        ...shifted,
        ['09:09:00', 'RollbackStarted', { ...ROLLOUT, rollback: { cause: 'alarm', reason: 'x' } }],
        ['09:19:00', 'RollbackStuck', { ...ROLLOUT, reason: 'not authorized' }],
        ['09:19:01', 'ReleaseConcluded', { outcome: 'stuck', reason: 'not authorized' }],
      ],
      [/rollback stuck: not authorized/, /slipway rollback checkout production --region eu-west-1/],
    ],
    [
      'waived',
      [
        ...started,
        ['09:01:00', 'RolloutStarted', ROLLOUT],
        [
          '09:01:05',
          'CheckWaived',
          { ...ROLLOUT, check: 'schema', by: 'ada', reason: 'frozen', waived: 'no way back' },
        ],
      ],
      [/• schema: waived, ada: frozen \(it said: no way back\) \[production eu-west-1\]/],
    ],
  ])('%s', (_name, told, words) => {
    const text = explanationText(story(...told));
    for (const some of words) expect(text).toMatch(some);
  });
});
