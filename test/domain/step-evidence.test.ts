import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgementOf } from '../../functions/domain/judge/judgement.ts';
import {
  type Counting,
  fold,
  freshEvidence,
  nextEvidence,
  type Period,
  readableAt,
  readableWindow,
  StepEvidence,
} from '../../functions/domain/step-evidence.ts';
import { Analysis } from '../../functions/domain/target.ts';

const START = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const analysis = Analysis.parse({
  errorRatioMax: 0.01,
  latencyP99MsMax: null,
  requestsMin: 100,
  patienceSeconds: 7_200,
  settleSeconds: 120,
});
const period = (minute: number, over: Partial<Period> = {}): Period => ({
  startAt: START + minute * MINUTE,
  requests: 100,
  success: 100,
  redirect: null,
  clientError: null,
  serverError: null,
  fast: null,
  slow: null,
  failed: null,
  ...over,
});
const reading = (candidate: Period[], stable: Period[] = candidate, complete = true) => ({
  candidate: { complete, periods: candidate },
  stable: { complete: true, periods: stable },
});
const window = { from: START, until: START + 10 * MINUTE };
const freshly = (terms: Analysis = analysis): StepEvidence => ({
  ...freshEvidence(START - 2 * MINUTE, terms),
  readUntil: new Date(START).toISOString(),
});
const empty = freshly();
const shared: Counting = { analysis, stableServes: true };
const alone: Counting = { analysis, stableServes: false };
const readUntil = (minute: number) => new Date(START + minute * MINUTE).toISOString();
const candidateIn = (evidence: StepEvidence) => evidence.judge.step.candidate;

describe('step evidence: the cursor', () => {
  test('the period of a weight change and the first one after it are left out', () => {
    expect(freshEvidence(START + 20_000, analysis).readUntil).toBe('2026-01-01T12:02:00.000Z');
    expect(freshEvidence(START, analysis).readUntil).toBe('2026-01-01T12:01:00.000Z');
  });

  test('only closed periods that have settled are read', () => {
    const at = (seconds: number) =>
      readableWindow(empty, { now: START + seconds * 1000, settleSeconds: 120 });
    expect(at(179)).toBeNull();
    expect(at(180)).toEqual({ from: START, until: START + MINUTE });
    expect(readableAt(empty, 120)).toBe(START + 180_000);
  });

  test('each period counts once, however the reads fall', () => {
    const counts = [3, 0, 7, 0, 1, 9, 2, 0, 4, 5];
    const all = counts.map((bad, minute) =>
      period(minute, { success: 100 - bad, serverError: bad }),
    );
    const stable = counts.map((_, minute) => period(minute));
    const upTo = (evidence: StepEvidence, end: number) => {
      const seen = readableWindow(evidence, { now: START + end * MINUTE, settleSeconds: 0 });
      return seen === null ? evidence : fold(evidence, reading(all, stable), seen, shared);
    };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 8 }),
        (ends) => {
          expect(ends.reduce(upTo, empty)).toEqual(upTo(empty, Math.max(...ends)));
        },
      ),
    );
  });

  test('periods are bet on one by one, never as their sum', () => {
    // Stable is bad when it has little of the traffic: added up, an equal candidate looks much worse.
    const calm = (minute: number) => [
      period(minute, { requests: 100, success: 100 }),
      period(minute, { requests: 9_900, success: 9_900 }),
    ];
    const storm = (minute: number) => [
      period(minute, { requests: 9_000, success: 8_100, serverError: 900 }),
      period(minute, { requests: 1_000, success: 900, serverError: 100 }),
    ];
    const minutes = [...[0, 1, 2, 3].map(calm), ...[4, 5].map(storm)];
    const candidate = minutes.map(([first]) => first as Period);
    const stable = minutes.map(([, second]) => second as Period);
    const free = freshly({ ...analysis, errorRatioMax: 1 });
    const { judge } = fold(free, reading(candidate, stable), window, shared);
    expect(judge.ticks).toEqual({ known: 6, unknown: 0 });
    expect(judge.condemned).toBeNull();
  });

  test('a period that arrives late is counted when it is there, one passed over never', () => {
    const first = fold(empty, reading([period(0)]), window, shared);
    expect(first.readUntil).toBe(readUntil(1));
    const second = fold(first, reading([period(1), period(3)]), window, shared);
    expect(candidateIn(second).requests).toBe(300);
    expect(second.readUntil).toBe(readUntil(4));
    expect(second.judge.ticks).toEqual({ known: 3, unknown: 1 });
    const again = fold(second, reading([period(2), period(3)]), window, shared);
    expect(candidateIn(again).requests).toBe(300);
  });

  test('a new step keeps what speaks against the candidate and counts requests anew', () => {
    const bad = [0, 1].map((minute) => period(minute, { success: 99, serverError: 1 }));
    const stable = [0, 1].map((minute) => period(minute));
    const first = fold(empty, reading(bad, stable), window, shared);
    const second = nextEvidence(first, START + 5 * MINUTE);
    expect(second.readUntil).toBe(readUntil(6));
    expect(second.judge.bets).toEqual(first.judge.bets);
    expect(candidateIn(first).requests).toBe(200);
    expect(candidateIn(second).requests).toBe(0);
    expect(second.judge.rollout.candidate.requests).toBe(200);
  });

  test('a record from before there was a judge still reads', () => {
    const old = { readUntil: readUntil(3), candidate: { requests: 5, bad: 0 }, periods: 3 };
    expect(StepEvidence.parse(old).judge.ticks).toEqual({ known: 0, unknown: 0 });
  });

  test('a day of evidence is no larger than a minute of it', () => {
    const day = Array.from({ length: 1_440 }, (_, minute) =>
      period(minute, { success: 97, serverError: minute % 4 }),
    );
    const long = { from: START, until: START + 1_440 * MINUTE };
    const evidence = fold(freshly({ ...analysis, errorRatioMax: 1 }), reading(day), long, shared);
    expect(evidence.judge.ticks.known).toBe(1_440);
    expect(JSON.stringify(evidence).length).toBeLessThan(2_500);
    expect(StepEvidence.parse(JSON.parse(JSON.stringify(evidence)))).toEqual(evidence);
  });
});

