import { describe, expect, test } from 'vitest';
import {
  alarmFindings,
  RULE_DEPTH_MAX,
  type WatchedAlarm,
  type WatchedMetric,
} from '../../functions/domain/alarm-gate.ts';
import { leavesOf } from '../../functions/domain/alarm-rule.ts';
import type { LiveRecord } from '../../functions/domain/rollout.ts';
import { shopTarget } from '../functions/rollout/shop-target.ts';

const live = { color: 'blue' } as LiveRecord;
const plain = shopTarget();

/** A target that watches these alarms. */
const watching = (...watched: string[]) => ({
  ...plain,
  shiftable: plain.shiftable && {
    ...plain.shiftable,
    alarms: { watched, composite: 'hurting' },
  },
});

const metric = (over: Partial<WatchedMetric> = {}): WatchedMetric => ({
  namespace: 'Shop',
  name: 'Errors',
  dimensions: { Service: 'checkout' },
  companionHasData: false,
  seenLately: false,
  ...over,
});
const alarm = (name: string, over: Partial<WatchedAlarm> = {}): WatchedAlarm => ({
  name,
  state: 'OK',
  kind: 'metric',
  treatMissingData: 'missing',
  hasData: true,
  bandHasData: true,
  metrics: [metric()],
  rule: null,
  muted: false,
  suppressedBy: null,
  ...over,
});
const composite = (name: string, rule: string, over: Partial<WatchedAlarm> = {}) =>
  alarm(name, { kind: 'composite', rule, metrics: [], hasData: false, ...over });

const found = (alarms: WatchedAlarm[], watched = ['a'], liveHasRequests = true) =>
  alarmFindings(watching(...watched), live, { alarms, liveHasRequests });

