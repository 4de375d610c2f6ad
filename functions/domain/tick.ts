import { type BudgetsBefore, budgetWords, newlyBreached } from './budget.ts';
import { isoOf, millisecondsOf } from './instant.ts';
import { invariant } from './invariant.ts';
import { stableBrokeItToo } from './judge/judge.ts';
import { MIRROR_LAG_SECONDS_MAX, mirrorLagSeconds } from './mirror.ts';
import type { Observation } from './observation.ts';
import { impatience } from './patience.ts';
import { pointerPercent } from './pointer.ts';
import { readableAt } from './step-evidence.ts';
import { doubtIn, judgeStep, needsEvidence } from './step-judgement.ts';
import type { Target } from './target.ts';
import type { Cause, Plan, Sight, Terms } from './tick-sight.ts';
import type { Judgement } from './verdict.ts';
import { candidatePercentIn, mirrorPercent, nextStep, type Roles } from './weights.ts';

/** CodeDeploy fails a deployment whose hook is not answered in an hour. */
export const HOOK_SECONDS_MAX = 50 * 60;
const SHIFT_WAIT_MAX = 60;
const BAKE_WAIT_MAX = 120;
const WAIT_MIN = 5;
const SOON = 15;

export const termsOf = (
  target: Target,
  at: { roles: Roles; versions: Terms['versions']; budgetsBefore?: BudgetsBefore },
): Terms => ({
  strategy: target.strategy,
  bakeSeconds: target.strategy.kind === 'allAtOnce' ? 0 : target.bakeSeconds,
  servesUsers: target.servesUsers,
  analysis: target.analysis,
  ...at,
});

/** Going on, done, or back: from what was seen, and nothing else. `observation` already counts this tick's metrics. */
export const decide = (terms: Terms, observation: Observation, sight: Sight): Plan => {
  const judgement = judgeStep(terms, observation, sight);
  const present = candidatePercentIn(sight.weights, terms.roles);
  const danger = dangerIn(terms, observation, sight, present, judgement);
  if (danger !== null) {
    return {
      decision: 'rollBack',
      ...danger,
      judgement,
      writePercent: null,
      adoptPercent: null,
      answerHook: false,
      page: null,
      waitSeconds: 0,
    };
  }
  invariant(present !== null, 'a rule without its two groups is drift');
  const aliasPercent = aliasPercentIn(terms, sight);
  invariant(aliasPercent !== null, 'an alias with foreign versions is drift');
  const wanted = mirrorPercent({
    presentPercent: observation.weightPercent,
    aliasPercent,
    allowedPercent: allowedPercent(terms, observation, sight, judgement),
  });
  const adoptPercent = present !== observation.weightPercent ? present : null;
  const writePercent = wanted > present ? wanted : null;
  const everywhere = present === 100 && aliasPercent === 100 && adoptPercent === null;
  const bakingSince = bakingSinceIn(observation);
  const baked = bakingSince !== null && bakePassed(terms, bakingSince, sight, judgement);
  const hookDue =
    sight.hook !== null &&
    observation.hookAnswered !== sight.hook.id &&
    (baked || sight.now >= millisecondsOf(sight.hook.calledAt) + HOOK_SECONDS_MAX * 1000);
  const done = baked && sight.deployment.status === 'Succeeded' && everywhere;
  // What this tick writes begins the bake, so the next look is the bake's first, or its last where there is none.
  const begins = writePercent === 100;
  const { due, patienceSeconds } = impatience(terms, observation, sight.now, judgement);
  const nothingToSee = begins && terms.bakeSeconds === 0 && !needsEvidence(terms);
  return {
    decision: done ? 'done' : 'continue',
    cause: null,
    reason: judgement.reason,
    judgement,
    writePercent,
    adoptPercent,
    answerHook: hookDue,
    page: due === 'page' ? unproven(observation, patienceSeconds, judgement) : null,
    waitSeconds: done
      ? 0
      : wait(terms, observation, sight, {
          bakingSince: begins ? isoOf(sight.now) : bakingSince,
          baked: baked || nothingToSee,
          aliasPercent,
        }),
  };
};