describe('step evidence: what is not known', () => {
  test('a period without a request count is unknown, never zero', () => {
    const evidence = fold(empty, reading([period(0, { requests: null })]), window, shared);
    expect(evidence).toEqual(empty);
  });

  test('while stable serves, a period that only the candidate knows is waited for, then given up', () => {
    const candidate = [period(0)];
    const soon = { from: START, until: START + 9 * MINUTE };
    expect(fold(empty, reading(candidate, []), soon, shared)).toEqual(empty);
    const late = fold(empty, reading(candidate, [period(0)]), soon, shared);
    expect(late.judge.ticks).toEqual({ known: 1, unknown: 0 });
    const given = fold(empty, reading(candidate, []), window, shared);
    expect(given).toMatchObject({ readUntil: readUntil(1) });
    expect(given.judge.ticks).toEqual({ known: 0, unknown: 1 });
  });

  test('with every period unknown the verdict is error', () => {
    const candidate = Array.from({ length: 30 }, (_, minute) => period(minute));
    const long = { from: START, until: START + 60 * MINUTE };
    const { judge } = fold(empty, reading(candidate, []), long, shared);
    expect(judgementOf(judge, analysis)).toMatchObject({
      verdict: 'error',
      reason: 'the metrics of all 30 ticks are unknown',
    });
  });

  test('at 100 % stable has no metrics and needs none; nothing is compared', () => {
    const bad = period(0, { requests: 4, success: 2, serverError: 2 });
    const { judge } = fold(empty, reading([bad], []), window, alone);
    expect(judge.step).toEqual({
      stable: { requests: 0, bad: 0 },
      candidate: { requests: 4, bad: 2 },
    });
    expect(judge.bets).toEqual(empty.judge.bets);
  });

  test('a minute in which few users met only stable says nothing', () => {
    const stable = [0, 1, 2].map((minute) => period(minute));
    const evidence = fold(empty, reading([period(2)], stable), window, shared);
    expect(evidence.judge.ticks).toEqual({ known: 1, unknown: 2 });
    expect(evidence.judge.step.stable.requests).toBe(100);
  });

  test.each([
    ['of the candidate', reading([period(0)], [period(0)], false)],
    ['of stable', { ...reading([period(0)]), stable: { complete: false, periods: [period(0)] } }],
  ])('a partial answer %s counts for nothing, and the cursor stays', (_name, partial) => {
    expect(fold(empty, partial, window, shared)).toEqual(empty);
  });
});

describe('step evidence: bad', () => {
  test.each<[string, Partial<Period>, number]>([
    ['what has no 2xx, 3xx or 4xx', { success: 80, redirect: 5, clientError: 5 }, 10],
    ['a 5xx', { success: 93, serverError: 7 }, 7],
    ['a 5xx beside requests without an answer', { success: 90, serverError: 7 }, 10],
    ['nothing where a code is missing: it did not occur', { success: 100 }, 0],
    ['all of them where no code is known', { success: null }, 100],
    ['never less than none', { requests: 100, success: 104 }, 0],
    ['never more than there were', { requests: 10, success: null, serverError: 12 }, 10],
  ])('%s: %#', (_name, over, bad) => {
    const { judge } = fold(empty, reading([period(0, over)], [period(0)]), window, shared);
    expect(judge.step.candidate.bad).toBe(bad);
  });

  test('a request under way at the edge of a period is no bad answer, in whatever order', () => {
    // 5 or so are always under way; the counts of a period are off by how many more or fewer than before.
    const edges = [3, -3, 4, -4, 2, -2, 5, -5, 1, -1];
    const periods = edges.map((more, minute) => period(minute, { success: 100 - more }));
    const { judge } = fold(empty, reading(periods, periods), window, shared);
    expect(judge.step.candidate.requests).toBe(1_000);
    expect(judge.step.candidate.bad).toBeLessThanOrEqual(5);
  });

  test('answers beyond the requests hide as many without an answer, not a 5xx', () => {
    const periods = [
      period(0, { success: 104 }),
      period(1, { success: 96 }),
      period(2, { success: 99, serverError: 1 }),
    ];
    expect(fold(empty, reading(periods), window, shared).judge.step.candidate.bad).toBe(1);
  });

  test('without `unanswered` only a 5xx is bad', () => {
    const upgrades = period(0, { success: 20, serverError: 3 });
    const how = { ...shared, analysis: { ...analysis, unanswered: false } };
    expect(fold(empty, reading([upgrades]), window, how).judge.step.candidate.bad).toBe(3);
  });

  test("the service's own errors count as well, and a period without their value is unknown", () => {
    const own = { namespace: 'Shop', metric: 'Failed-{color}', dimensions: {} };
    const how = { ...shared, analysis: { ...analysis, errors: own } };
    const known = fold(empty, reading([period(0, { failed: 6 })]), window, how);
    expect(known.judge.step.candidate.bad).toBe(6);
    expect(fold(empty, reading([period(0)]), window, how)).toEqual(empty);
  });
});

