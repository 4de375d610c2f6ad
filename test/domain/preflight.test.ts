import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WatchedAlarm } from '../../functions/domain/alarm-gate.ts';
import {
  CLEARANCE_SECONDS,
  judgePreflight,
  mayMatch,
  type PreflightSight,
  patternsMeet,
} from '../../functions/domain/preflight.ts';
import type { LiveRecord } from '../../functions/domain/rollout.ts';
import { shopTarget } from '../functions/rollout/shop-target.ts';

const target = shopTarget();
const groups = { blue: 'tg/blue/1', green: 'tg/green/1' };
const live: LiveRecord = {
  releaseId: 'release',
  rolloutId: 'r0',
  digest: `sha256:${'b'.repeat(64)}`,
  configDigest: `sha256:${'c'.repeat(64)}`,
  version: '1.1.0',
  color: 'blue',
  pointerVersion: '2',
  since: '2026-01-01T00:00:00.000Z',
  lastGood: null,
  token: 1,
};
const of = {
  ...target,
  shiftable: target.shiftable && {
    ...target.shiftable,
    route: { ...target.shiftable.route, targetGroupArns: groups, hosts: ['shop.example.com'] },
  },
};
const requests = {
  namespace: 'AWS/ApplicationELB',
  name: 'HTTPCode_Target_5XX_Count',
  dimensions: { LoadBalancer: 'app/edge/1', TargetGroup: 'tg/green/1' },
  companionHasData: false,
  seenLately: false,
};
const quiet: WatchedAlarm = {
  name: 'checkout-errors',
  state: 'OK',
  kind: 'metric',
  treatMissingData: 'notBreaching',
  hasData: true,
  bandHasData: true,
  metrics: [requests],
  rule: null,
  muted: false,
  suppressedBy: null,
};
const fit: PreflightSight = {
  alarms: [quiet],
  budgets: [],
  liveHasRequests: true,
  pointer: { version: '2', additional: null, revisionId: 'r' },
  weights: [
    { targetGroupArn: groups.blue, weight: 100 },
    { targetGroupArn: groups.green, weight: 0 },
  ],
  ruleSticky: false,
  overrideOn: false,
  earlierRules: [],
  groups: [groups.blue, groups.green].map((targetGroupArn) => ({
    targetGroupArn,
    attached: true,
    sticky: false,
    slowStartSeconds: 0,
    deregistrationSeconds: 30,
  })),
  tagKeys: ['team'],
};
const judge = (over: Partial<PreflightSight>, waited = 0, record: LiveRecord | null = live) =>
  judgePreflight(of, record, { ...fit, ...over }, waited);