/** The bake begins with the read-back of 100 %, for which the alias had to be there already. */
export const bakingSinceIn = (observation: Observation): string | null =>
  observation.weightPercent === 100 ? observation.stepStartedAt : null;

interface Danger {
  readonly cause: Cause;
  readonly reason: string;
}

const dangerIn = (
  terms: Terms,
  observation: Observation,
  sight: Sight,
  present: number | null,
  judgement: Judgement,
): Danger | null => {
  const firing = [...(sight.alarms ?? [])].filter(([, state]) => state === 'ALARM');
  if (firing.length > 0) {
    return { cause: 'alarm', reason: `in ALARM: ${firing.map(([name]) => name).join(', ')}` };
  }
  const { deployment } = sight;
  if (deployment.status === 'Failed' || deployment.status === 'Stopped') {
    const why = [deployment.errorCode, deployment.errorMessage].filter(Boolean).join(': ');
    return {
      cause: deployment.errorCode === 'ALARM_ACTIVE' ? 'alarm' : 'codeDeploy',
      reason: `CodeDeploy's deployment is ${deployment.status}${why === '' ? '' : ` (${why})`}`,
    };
  }
  if (sight.overrideOn) {
    // This tick still holds the lock, so no rollback has claimed the target: only the alarm fast path writes without it.
    return { cause: 'alarm', reason: 'the alarm fast path has turned the override on' };
  }
  const drift = driftIn(terms, observation, sight, present, judgement);
  if (drift !== null) return { cause: 'drift', reason: drift };
  if (observation.weightPercent > 0 && sight.healthy.candidate === 0) {
    return {
      cause: 'candidate',
      reason: `the candidate has ${observation.weightPercent} % of the traffic and no healthy target`,
    };
  }
  if (judgement.verdict === 'fail') {
    // A ceiling that stable breaks as well is no word about the candidate.
    const shared = stableBrokeItToo(observation.evidence.judge);
    return { cause: shared ? 'ceiling' : 'judge', reason: judgement.reason };
  }
  const lagging = lagIn(terms, observation, sight, present, judgement);
  if (lagging !== null) return { cause: 'mirror', reason: lagging };
  // A budget is the whole service's, not a color's: it says that users have had enough, not that this pair is to blame.
  const spent = newlyBreached(sight.budgets, terms.budgetsBefore ?? {});
  if (spent.length > 0) return { cause: 'slo', reason: spent.map(budgetWords).join('; ') };
  const { due, patienceSeconds } = impatience(terms, observation, sight.now, judgement);
  if (due === 'rollBack') {
    return { cause: 'noEvidence', reason: unproven(observation, patienceSeconds, judgement) };
  }
  return null;
};

const unproven = (
  { weightPercent }: Observation,
  patienceSeconds: number,
  { reason }: Judgement,
): string => `no pass within ${patienceSeconds} s at ${weightPercent} %: ${reason}`;

/** A difference that this rollout did not make: said, not fought. */
const driftIn = (
  terms: Terms,
  observation: Observation,
  sight: Sight,
  present: number | null,
  judgement: Judgement,
): string | null => {
  if (present === null) {
    return 'the weighted rule no longer forwards to exactly blue and green at 100 in all';
  }
  const aliasPercent = aliasPercentIn(terms, sight);
  if (aliasPercent === null) {
    return `the alias stands at version ${sight.pointer.version}${sight.pointer.additional === null ? '' : ` and ${sight.pointer.additional.version}`}, not at ${terms.versions.stable} and ${terms.versions.candidate}`;
  }
  if (aliasPercent < observation.weightPercent) {
    return `the alias gives the candidate ${aliasPercent} %, less than the ${observation.weightPercent} % it had`;
  }
  // A write that got no answer may have been taken.
  if (present === observation.weightPercent || present === observation.mirrorTriedPercent) {
    return null;
  }
  const next = mirrorPercent({
    presentPercent: observation.weightPercent,
    aliasPercent,
    allowedPercent: allowedPercent(terms, observation, sight, judgement),
  });
  if (present === next) return null;
  return `the weighted rule gives the candidate ${present} %, last written were ${observation.weightPercent} %`;
};

