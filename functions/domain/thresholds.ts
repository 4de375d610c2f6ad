import type { StepEvidence } from './step-evidence.ts';
import type { Analysis } from './target.ts';
import type { Judgement } from './verdict.ts';

/** Says what a step's evidence means for the candidate. A port: another judge can stand in its place. */
export type Judge = (evidence: StepEvidence, analysis: Analysis) => Judgement;

/** Slow periods in a row that condemn. */
const SLOW_PERIODS = 2;

/** The simple judge: a highest share of bad answers, a highest 99th percentile, a least number of requests. */
export const thresholds: Judge = (evidence, analysis) => {
  const { requests } = evidence.candidate;
  const bad = Math.max(0, evidence.candidate.bad);
  const badMax = analysis.errorRatioMax * Math.max(requests, analysis.requestsMin);
  const figures = {
    candidate: { requests, bad },
    stable: { ...evidence.stable, bad: Math.max(0, evidence.stable.bad) },
    errorRatioMax: analysis.errorRatioMax,
    requestsMin: analysis.requestsMin,
    p99Ms: evidence.p99Ms,
    latencyP99MsMax: analysis.latencyP99MsMax,
    periods: evidence.periods,
    unknownPeriods: evidence.unknownPeriods,
    readUntil: evidence.readUntil,
  };
  const judged = (verdict: Judgement['verdict'], reason: string): Judgement => ({
    verdict,
    reason,
    evidence: figures,
  });
  if (bad > badMax) {
    return judged(
      'fail',
      `${bad} of the candidate's ${requests} requests were bad (${percent(bad, requests)}), more than ${percent(analysis.errorRatioMax, 1)} allow`,
    );
  }
  const { slow } = evidence;
  if (slow.periods >= SLOW_PERIODS && slow.requests >= analysis.requestsMin) {
    return judged(
      'fail',
      `the candidate's 99th percentile stayed above ${analysis.latencyP99MsMax} ms for ${slow.periods} min, last ${Math.round(evidence.p99Ms ?? 0)} ms`,
    );
  }
  if (requests < analysis.requestsMin) {
    return judged(
      'inconclusive',
      `the candidate had ${requests} of the ${analysis.requestsMin} requests that a step needs`,
    );
  }
  if (slow.periods > 0) {
    return judged(
      'inconclusive',
      `the candidate's 99th percentile is ${Math.round(evidence.p99Ms ?? 0)} ms, above ${analysis.latencyP99MsMax} ms`,
    );
  }
  return judged(
    'pass',
    `${bad} of the candidate's ${requests} requests were bad (${percent(bad, requests)})`,
  );
};

const percent = (part: number, whole: number): string =>
  `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(2)} %`;
