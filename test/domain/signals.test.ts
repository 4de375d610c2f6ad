import { describe, expect, test } from 'vitest';
import { fastPathStep } from '../../functions/domain/alarm-event.ts';
import { type BudgetStatus, budgetReport } from '../../functions/domain/budget.ts';
import { observed as counted } from '../../functions/domain/judge/judge.ts';
import { firstObservation, type Observation } from '../../functions/domain/observation.ts';
import { condemns } from '../../functions/domain/rollback.ts';
import { freshEvidence } from '../../functions/domain/step-evidence.ts';
import { Analysis } from '../../functions/domain/target.ts';
import { decide } from '../../functions/domain/tick.ts';
import type { AlarmState, Sight, Terms } from '../../functions/domain/tick-sight.ts';
import { split } from '../../functions/domain/weights.ts';

// Goal: each signal, in each state that it can be in, has the effect that docs/signals.md says, and no other.
// Method: the pure decision of a tick that would pass by everything else it sees.
const START = Date.UTC(2026, 0, 1, 12);
const roles = { stable: 'blue', candidate: 'green' };
const analysis = Analysis.parse({
  errorRatioMax: 0.01,
  latencyP99MsMax: null,
  requestsMin: 100,
  patienceSeconds: 7_200,
  settleSeconds: 120,
});
const terms: Terms = {
  strategy: { kind: 'linear', stepPercent: 10, everySeconds: 360 },
  bakeSeconds: 600,
  servesUsers: true,
  analysis,
  roles,
  versions: { stable: '1', candidate: '2' },
  budgetsBefore: { slo: 'OK' },
};

/** A candidate that has had enough requests without a fault. */
const observation = (weightPercent: number, requests = 1_000, bad = 0): Observation => {
  const fresh = freshEvidence(START, analysis);
  const candidate = { requests, bad };
  const stable = { requests: 9_000, bad: 0 };
  const judge =
    requests === 0
      ? fresh.judge
      : counted(fresh.judge, { seconds: 60, readings: { alb: { errors: { stable, candidate } } } });
  return {
    ...firstObservation(START, analysis),
    weightPercent,
    firstShiftAt: new Date(START).toISOString(),
    evidence: { ...fresh, judge },
  };
};

const alias = (percent: number): Sight['pointer'] =>
  percent === 100
    ? { version: '2', additional: null, revisionId: 'r' }
    : { version: '1', additional: { version: '2', share: percent / 100 }, revisionId: 'r' };

const sight = (percent: number, over: Partial<Sight>): Sight => ({
  now: START + 900_000,
  deployment: {
    status: percent === 100 ? 'Succeeded' : 'InProgress',
    errorCode: null,
    errorMessage: null,
    targetPercent: null,
  },
  pointer: alias(percent === 100 ? 100 : 20),
  weights: split(roles, percent),
  overrideOn: false,
  alarms: new Map<string, AlarmState | null>([['errors', 'OK']]),
  healthy: { stable: 3, candidate: 3 },
  hook: null,
  ...over,
});

/** What a tick does in the shift at 10 %, and at the end of the bake. */
const effects = (over: Partial<Sight>, of: Partial<Terms> = {}, seen = observation) => {
  const all = { ...terms, ...of };
  const shift = decide(all, seen(10), sight(10, over));
  const bake = decide(all, seen(100), sight(100, over));
  const word = (plan: typeof shift, passes: boolean): string =>
    plan.decision === 'rollBack' ? `rolls back (${plan.cause})` : passes ? 'passes' : 'holds';
  return [word(shift, shift.writePercent === 20), word(bake, bake.decision === 'done')];
};