/** Whether the rule has lagged too long behind what alias and evidence allow; `dangerIn` has ruled drift out. */
const lagIn = (
  terms: Terms,
  observation: Observation,
  sight: Sight,
  present: number | null,
  judgement: Judgement,
): string | null => {
  const seconds = mirrorLagSeconds(observation, sight.now);
  if (present !== observation.weightPercent || seconds <= MIRROR_LAG_SECONDS_MAX) return null;
  const wanted = mirrorPercent({
    presentPercent: present,
    aliasPercent: aliasPercentIn(terms, sight) ?? 0,
    allowedPercent: allowedPercent(terms, observation, sight, judgement),
  });
  if (wanted <= present) return null;
  return `the weighted rule could not be written for ${Math.round(seconds)} s: it gives the candidate ${present} %, alias and evidence allow ${wanted} %`;
};

/** The lower of what the alias does and what CodeDeploy says it does; null when other versions are behind it. */
const aliasPercentIn = (terms: Terms, sight: Sight): number | null => {
  const alias = pointerPercent(sight.pointer, terms.versions);
  if (alias === null) return null;
  const { status, targetPercent } = sight.deployment;
  if (status === 'Succeeded' || targetPercent === null) return alias;
  return Math.min(alias, Math.floor(targetPercent + 1e-6));
};

/** The present weight, or the next declared one once this one has passed. */
const allowedPercent = (
  terms: Terms,
  observation: Observation,
  sight: Sight,
  judgement: Judgement,
): number => {
  if (sight.healthy.candidate === 0 || doubtIn(terms, sight) !== null) {
    return observation.weightPercent;
  }
  if (!needsEvidence(terms)) return 100;
  const proven = observation.weightPercent === 0 || judgement.verdict === 'pass';
  return proven ? nextStep(terms.strategy, observation.weightPercent) : observation.weightPercent;
};

const bakePassed = (
  terms: Terms,
  bakingSince: string,
  sight: Sight,
  judgement: Judgement,
): boolean =>
  sight.now >= millisecondsOf(bakingSince) + terms.bakeSeconds * 1000 &&
  judgement.verdict === 'pass' &&
  sight.healthy.candidate > 0;

/** Until the nearest moment at which something can be new, and within the bound of the phase. */
const wait = (
  terms: Terms,
  observation: Observation,
  sight: Sight,
  at: { bakingSince: string | null; baked: boolean; aliasPercent: number },
): number => {
  if (at.baked || at.aliasPercent === 0) return SOON;
  const baking = at.bakingSince !== null;
  const moments = [sight.now + (baking ? BAKE_WAIT_MAX : SHIFT_WAIT_MAX) * 1000];
  const bakeUntil =
    at.bakingSince === null ? null : millisecondsOf(at.bakingSince) + terms.bakeSeconds * 1000;
  if (bakeUntil !== null) moments.push(bakeUntil);
  // In a bake each period counts, but none of them lets anything begin before the bake's end.
  if (needsEvidence(terms) && (bakeUntil === null || bakeUntil <= sight.now)) {
    moments.push(readableAt(observation.evidence, terms.analysis.settleSeconds));
  }
  if (sight.hook !== null && observation.hookAnswered !== sight.hook.id) {
    moments.push(millisecondsOf(sight.hook.calledAt) + HOOK_SECONDS_MAX * 1000);
  }
  const ahead = moments.filter((moment) => moment > sight.now);
  const nearest = Math.min(...ahead);
  return Math.max(WAIT_MIN, Math.ceil((nearest - sight.now) / 1000));
};

/** How much of all traffic last good can carry now, measured by the healthy targets that carried all of it when the shift began. */
export const shareCarried = (healthyAtStart: number | null, healthyNow: number): number => {
  if (healthyAtStart === null || healthyNow >= healthyAtStart) return healthyNow > 0 ? 100 : 0;
  return Math.floor((100 * healthyNow) / healthyAtStart);
};
