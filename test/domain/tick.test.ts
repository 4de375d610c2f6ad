import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { observed as counted, type JudgeState } from '../../functions/domain/judge/judge.ts';
import { firstObservation, type Observation } from '../../functions/domain/observation.ts';
import { condemns } from '../../functions/domain/rollback.ts';
import { freshEvidence } from '../../functions/domain/step-evidence.ts';
import { Analysis, type Strategy } from '../../functions/domain/target.ts';
import { decide, HOOK_SECONDS_MAX, shareCarried } from '../../functions/domain/tick.ts';
import type { AlarmState, Sight, Terms } from '../../functions/domain/tick-sight.ts';
import { split } from '../../functions/domain/weights.ts';

const START = Date.UTC(2026, 0, 1, 12);
const roles = { stable: 'blue', candidate: 'green' };
const PATIENCE = 7_200;
const analysis = Analysis.parse({
  errorRatioMax: 0.01,
  latencyP99MsMax: null,
  requestsMin: 100,
  patienceSeconds: PATIENCE,
  settleSeconds: 120,
});
const terms: Terms = {
  strategy: { kind: 'linear', stepPercent: 10, everySeconds: 360 },
  bakeSeconds: 1_800,
  servesUsers: true,
  analysis,
  roles,
  versions: { stable: '1', candidate: '2' },
};

/** A judge that saw one minute of both colors, nine times as much of stable. */
const judge = (requests: number, bad: number, stableBad = 0): JudgeState => {
  const { judge: fresh } = freshEvidence(START, analysis);
  if (requests === 0) return fresh;
  const candidate = { requests, bad: Math.min(requests, bad) };
  const stable = { requests: 9 * requests, bad: stableBad };
  return counted(fresh, { seconds: 60, readings: { alb: { errors: { stable, candidate } } } });
};

const observed = (
  weightPercent: number,
  requests = 0,
  bad = 0,
  over: Partial<Observation> = {},
): Observation => ({
  ...firstObservation(START, analysis),
  weightPercent,
  firstShiftAt: weightPercent === 0 ? null : new Date(START).toISOString(),
  evidence: { ...freshEvidence(START, analysis), judge: judge(requests, bad) },
  ...over,
});

const alias = (percent: number): Sight['pointer'] => {
  if (percent === 100) return { version: '2', additional: null, revisionId: 'r' };
  const additional = percent === 0 ? null : { version: '2', share: percent / 100 };
  return { version: '1', additional, revisionId: 'r' };
};

const sight = (over: Partial<Sight> & { at?: number; rule?: number } = {}): Sight => ({
  now: START + (over.at ?? 300) * 1000,
  deployment: { status: 'InProgress', errorCode: null, errorMessage: null, targetPercent: null },
  pointer: alias(10),
  weights: split(roles, over.rule ?? 0),
  overrideOn: false,
  alarms: new Map<string, AlarmState | null>([['errors', 'OK']]),
  healthy: { stable: 3, candidate: 3 },
  hook: null,
  ...over,
});

