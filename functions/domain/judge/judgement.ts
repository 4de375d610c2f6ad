import type { Judgement, Verdict } from '../verdict.ts';
import type { ColorCounts } from './allocation.ts';
import { type Condemnation, eValueOf, type JudgeState, logEOfSource, sourcesOf } from './judge.ts';
import { fromLog } from './log-space.ts';
import { freshBets, logEOf } from './multiples.ts';
import { alphaOf, type Metric } from './sources.ts';
import { BAD, leaning, listed, percent, share, slowerThan } from './words.ts';

/**
 * The verdict on the step. A step passes when the candidate got at least `requestsMin` requests in it, E stayed below
 * 1/α and the ceiling is kept; whoever asks adds the alarms, any of which may condemn.
 */
export const judgementOf = (
  state: JudgeState,
  { requestsMin }: { readonly requestsMin: number },
): Judgement => {
  const { alpha, errorRatioMax, step, rollout, slow, condemned, ticks } = state;
  const judged = (verdict: Verdict, reason: string): Judgement => ({
    verdict,
    reason,
    evidence: {
      eValue: recorded(eValueOf(state)),
      condemnAt: 1 / alpha,
      bySource: Object.fromEntries(
        sourcesOf(state).map((source) => [source, recorded(fromLog(logEOfSource(state, source)))]),
      ),
      condemnedBy: condemned?.by ?? null,
      atSeconds: condemned?.atSeconds ?? null,
      seconds: state.seconds,
      ticks,
      requestsMin,
      errorRatioMax,
      step,
      rollout,
      slow: slow === null ? null : counted(slow),
    },
  });
  if (condemned !== null) return judged('fail', whyCondemned(state, condemned));
  if (ticks.known === 0 && ticks.unknown > 0) {
    return judged('error', `the metrics of all ${ticks.unknown} ticks are unknown`);
  }
  const { requests } = step.candidate;
  if (requests < requestsMin) {
    return judged(
      'inconclusive',
      `the candidate had ${requests} of the ${requestsMin} requests that a step needs`,
    );
  }
  if (errorRatioMax !== null && share(step.candidate) > errorRatioMax) {
    return judged(
      'inconclusive',
      `${percent(share(step.candidate))} of the candidate's requests in this step were bad, more than the ${percent(errorRatioMax)} allowed, but too few to be sure`,
    );
  }
  const slowness = slow === null ? null : slowDoubt(slow, requestsMin);
  if (slowness !== null) return judged('inconclusive', slowness);
  const { stable, candidate } = rollout;
  const clean = stable.bad + candidate.bad + slowIn(slow) === 0 && eValueOf(state) === 1;
  return judged(
    'pass',
    clean ? listed(rollout) : `${compared(state)}; ${leaning(eValueOf(state), alpha)}`,
  );
};

/** Why the response times of a step don't let it pass; null where they do. Those that nobody knows acquit nobody. */
const slowDoubt = (slow: NonNullable<JudgeState['slow']>, requestsMin: number): string | null => {
  const { candidate } = slow.step;
  if (candidate.requests < requestsMin) {
    return `the response times of only ${candidate.requests} of the ${requestsMin} requests that a step needs are known`;
  }
  return share(candidate) > slow.ratioMax
    ? `${percent(share(candidate))} of the candidate's requests in this step were ${slowerThan(slow.limitMs)}, more than the ${percent(slow.ratioMax)} allowed, but too few to be sure`
    : null;
};

const whyCondemned = (state: JudgeState, { by, eValue }: Condemnation): string => {
  const { alpha, errorRatioMax, rollout, slow, seconds } = state;
  const ceiling = (candidate: ColorCounts, how: string, max: number): string =>
    `${percent(share(candidate))} of the candidate's ${candidate.requests} requests were ${how} in ${seconds} s: evidence of ${eValue.toPrecision(3)} against a rate of ${percent(max)} or less, ${Math.round(1 / alpha)} condemns`;
  if (by === 'ceiling') return ceiling(rollout.candidate, BAD, errorRatioMax ?? 0);
  if (by === 'slowCeiling' && slow !== null) {
    return ceiling(slow.rollout.candidate, slowerThan(slow.limitMs), slow.ratioMax);
  }
  if (by === 'xray') {
    return `by X-Ray's traces the candidate fails more often than stable, in ${seconds} s; ${leaning(eValue, alphaOf(by, sourcesOf(state), alpha))}`;
  }
  return `${compared(state)} in ${seconds} s; ${leaning(eValue, alphaOf('alb', sourcesOf(state), alpha))}`;
};

/** What the load balancer counted of both colors in the rollout, what says most first; slow answers where there were any. */
const compared = ({ bets, rollout, slow }: JudgeState): string => {
  const bad = listed(rollout);
  if (slow === null || slowIn(slow) === 0) return bad;
  const late = listed(slow.rollout, slowerThan(slow.limitMs));
  const evidence = (metric: Metric): number => logEOf(bets.alb?.[metric] ?? freshBets());
  return evidence('slow') > evidence('errors') ? `${late}; ${bad}` : `${bad}; ${late}`;
};

/** Slow answers of both colors in the rollout. */
const slowIn = (slow: JudgeState['slow']): number =>
  slow === null ? 0 : slow.rollout.stable.bad + slow.rollout.candidate.bad;

/** Evidence beyond these says no more, and the ledger keeps no number that is much larger or smaller. */
const E_MAX = 1e12;
const E_MIN = 1e-12;

const recorded = (eValue: number): number =>
  eValue < E_MIN ? 0 : Number(Math.min(eValue, E_MAX).toPrecision(4));

const counted = ({ ceiling: _, ...rest }: NonNullable<JudgeState['slow']>) => rest;
