import { millisecondsOf } from './instant.ts';
import type { Observation } from './observation.ts';
import type { Analysis } from './target.ts';
import type { Judgement } from './verdict.ts';

const HOUR = 3_600;
const PATIENCE_MIN = 2 * HOUR;
const PATIENCE_MAX = 24 * HOUR;

/** How many times as long a step may take as its requests should. */
const ROOM = 3;

/**
 * How long a step may stay without evidence: what is configured, else three times what the requests that it needs take at the
 * service's rate and the step's share, within bounds. Not known how many requests there are: the shortest.
 */
export const patienceOf = (
  analysis: Pick<Analysis, 'patienceSeconds' | 'requestsMin'>,
  at: { readonly percent: number; readonly requestsPerSecond: number | null },
): number => {
  if (analysis.patienceSeconds !== null) return analysis.patienceSeconds;
  if (at.requestsPerSecond === null) return PATIENCE_MIN;
  const perSecond = (at.requestsPerSecond * at.percent) / 100;
  const needed = Math.ceil((ROOM * analysis.requestsMin) / perSecond);
  return Math.min(PATIENCE_MAX, Math.max(PATIENCE_MIN, needed));
};

/** What is due at a step that does not pass. */
export interface Impatience {
  readonly due: 'nothing' | 'page' | 'rollBack';
  readonly patienceSeconds: number;
}

/**
 * Patience counts from the read-back of a weight that carries traffic, until its step has passed; in a bake the bake's own
 * length comes first. With the policy `page` a person is called when it ends, and the candidate goes back after as long again,
 * at most a day in all unless more was configured.
 */
export const impatience = (
  terms: { readonly analysis: Analysis; readonly bakeSeconds: number },
  observation: Observation,
  now: number,
  { verdict }: Pick<Judgement, 'verdict'>,
): Impatience => {
  const { analysis } = terms;
  const { weightPercent: percent, requestsPerSecond } = observation;
  const patienceSeconds = patienceOf(analysis, { percent, requestsPerSecond });
  const due = (what: Impatience['due']): Impatience => ({ due: what, patienceSeconds });
  if (percent === 0 || verdict === 'pass') return due('nothing');
  const bake = percent === 100 ? terms.bakeSeconds : 0;
  const waited = (now - millisecondsOf(observation.stepStartedAt)) / 1000 - bake;
  if (analysis.onInconclusive === 'rollBack') {
    return due(waited > patienceSeconds ? 'rollBack' : 'nothing');
  }
  const inAll = Math.max(patienceSeconds, Math.min(2 * patienceSeconds, PATIENCE_MAX));
  if (waited > inAll) return due('rollBack');
  // A patience of a day leaves no time after it: the person is called half-way.
  const pageAfter = Math.min(patienceSeconds, inAll / 2);
  return due(waited > pageAfter && observation.pagedAt === null ? 'page' : 'nothing');
};

/** A service's requests a second over hours of counts, from the first hour that has one; null where none has. */
export const rateOf = (
  hours: readonly { readonly startAt: number; readonly requests: number }[],
  until: number,
): number | null => {
  const from = Math.min(...hours.map(({ startAt }) => startAt));
  if (hours.length === 0 || until <= from) return null;
  const sum = hours.reduce((total, { requests }) => total + requests, 0);
  return (1000 * sum) / (until - from);
};