describe('preflight: alarms: able to fire', () => {
  const balancer = (TargetGroup: string, over: Partial<WatchedMetric> = {}) =>
    metric({
      namespace: 'AWS/ApplicationELB',
      name: 'HTTPCode_Target_5XX_Count',
      dimensions: { LoadBalancer: 'app/edge/1', TargetGroup },
      ...over,
    });
  const silent = { hasData: false, treatMissingData: 'notBreaching' };

  test.each<[string, Partial<WatchedAlarm>, string | null]>([
    ['data', {}, null],
    ['no data, and missing data is missing', { hasData: false }, 'treats missing data as missing'],
    [
      'no data, and missing data is ignored',
      { hasData: false, treatMissingData: 'ignore' },
      'treats missing data as ignore',
    ],
    [
      'a rare metric of ours while live has requests',
      { ...silent, metrics: [balancer('green')] },
      null,
    ],
    [
      'a rare metric of a group that is no more',
      { ...silent, metrics: [balancer('targetgroup/renamed/9')] },
      'TargetGroup=targetgroup/renamed/9',
    ],
    [
      'a rare metric of another group that has requests',
      { ...silent, metrics: [balancer('targetgroup/other/9', { companionHasData: true })] },
      null,
    ],
    [
      'a metric of its own that was seen lately',
      { ...silent, metrics: [metric({ seenLately: true })] },
      null,
    ],
    ['a metric of its own that nobody ever saw', { ...silent }, 'Shop Errors {Service=checkout}'],
    ['no metric at all', { ...silent, metrics: [] }, 'it has no metric'],
    ['a trained band', { kind: 'anomaly' }, null],
    ['a band without values', { kind: 'anomaly', bandHasData: false }, 'trained the model'],
    [
      'a band whose metric is silent',
      { kind: 'anomaly', hasData: false },
      'treats missing data as missing',
    ],
  ])('an alarm with %s', (_name, over, words) => {
    const findings = found([alarm('a', over)]);
    if (words === null) expect(findings).toEqual([]);
    else {
      expect(findings).toMatchObject([{ check: 'alarms', verdict: 'inconclusive', subject: 'a' }]);
      expect(findings[0]?.reason).toContain(words);
      expect(findings[0]?.reason).toContain('a could not fire');
    }
  });

  test("without requests on live, a rare metric of ours can't be told from a dead one", () => {
    const alarms = [alarm('a', { ...silent, metrics: [balancer('green')] })];
    expect(found(alarms, ['a'], false)).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  test('an untrained band says so where the state is INSUFFICIENT_DATA', () => {
    const alarms = [
      alarm('a', { kind: 'anomaly', bandHasData: false, state: 'INSUFFICIENT_DATA' }),
    ];
    expect(found(alarms)[0]?.reason).toContain('not trained yet');
  });
});

describe('preflight: alarms: composite', () => {
  const dead = { hasData: false };

  test.each<[string, string, WatchedAlarm[], string | null]>([
    ['each child can', 'ALARM("b") OR ALARM("c")', [alarm('b'), alarm('c')], null],
    ['one child cannot', 'ALARM("b") OR ALARM("c")', [alarm('b'), alarm('c', dead)], 'child c'],
    [
      'a child that keeps it quiet need not',
      'ALARM(b) AND NOT (ALARM("c") OR FALSE)',
      [alarm('b'), alarm('c', dead)],
      null,
    ],
    [
      'a doubly negated child must',
      'NOT (ALARM(b) AND NOT ALARM(c))',
      [alarm('b'), alarm('c', dead)],
      'child c',
    ],
    [
      'a child that must be OK need not',
      'ALARM(b) AND OK(c)',
      [alarm('b'), alarm('c', dead)],
      null,
    ],
    ['a child by its ARN', 'ALARM("arn:aws:cloudwatch:eu-west-1:1:alarm:b")', [alarm('b')], null],
    [
      'a composite below it',
      'ALARM(b)',
      [composite('b', 'ALARM(c)'), alarm('c', dead)],
      'child b could not fire: its child c could not fire',
    ],
    ['nothing but a constant', 'FALSE', [], 'names no alarm'],
    ['a circle', 'ALARM(b)', [composite('b', 'ALARM(a)')], 'leads back to a'],
  ])('%s: %s', (_name, rule, children, words) => {
    const findings = found([composite('a', rule), ...children]);
    if (words === null) expect(findings).toEqual([]);
    else {
      expect(findings).toMatchObject([{ verdict: 'inconclusive', subject: 'a' }]);
      expect(findings[0]?.reason).toContain(words);
    }
  });

  test('a child that does not exist refuses at once', () => {
    expect(found([composite('a', 'ALARM(b)'), alarm('b', { state: null })])).toMatchObject([
      { verdict: 'fail', reason: expect.stringContaining('do not exist: b') },
    ]);
    expect(found([composite('a', 'OK(b)')])).toMatchObject([{ verdict: 'fail' }]);
  });

  test('a child that is watched itself speaks for itself, once', () => {
    const alarms = [composite('a', 'ALARM(b) OR FALSE'), alarm('b', dead)];
    expect(found(alarms, ['a', 'b']).map(({ subject }) => subject)).toEqual(['b']);
  });

  test('too deep is said, not followed for ever', () => {
    const names = Array.from({ length: RULE_DEPTH_MAX + 2 }, (_, index) => `c${index}`);
    const chain = names.map((name, index) => composite(name, `ALARM(c${index + 1})`));
    const findings = found([...chain, alarm(`c${names.length}`)], ['c0']);
    expect(findings[0]?.reason).toContain('deep');
  });

  test('a firing child of a quiet composite alarm is no finding', () => {
    const alarms = [
      composite('a', 'ALARM(b) AND ALARM(c)'),
      alarm('b', { state: 'ALARM' }),
      alarm('c'),
    ];
    expect(found(alarms)).toEqual([]);
  });
});

describe('preflight: alarms: whose actions do not run', () => {
  test.each<[string, Partial<WatchedAlarm>]>([
    ['muted', { muted: true }],
    ['suppressed', { suppressedBy: 'Alarm' }],
  ])('a %s alarm counts like any other', (_name, over) => {
    expect(found([alarm('a', over)])).toEqual([]);
    expect(found([alarm('a', { ...over, state: 'ALARM' })])).toMatchObject([
      { verdict: 'inconclusive', reason: 'a is in ALARM' },
    ]);
  });
});

describe('alarm rules', () => {
  test.each([
    ['ALARM(a)', 'a'],
    ['ALARM("a b") AND NOT ALARM(c)', 'a b,!c'],
    ["ALARM('it\\'s') OR (NOT (OK(b) OR INSUFFICIENT_DATA(c)) AND ALARM(d))", "it's,!b,!c,d"],
    ['NOT NOT ALARM(a)', 'a'],
    ['NOT TRUE OR ALARM(a)', 'a'],
    ['TRUE', ''],
  ])('%s', (rule, expected) => {
    const leaves = leavesOf(rule).map(({ alarm: name, negated }) => `${negated ? '!' : ''}${name}`);
    expect(leaves.join(',')).toBe(expected);
  });
});