describe('step evidence: slow', () => {
  const terms = { ...analysis, latencyP99MsMax: 800 };
  const timed = (minute: number, fast: number | null, slow: number | null) =>
    period(minute, { fast, slow });
  const judged = (candidate: Period[], stable: Period[]) =>
    fold(freshly(terms), reading(candidate, stable), window, { ...shared, analysis: terms }).judge;

  test('a candidate that is slower than stable is condemned, one that is as slow is not', () => {
    const minutes = [0, 1, 2, 3, 4];
    const slow = minutes.map((minute) => timed(minute, 70, 30));
    const fast = minutes.map((minute) => timed(minute, 100, null));
    expect(judged(slow, fast).condemned).toMatchObject({ by: 'alb' });
    expect(judgementOf(judged(slow, fast), terms).reason).toMatch(
      /^30 of the candidate's 100 requests were slower than 800 ms \(30 %\), of stable's 100 it was 0/,
    );
    const free = { ...terms, errorRatioMax: 1 };
    const both = fold(freshly(free), reading(slow, slow), window, { ...shared, analysis: free });
    expect(both.judge.condemned).toMatchObject({ by: 'slowCeiling' });
  });

  test('at most 1 % of the answers may be slower, even where stable has no traffic', () => {
    const periods = (slow: number) => [0, 1, 2].map((minute) => timed(minute, 1_000 - slow, slow));
    const baked = (slow: number) =>
      fold(freshly(terms), reading(periods(slow), []), window, { ...alone, analysis: terms }).judge;
    expect(judgementOf(baked(9), terms).verdict).toBe('pass');
    expect(judgementOf(baked(12), terms)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('slower than 800 ms, more than the 1 % allowed'),
    });
    expect(judgementOf(baked(60), terms)).toMatchObject({ verdict: 'fail' });
  });

  test.each<[string, Period[], Period[]]>([
    ['of the candidate', [timed(0, null, null)], [timed(0, 100, 0)]],
    ['of stable', [timed(0, 100, 0)], [timed(0, null, null)]],
  ])('response times %s that are not known acquit nobody', (_name, candidate, stable) => {
    const judge = judged(candidate, stable);
    expect(judge.slow?.step.candidate.requests).toBe(0);
    expect(judgementOf(judge, terms)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('response times of only 0 of the 100'),
    });
  });

  test('interpolated counts are rounded', () => {
    const judge = judged([timed(0, 98.6, 1.4)], [timed(0, 100, 0.2)]);
    expect(judge.slow?.step.candidate).toEqual({ requests: 100, bad: 1 });
  });
});

describe('step evidence: traces', () => {
  const terms = { ...analysis, xrayJudges: true };
  const counts = (requests: number, faults: number) =>
    [0, 1].map((minute) => ({
      startAt: START + minute * MINUTE,
      requests,
      faults,
    }));
  const periods = [period(0), period(1)];

  test('where they judge, faults of the candidate condemn beside a clean load balancer', () => {
    const seen = {
      ...reading(periods),
      traces: { stable: counts(90, 0), candidate: counts(10, 4) },
    };
    const { judge } = fold(freshly(terms), seen, window, { ...shared, analysis: terms });
    expect(judge.condemned?.by).toBe('xray');
    expect(judgementOf(judge, terms).reason).toContain("X-Ray's traces");
  });

  test('a minute that one color has no traces of is unknown to them, and known to the load balancer', () => {
    const seen = { ...reading(periods), traces: { stable: [], candidate: counts(10, 10) } };
    const { judge } = fold(freshly(terms), seen, window, { ...shared, analysis: terms });
    expect(judge.condemned).toBeNull();
    expect(judge.step.candidate.requests).toBe(200);
  });

  test('where they only explain, they are not even counted', () => {
    const seen = {
      ...reading(periods),
      traces: { stable: counts(90, 0), candidate: counts(10, 9) },
    };
    expect(fold(empty, seen, window, shared).judge.condemned).toBeNull();
  });
});
