import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freshEvidence, type StepEvidence } from '../../functions/domain/step-evidence.ts';
import type { Analysis } from '../../functions/domain/target.ts';
import { thresholds } from '../../functions/domain/thresholds.ts';

const analysis: Analysis = {
  errorRatioMax: 0.01,
  latencyP99MsMax: 800,
  requestsMin: 200,
  patienceSeconds: 600,
  settleSeconds: 120,
};
const evidence = (over: Partial<StepEvidence>): StepEvidence => ({
  ...freshEvidence(Date.UTC(2026, 0, 1)),
  ...over,
});

describe('thresholds', () => {
  test.each([
    ['no requests', { requests: 0, bad: 0 }, 'inconclusive'],
    ['too few, all good', { requests: 199, bad: 0 }, 'inconclusive'],
    ['too few, two bad: what 1 % of the least allows', { requests: 10, bad: 2 }, 'inconclusive'],
    ['too few, three bad: condemned all the same', { requests: 10, bad: 3 }, 'fail'],
    ['enough, exactly the limit', { requests: 200, bad: 2 }, 'pass'],
    ['enough, above it', { requests: 200, bad: 3 }, 'fail'],
    ['enough, all good', { requests: 5_000, bad: 0 }, 'pass'],
    ['a count below zero at the edge is none', { requests: 200, bad: -4 }, 'pass'],
  ] as const)('%s', (_name, candidate, verdict) => {
    expect(thresholds(evidence({ candidate }), analysis).verdict).toBe(verdict);
  });

  test.each([
    ['one slow period holds', { periods: 1, requests: 300 }, 'inconclusive'],
    ['two condemn', { periods: 2, requests: 300 }, 'fail'],
    ['two with too few requests hold', { periods: 2, requests: 40 }, 'inconclusive'],
    ['none passes', { periods: 0, requests: 0 }, 'pass'],
  ] as const)('%s', (_name, slow, verdict) => {
    const seen = evidence({ candidate: { requests: 400, bad: 0 }, slow, p99Ms: 900 });
    expect(thresholds(seen, analysis).verdict).toBe(verdict);
  });

  test('only requests seen can acquit, and more bad answers never help', () => {
    fc.assert(
      fc.property(fc.nat(3_000), fc.nat(100), fc.nat(100), (requests, bad, more) => {
        const judged = (count: number) =>
          thresholds(evidence({ candidate: { requests, bad: count } }), analysis).verdict;
        expect(judged(bad) !== 'pass' || requests >= analysis.requestsMin).toBe(true);
        expect(judged(bad) !== 'fail' || judged(bad + more) === 'fail').toBe(true);
      }),
    );
  });
});