describe('signals: an alarm, in shift and bake', () => {
  const states = (state: AlarmState | null) => ({ alarms: new Map([['errors', state]]) });

  test.each<[string, Partial<Sight>, string]>([
    ['OK', states('OK'), 'passes'],
    ['ALARM', states('ALARM'), 'rolls back (alarm)'],
    ['INSUFFICIENT_DATA', states('INSUFFICIENT_DATA'), 'holds'],
    ['missing, or deleted in the middle', states(null), 'holds'],
    ['a throttled read', { alarms: null }, 'holds'],
    [
      'one of two in ALARM',
      {
        alarms: new Map([
          ['a', 'OK'],
          ['b', 'ALARM'],
        ]),
      },
      'rolls back (alarm)',
    ],
    [
      'one of two unknown',
      {
        alarms: new Map<string, AlarmState | null>([
          ['a', 'OK'],
          ['b', null],
        ]),
      },
      'holds',
    ],
  ])('%s', (_name, over, expected) => {
    expect(effects(over)).toEqual([expected, expected]);
  });

  test('where nobody is served, an alarm without data does not hold', () => {
    const quiet = { servesUsers: false };
    expect(effects(states('INSUFFICIENT_DATA'), quiet)[1]).toBe('passes');
    expect(effects(states(null), quiet)[1]).toBe('holds');
    expect(effects(states('ALARM'), quiet)[1]).toBe('rolls back (alarm)');
  });

  test('a muted alarm acts on the fast path like any other', () => {
    const row = {
      phase: 'shifting' as const,
      rolloutId: 'r1',
      watchedAlarms: ['errors'],
      firstShiftAt: new Date(START).toISOString(),
    };
    const event = { alarmName: 'errors', at: START + 1, now: START + 2 };
    expect(fastPathStep(row, { ...event, value: 'ALARM' }).act).toBe('act');
    expect(fastPathStep(row, { ...event, value: 'OK' }).act).toBe('record');
    expect(fastPathStep(row, { ...event, value: 'INSUFFICIENT_DATA' }).act).toBe('record');
  });
});

describe('signals: an error budget, in shift and bake', () => {
  const budgets = (status: BudgetStatus) => ({
    budgets: budgetReport([{ slo: 'slo', status, attainment: 99, goal: 99.9, left: null }], START),
  });

  test.each<[string, Partial<Sight>, string]>([
    ['OK', budgets('OK'), 'passes'],
    ['BREACHED', budgets('BREACHED'), 'rolls back (slo)'],
    ['WARNING', budgets('WARNING'), 'holds'],
    ['INSUFFICIENT_DATA', budgets('INSUFFICIENT_DATA'), 'holds'],
    ['deleted in the middle', budgets('missing'), 'holds'],
    ['a throttled read', { budgets: null }, 'holds'],
    ['none watched', {}, 'passes'],
  ])('%s', (_name, over, expected) => {
    expect(effects(over)).toEqual([expected, expected]);
  });

  test('what was so before the rollout is not its doing', () => {
    for (const status of ['WARNING', 'BREACHED'] as const) {
      expect(effects(budgets(status), { budgetsBefore: { slo: status } })).toEqual([
        'passes',
        'passes',
      ]);
    }
  });

  test('it condemns nobody; but a judge who does is believed first', () => {
    expect(condemns('slo')).toBe(false);
    const bad = (percent: number) => observation(percent, 1_000, 200);
    expect(effects(budgets('BREACHED'), {}, bad)).toEqual([
      'rolls back (judge)',
      'rolls back (judge)',
    ]);
  });
});

describe('signals: metrics', () => {
  const silent = (percent: number) => observation(percent, 0);

  test('no data: no pass; where nobody is served smoke tests and health decide', () => {
    expect(effects({}, {}, silent)).toEqual(['holds', 'holds']);
    expect(effects({}, { servesUsers: false }, silent)[1]).toBe('passes');
  });

  test("a probe's requests may condemn where nobody is served, and are not needed to pass", () => {
    const probed = {
      servesUsers: false,
      analysis: { ...analysis, probe: { path: '/', perMinute: 60 } },
    };
    const bad = (percent: number) => observation(percent, 1_000, 200);
    expect(effects({}, probed, silent)[1]).toBe('passes');
    expect(effects({}, probed, bad)[1]).toMatch(/^rolls back/);
    expect(effects({}, { servesUsers: false }, bad)[1]).toBe('passes');
  });
});
