import { describe, expect, test } from 'vitest';
import { factsBetween } from '../../cli/view/facts.ts';
import type { SeenTarget } from '../../cli/view/look.ts';
import { chain, known, story, target, version } from './seen.ts';

// Goal: between two looks every change is told once, in words, and nothing that is no change.

const NAME = '12:00:00  checkout production eu-west-1: ';
const shifting = (percent: number, over: Partial<SeenTarget> = {}): SeenTarget =>
  target({
    candidate: version('1.2.0'),
    phase: 'shifting',
    weights: { stable: 100 - percent, candidate: percent },
    ...over,
  });
const preparing = shifting(0, { phase: 'preparing' });
const overridden = shifting(0, {
  overridden: true,
  phase: 'rollingBack',
  reason: 'errors in ALARM',
});

describe('facts', () => {
  test.each<[string, SeenTarget, SeenTarget, string[]]>([
    ['nothing changed', target(), target(), []],
    ['a candidate comes', target(), preparing, ['1.2.0 is prepared, 1.1.0 serves']],
    [
      'the first of all',
      target({ live: null, phase: null }),
      shifting(0, { live: null, phase: 'preparing' }),
      ['1.2.0 is prepared, the first here'],
    ],
    ['the first step', preparing, shifting(30), ['30 % of traffic on 1.2.0']],
    ['a further step', shifting(30), shifting(60), ['60 % of traffic on 1.2.0']],
    [
      'a new phase that says no more than the weight did',
      shifting(30, { phase: 'preparing' }),
      shifting(30),
      [],
    ],
    [
      'the bake',
      shifting(100),
      shifting(100, { phase: 'baking' }),
      ['1.2.0 has all traffic and is watched for a while (baking)'],
    ],
    [
      'the end',
      shifting(100, { phase: 'baking' }),
      target({ live: version('1.2.0') }),
      ['completed, 1.2.0 serves'],
    ],
    [
      'the override, without a word on the weight that it hides',
      shifting(30),
      overridden,
      ['override on: everything goes to last good, 1.1.0', 'rolling back: errors in ALARM'],
    ],
    [
      'after the override, the reason is not said again',
      overridden,
      target({ phase: 'rolledBack', reason: 'errors in ALARM' }),
      ['rolled back, 1.1.0 serves', 'override off'],
    ],
    [
      'rolled back unseen',
      target(),
      target({ phase: 'rolledBack', reason: 'x' }),
      ['rolled back, 1.1.0 serves: x'],
    ],
    [
      'stuck',
      overridden,
      { ...overridden, phase: 'stuck' },
      ['stuck, a person must come: errors in ALARM'],
    ],
    [
      'refused',
      preparing,
      target({ phase: 'planned', refused: true }),
      ['refused, traffic untouched'],
    ],
  ])('facts: %s', (_name, then, now, facts) => {
    expect(factsBetween(known([then]), known([now]))).toEqual(facts.map((fact) => NAME + fact));
  });

  test.each<[string, SeenTarget, string]>([
    ['at rest', target(), '1.1.0 serves'],
    ['nothing there', target({ live: null, phase: null }), 'nothing serves yet'],
    ['amid a shift', shifting(30), '1.1.0 serves, 1.2.0 has 30 % (shifting)'],
    ['under an override', overridden, '1.1.0 serves, 1.2.0 has 0 % (rollingBack), override on'],
  ])('facts: the first look says how it stands: %s', (_name, now, fact) => {
    expect(factsBetween(null, known([now]))).toEqual([NAME + fact]);
  });

  test('facts: a step is told with what the one before was judged by', () => {
    const events = chain([
      'WeightShifted',
      {
        targetId: 'checkout/production/eu-west-1',
        fromPercent: 30,
        percent: 60,
        judgement: { verdict: 'pass', reason: '0 of 189 bad' },
      },
    ]);
    expect(
      factsBetween(known([shifting(30)], [story()]), known([shifting(60)], [story(events)])),
    ).toEqual([`${NAME}60 % of traffic on 1.2.0 (0 of 189 bad)`]);
  });

  test('facts: decisions come first, the end of the release last', () => {
    const events = chain(
      ['ScanJudged', { verdict: 'pass', reason: 'no finding' }],
      ['RolloutStarted', { targetId: 'checkout/production/eu-west-1' }],
      ['ReleaseConcluded', { outcome: 'released', reason: null }],
    );
    const end = target({ live: version('1.2.0') });
    expect(factsBetween(known([shifting(100)], [story()]), known([end], [story(events)]))).toEqual([
      '12:00:00  checkout scan gate: pass: no finding',
      `${NAME}completed, 1.2.0 serves`,
      '12:00:00  checkout release ended, released',
    ]);
  });

  test('facts: what happened before the first look is history', () => {
    const events = chain(['ScanJudged', { verdict: 'pass', reason: 'no finding' }]);
    expect(factsBetween(null, known([], [story(events)]))).toEqual([]);
    expect(factsBetween(known([], []), known([], [story(events)]))).toHaveLength(1);
  });

  test('facts: a scan that still passes is no news, one that fails is', () => {
    const again = (verdict: string) =>
      factsBetween(
        known([], [story()]),
        known(
          [],
          [story(chain(['ScanJudgedAgain', { environment: 'test', verdict, reason: 'r' }]))],
        ),
      );
    expect(again('pass')).toEqual([]);
    expect(again('fail')).toEqual(['12:00:00  checkout scan gate before test: fail: r']);
  });
});