describe('preflight', () => {
  test('a fit target passes', () => {
    expect(judge({})).toMatchObject({ verdict: 'pass', waitSeconds: 0 });
  });

  test.each([
    ['an alarm that does not exist', { alarms: [{ ...quiet, state: null }] }, 'does not exist'],
    [
      'an alias at two versions',
      { pointer: { ...fit.pointer, additional: { version: '3', share: 0.1 } } },
      'two versions',
    ],
    ['an alias at another version', { pointer: { ...fit.pointer, version: '9' } }, 'live is 2'],
    [
      'a rule that serves the other color',
      { weights: [...fit.weights].map((each) => ({ ...each, weight: 100 - each.weight })) },
      'does not serve live',
    ],
    [
      'a rule that serves both',
      { weights: fit.weights.map((each) => ({ ...each, weight: 50 })) },
      'does not serve live',
    ],
    ['the override is on', { overrideOn: true }, 'override rule is on'],
    ['group stickiness', { ruleSticky: true }, 'stickiness'],
    [
      'stickiness of a group',
      { groups: fit.groups.map((each) => ({ ...each, sticky: true })) },
      'stickiness',
    ],
    [
      'slow start',
      { groups: fit.groups.map((each) => ({ ...each, slowStartSeconds: 30 })) },
      'slow start',
    ],
    [
      'a deregistration delay of minutes',
      { groups: fit.groups.map((each) => ({ ...each, deregistrationSeconds: 300 })) },
      'deregistration delay to 60 s',
    ],
    [
      'a group without a load balancer',
      { groups: fit.groups.map((each) => ({ ...each, attached: false })) },
      'attached to no load balancer',
    ],
    [
      'a rule without the idle group',
      { weights: fit.weights.slice(0, 1) },
      'does not name the green group',
    ],
    [
      'a foreign rule before ours',
      { earlierRules: [{ ruleArn: 'r/x/1', priority: 1, conditions: [] }] },
      'stands before ours',
    ],
    [
      "the controller's listener",
      { tagKeys: ['elbv2.k8s.aws/cluster'] },
      'Load Balancer Controller',
    ],
  ] as [string, Partial<PreflightSight>, string][])('%s refuses', (_name, over, words) => {
    const { verdict, reason } = judge(over);
    expect(verdict).toBe('fail');
    expect(reason).toContain(words);
  });

  test.each([
    ['in ALARM', { state: 'ALARM' as const }],
    ['without data', { state: 'INSUFFICIENT_DATA' as const }],
    ['that could not fire', { hasData: false, treatMissingData: 'missing' }],
  ])('an alarm %s is waited for, and refuses in the end', (_name, over) => {
    const alarms = [{ ...quiet, ...over }];
    expect(judge({ alarms })).toMatchObject({ verdict: 'inconclusive', waitSeconds: 60 });
    expect(judge({ alarms }, CLEARANCE_SECONDS)).toMatchObject({ verdict: 'fail' });
  });

  test('a metric that is reported only when it is not zero needs company', () => {
    const alarms = [{ ...quiet, hasData: false }];
    expect(judge({ alarms }).verdict).toBe('pass');
    expect(judge({ alarms, liveHasRequests: false }).verdict).toBe('inconclusive');
  });

  test('before a first release, and where nobody is served, silence is no fault', () => {
    const alarms = [{ ...quiet, state: 'INSUFFICIENT_DATA' as const, hasData: false }];
    expect(judge({ alarms }, 0, null).verdict).toBe('pass');
    expect(judgePreflight({ ...of, servesUsers: false }, live, { ...fit, alarms }, 0).verdict).toBe(
      'pass',
    );
    expect(judge({ alarms: [{ ...quiet, state: 'ALARM' }] }, 0, null).verdict).toBe('inconclusive');
  });

  test('everything that is wrong is said at once', () => {
    const { reason } = judge({ overrideOn: true, ruleSticky: true });
    expect(reason).toContain('override');
    expect(reason).toContain('stickiness');
  });
});

describe('preflight: rules that could take our requests', () => {
  const route = { hosts: ['shop.example.com'], paths: ['/api/*'] };
  const host = (...Values: string[]) => ({ Field: 'host-header', HostHeaderConfig: { Values } });
  const path = (...Values: string[]) => ({ Field: 'path-pattern', PathPatternConfig: { Values } });
  test.each([
    ['no conditions', [], true],
    ['our host', [host('shop.example.com')], true],
    ['our host in capitals', [host('SHOP.example.com')], true],
    ['a wildcard over it', [host('*.example.com')], true],
    ['another host', [host('other.example.com')], false],
    ['our host, another path', [host('shop.example.com'), path('/admin/*')], false],
    ['our host, a path inside', [host('shop.example.com'), path('/api/v1')], true],
    ['any host, our path', [path('/api/*')], true],
    ['a path in other letters', [path('/API/*')], false],
    ['another kind of condition only narrows', [{ Field: 'http-header' }], true],
    [
      'older form of a description',
      [{ Field: 'host-header', Values: ['other.example.com'] }],
      false,
    ],
  ])('%s: %#', (_name, conditions, matches) => {
    expect(mayMatch(conditions, route)).toBe(matches);
  });

  test('two patterns meet where one text matches both', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    const matches = (of: string, with_: string) =>
      new RegExp(`^${of.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(with_);
    fc.assert(
      fc.property(pattern, pattern, text, (a, b, some) => {
        expect(patternsMeet(a, b)).toBe(patternsMeet(b, a));
        const both = matches(a, some) && matches(b, some);
        expect(!both || patternsMeet(a, b)).toBe(true);
        expect(/[*?]/.test(a) || patternsMeet(a, b) === matches(b, a)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