describe('tick: the mirror', () => {
  test('the first step needs no evidence, only a healthy candidate', () => {
    expect(decide(terms, observed(0), sight()).writePercent).toBe(10);
    const unhealthy = sight({ healthy: { stable: 3, candidate: 0 } });
    expect(decide(terms, observed(0), unhealthy).writePercent).toBeNull();
  });

  test('a late first tick still begins with the first step', () => {
    expect(decide(terms, observed(0), sight({ pointer: alias(40) })).writePercent).toBe(10);
  });

  test('the next weight comes only when the present step has passed', () => {
    const now = sight({ pointer: alias(20), rule: 10 });
    expect(decide(terms, observed(10, 99), now).writePercent).toBeNull();
    expect(decide(terms, observed(10, 100), now).writePercent).toBe(20);
    expect(
      decide(terms, observed(10, 100), sight({ pointer: alias(10), rule: 10 })).writePercent,
    ).toBeNull();
  });

  test("CodeDeploy's own word bounds as the alias does", () => {
    const deployment = { ...sight().deployment, targetPercent: 10 };
    const now = sight({ pointer: alias(20), rule: 10, deployment });
    expect(decide(terms, observed(10, 100), now).writePercent).toBeNull();
  });

  test('where nobody is served the mirror follows the alias', () => {
    const quiet = { ...terms, servesUsers: false };
    expect(decide(quiet, observed(0), sight({ pointer: alias(40) })).writePercent).toBe(40);
  });

  test('never above the alias, never a step ahead of the evidence, never back', () => {
    const strategies: Strategy[] = [
      terms.strategy,
      { kind: 'canary', percent: 5, everySeconds: 60 },
      { kind: 'blueGreen' },
      { kind: 'allAtOnce' },
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...strategies),
        fc.boolean(),
        fc.integer({ min: 0, max: 10 }),
        fc.integer({ min: 0, max: 100 }),
        fc.nat(300),
        fc.nat(5),
        fc.constantFrom<AlarmState | null>('OK', 'INSUFFICIENT_DATA', null),
        (strategy, servesUsers, step, aliasPercent, requests, bad, alarm) => {
          const present = Math.min(step * 10, aliasPercent);
          const all = { ...terms, strategy, servesUsers };
          const now = sight({
            pointer: alias(aliasPercent),
            rule: present,
            alarms: new Map([['errors', alarm]]),
          });
          const plan = decide(all, observed(present, requests, bad), now);
          if (plan.writePercent === null) return;
          expect(plan.decision).toBe('continue');
          expect(plan.writePercent).toBeGreaterThan(present);
          expect(plan.writePercent).toBeLessThanOrEqual(aliasPercent);
          expect(split(roles, plan.writePercent).reduce((sum, { weight }) => sum + weight, 0)).toBe(
            100,
          );
          const proven = plan.judgement.verdict === 'pass' && alarm === 'OK';
          const exempt = !servesUsers || strategy.kind === 'allAtOnce' || present === 0;
          expect(exempt || proven).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('tick: back', () => {
  test.each([
    ['an alarm', { alarms: new Map([['errors', 'ALARM' as const]]) }, 'alarm'],
    [
      'a failed deployment',
      { deployment: { ...sight().deployment, status: 'Failed', errorCode: 'TIMEOUT' } },
      'codeDeploy',
    ],
    [
      "CodeDeploy's stop for an alarm",
      { deployment: { ...sight().deployment, status: 'Stopped', errorCode: 'ALARM_ACTIVE' } },
      'alarm',
    ],
    ['the override', { overrideOn: true }, 'alarm'],
    ['a foreign weight', { weights: split(roles, 70) }, 'drift'],
    ['a foreign group', { weights: [{ targetGroupArn: 'red', weight: 100 }] }, 'drift'],
    [
      'a foreign version',
      { pointer: { version: '1', additional: { version: '7', share: 0.1 }, revisionId: 'r' } },
      'drift',
    ],
    ['an alias that went back', { pointer: alias(0) }, 'drift'],
    ['a dead candidate', { healthy: { stable: 3, candidate: 0 } }, 'candidate'],
  ] as [string, Partial<Sight>, string][])('%s', (_name, over, cause) => {
    const plan = decide(terms, observed(10, 100), sight({ rule: 10, ...over }));
    expect(plan).toMatchObject({ decision: 'rollBack', cause, writePercent: null });
    expect(plan.reason).not.toBe('');
  });

  test('bad answers condemn', () => {
    const plan = decide(terms, observed(10, 100, 15), sight({ rule: 10 }));
    expect(plan).toMatchObject({ decision: 'rollBack', cause: 'judge', page: null });
    expect(plan.reason).toContain("15 of the candidate's 100 requests were bad (15 %)");
    expect(plan.judgement.evidence).toMatchObject({
      condemnedBy: 'alb',
      condemnAt: 1_000,
      rollout: { candidate: { requests: 100, bad: 15 } },
    });
  });

  test('a ceiling that stable breaks as well goes back, and does not name the candidate', () => {
    const evidence = { ...freshEvidence(START, analysis), judge: judge(1_000, 300, 2_700) };
    const plan = decide(terms, observed(10, 0, 0, { evidence }), sight({ rule: 10 }));
    expect(plan).toMatchObject({ decision: 'rollBack', cause: 'ceiling' });
    expect(condemns('ceiling')).toBe(false);
  });

  test('out of patience: no evidence, no promotion', () => {
    const now = (seconds: number) => sight({ rule: 10, at: seconds });
    expect(decide(terms, observed(10), now(PATIENCE)).decision).toBe('continue');
    expect(decide(terms, observed(10), now(PATIENCE + 1))).toMatchObject({
      decision: 'rollBack',
      cause: 'noEvidence',
    });
  });

  test('metrics that were never known neither move nor stay for ever', () => {
    const { judge: fresh } = freshEvidence(START, analysis);
    const unknown = { ...fresh, ticks: { known: 0, unknown: 40 } };
    const evidence = { ...freshEvidence(START, analysis), judge: unknown };
    const present = observed(10, 0, 0, { evidence });
    const during = decide(terms, present, sight({ pointer: alias(20), rule: 10, at: PATIENCE }));
    expect(during).toMatchObject({ decision: 'continue', writePercent: null });
    expect(during.judgement.verdict).toBe('error');
    const after = sight({ pointer: alias(20), rule: 10, at: PATIENCE + 1 });
    expect(decide(terms, present, after)).toMatchObject({
      decision: 'rollBack',
      cause: 'noEvidence',
    });
  });

  test('a weight that this tick would write is an earlier try of it, not drift', () => {
    const plan = decide(terms, observed(10, 100), sight({ pointer: alias(20), rule: 20 }));
    expect(plan).toMatchObject({ decision: 'continue', adoptPercent: 20, writePercent: null });
  });

  test.each([
    ['unreadable alarms', null],
    ['an alarm that does not exist', new Map([['errors', null]])],
    ['an alarm without data', new Map([['errors', 'INSUFFICIENT_DATA' as const]])],
  ])('%s hold, and neither condemn nor acquit', (_name, alarms) => {
    const plan = decide(terms, observed(10, 500), sight({ pointer: alias(20), rule: 10, alarms }));
    expect(plan).toMatchObject({ decision: 'continue', writePercent: null });
    expect(plan.judgement.verdict).toBe('inconclusive');
  });
});

describe('tick: a rule that cannot be written', () => {
  const since = (seconds: number) => ({
    mirrorFailingSince: new Date(START + (300 - seconds) * 1000).toISOString(),
    mirrorTriedPercent: 20,
  });
  const behind = (seconds: number) => observed(10, 100, 0, since(seconds));
  const now = (rule: number) => sight({ pointer: alias(20), rule });

  test.each([0, 90, 180])('for %d s: tried again', (seconds) => {
    expect(decide(terms, behind(seconds), now(10))).toMatchObject({
      decision: 'continue',
      writePercent: 20,
    });
  });

  test('for longer than three minutes: back, and nothing is said of the version', () => {
    const { decision, cause, reason } = decide(terms, behind(181), now(10));
    expect({ decision, cause }).toEqual({ decision: 'rollBack', cause: 'mirror' });
    expect(reason).toContain('for 181 s: it gives the candidate 10 %');
    expect(condemns('mirror')).toBe(false);
  });

  test('a bad candidate is condemned all the same', () => {
    const bad = observed(10, 400, 200, since(600));
    expect(decide(terms, bad, now(10)).cause).toBe('judge');
  });

  test('a write without an answer that was taken is taken on, whatever the evidence says by now', () => {
    for (const requests of [100, 99]) {
      const plan = decide(terms, observed(10, requests, 0, since(600)), now(20));
      expect(plan).toMatchObject({ decision: 'continue', adoptPercent: 20 });
    }
  });

  test('where nothing more is allowed nothing lags', () => {
    expect(decide(terms, observed(10, 99, 0, since(600)), now(10)).decision).toBe('continue');
  });
});

describe('tick: bake and hook', () => {
  const hook = { id: 'h', deploymentId: 'd', calledAt: new Date(START).toISOString() };
  const succeeded = { ...sight().deployment, status: 'Succeeded' };
  const all = { pointer: alias(100), rule: 100 };

  test('the hook is held through the bake, then answered, then done', () => {
    const during = decide(terms, observed(100, 500), sight({ ...all, hook, at: 600 }));
    expect(during).toMatchObject({ decision: 'continue', answerHook: false });
    const over = decide(terms, observed(100, 500), sight({ ...all, hook, at: 1_800 }));
    expect(over).toMatchObject({ decision: 'continue', answerHook: true });
    const answered = { ...observed(100, 500), hookAnswered: 'h' };
    const end = sight({ ...all, hook, at: 1_815, deployment: succeeded });
    expect(decide(terms, answered, end)).toMatchObject({ decision: 'done', answerHook: false });
  });

  test('a bake without enough requests does not end', () => {
    const plan = decide(
      terms,
      observed(100, 50),
      sight({ ...all, at: 1_900, deployment: succeeded }),
    );
    expect(plan.decision).toBe('continue');
  });

  test('after 50 minutes the hook is answered whatever the evidence, and the rule stays', () => {
    const now = sight({ pointer: alias(100), rule: 10, hook, at: HOOK_SECONDS_MAX });
    expect(decide(terms, observed(10, 5), now)).toMatchObject({
      decision: 'continue',
      answerHook: true,
      writePercent: null,
    });
  });

  test('all at once has no bake', () => {
    const once = { ...terms, strategy: { kind: 'allAtOnce' as const }, bakeSeconds: 0 };
    const now = sight({ ...all, deployment: succeeded });
    expect(decide(once, observed(100), now).decision).toBe('done');
  });

  test('done is never said with less than everything at 100', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        fc.nat(500),
        fc.nat(10_000),
        (rule, aliasPercent, requests, at) => {
          const present = Math.min(rule, aliasPercent);
          const now = sight({
            pointer: alias(aliasPercent),
            rule: present,
            at,
            deployment: succeeded,
          });
          const plan = decide(terms, observed(present, requests), now);
          const everything = present === 100 && aliasPercent === 100;
          const earned = at >= terms.bakeSeconds && requests >= analysis.requestsMin;
          expect(plan.decision !== 'done' || (everything && earned)).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('waits stay within their bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), fc.nat(7_000), (step, at) => {
        const percent = step * 10;
        const plan = decide(
          terms,
          observed(percent, 500),
          sight({ pointer: alias(percent), rule: percent, at }),
        );
        if (plan.decision !== 'continue') return;
        expect(plan.waitSeconds).toBeGreaterThan(0);
        expect(plan.waitSeconds).toBeLessThanOrEqual(percent === 100 ? 120 : 60);
      }),
    );
  });
});

describe('tick: the look after the write of 100 %', () => {
  const blueGreen: Terms = { ...terms, strategy: { kind: 'blueGreen' }, servesUsers: false };

  test.each([
    ['a bake', 1_800, 120],
    ['a bake shorter than the longest wait', 90, 90],
    ['no bake and no users', 0, 15],
  ])('with %s', (_name, bakeSeconds, waitSeconds) => {
    const plan = decide({ ...blueGreen, bakeSeconds }, observed(0), sight({ pointer: alias(100) }));
    expect(plan).toMatchObject({ decision: 'continue', writePercent: 100, waitSeconds });
  });
});

describe('tick: what last good can carry', () => {
  test.each([
    [4, 4, 100],
    [4, 6, 100],
    [4, 3, 75],
    [4, 0, 0],
    [null, 2, 100],
    [null, 0, 0],
  ])('%s at the start, %s now: %s %%', (atStart, now, share) => {
    expect(shareCarried(atStart, now)).toBe(share);
  });
});
