import { budgetDoubt } from './budget.ts';
import { judgementOf } from './judge/judgement.ts';
import type { Observation } from './observation.ts';
import type { AlarmState, Sight, Terms } from './tick-sight.ts';
import type { Judgement } from './verdict.ts';

/** One step at 100 % without a bake, and a Region without users, are proven by smoke tests and target health alone. */
export const needsEvidence = (terms: Pick<Terms, 'servesUsers' | 'strategy'>): boolean =>
  terms.servesUsers && terms.strategy.kind !== 'allAtOnce';

/** Requests are counted here: users', which are needed, or a probe's where nobody comes, which may condemn but need not acquit. */
export const gathersEvidence = (
  terms: Pick<Terms, 'servesUsers' | 'strategy' | 'analysis'>,
): boolean =>
  needsEvidence(terms) || (terms.analysis.probe !== null && terms.strategy.kind !== 'allAtOnce');

/** The judge's word, held back while an alarm or an error budget can't be believed. */
export const judgeStep = (terms: Terms, observation: Observation, sight: Sight): Judgement => {
  const doubt = doubtIn(terms, sight);
  const judged = judgedBy(terms, observation, sight);
  if (doubt === null || judged.verdict !== 'pass') return judged;
  return { ...judged, verdict: 'inconclusive', reason: doubt };
};

const judgedBy = (terms: Terms, observation: Observation, sight: Sight): Judgement => {
  if (needsEvidence(terms)) return judgementOf(observation.evidence.judge, terms.analysis);
  if (gathersEvidence(terms)) {
    const probed = judgementOf(observation.evidence.judge, terms.analysis);
    if (probed.verdict === 'fail') return probed;
  }
  return {
    verdict: 'pass',
    reason: `decided by smoke tests and target health: ${sight.healthy.candidate} healthy`,
    evidence: { healthy: sight.healthy.candidate },
  };
};

/** What holds a pass back: any signal may condemn, only all of them together acquit. */
export const doubtIn = (terms: Terms, sight: Sight): string | null =>
  alarmDoubt(terms, sight) ?? budgetDoubt(sight.budgets, terms.budgetsBefore ?? {});

const alarmDoubt = (terms: Terms, sight: Sight): string | null => {
  if (sight.alarms === null) return 'the watched alarms could not be read';
  const named = (wanted: AlarmState | null) =>
    [...(sight.alarms ?? [])].filter(([, state]) => state === wanted).map(([name]) => name);
  const missing = named(null);
  if (missing.length > 0) return `watched alarms do not exist: ${missing.join(', ')}`;
  const silent = named('INSUFFICIENT_DATA');
  if (silent.length > 0 && needsEvidence(terms)) {
    return `watched alarms have no data: ${silent.join(', ')}`;
  }
  return null;
};
