import { z } from 'zod';
import { busOf } from '../adapters/bus.ts';
import { tryWeights } from '../adapters/fenced-rule.ts';
import { hold } from '../adapters/hold.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { probe } from '../adapters/tick-probe.ts';
import {
  explain,
  look,
  type TickEnv,
  TickInput,
  type Tools,
  toolsOf,
} from '../adapters/tick-reads.ts';
import { isoOf } from '../domain/instant.ts';
import { invariant } from '../domain/invariant.ts';
import { mirrorFailed, mirrorLagSeconds, mirrorWell } from '../domain/mirror.ts';
import { afterWrite, Observation } from '../domain/observation.ts';
import { bakingSinceIn, decide, shareCarried, termsOf } from '../domain/tick.ts';
import type { Plan, Sight } from '../domain/tick-sight.ts';
import { candidatePercentIn, split } from '../domain/weights.ts';
import { rolloutTold } from '../events/rollout-told.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Output = z.object({
  decision: z.enum(['continue', 'done', 'rollBack']),
  waitSeconds: z.int().nonnegative(),
  cause: z.string().nullable(),
  reason: z.string().nullable(),
  observation: Observation,
});

/** The observation is carried in the execution, so its words are kept short. */
const REASON_MAX = 500;

/** How soon a write that failed is tried again. */
const MIRROR_RETRY_SECONDS = 15;

/** Mirrors the alias onto the load balancer as far as the evidence allows, reads back, and says: go on, done, or back. */
export const tick =
  (world: World<TickEnv>) =>
  async (input: TickInput): Promise<z.input<typeof Output>> => {
    const tools = toolsOf(world, input);
    await hold(tools, input.lock, input.rollout.environmentLock);
    const { sight, observation, row } = await look(tools, input);
    const { prepared } = input;
    const terms = termsOf(prepared.target, {
      roles: tools.roles,
      versions: tools.versions,
      budgetsBefore: prepared.budgetsBefore,
    });
    const plan = decide(terms, observation, sight);
    const reason = plan.reason.slice(0, REASON_MAX);
    const judged = { ...observation, verdict: plan.judgement.verdict, reason };
    if (plan.decision === 'rollBack') {
      if (plan.cause === 'mirror') measureLag(tools, input, observation);
      await tell(tools, input, 'RollbackDecided', 'decided', {
        cause: plan.cause,
        judgement: plan.judgement,
        reason,
        traces: await explain(tools, input, observation),
      });
      return {
        decision: 'rollBack',
        waitSeconds: 0,
        cause: plan.cause,
        reason,
        observation: judged,
      };
    }
    const carried = shareCarried(observation.stableHealthyAtStart, sight.healthy.stable);
    if (row !== null && row.lastGood.sharePercent !== carried) {
      const lastGood = { ...row.lastGood, sharePercent: carried };
      await tools.row.change(input.lock.token, { lastGood });
    }
    const shifted = await shift(tools, input, plan, judged);
    const answered = await answerHook(tools, plan, sight, shifted);
    const asked = await askPerson(tools, input, plan, answered);
    const probed = await probe(tools, input, asked, plan.waitSeconds);
    const baked = await recordBake(tools, input, probed);
    return {
      decision: plan.decision,
      waitSeconds:
        shifted.mirrorFailingSince === null
          ? plan.waitSeconds
          : Math.min(plan.waitSeconds, MIRROR_RETRY_SECONDS),
      cause: null,
      reason,
      observation: baked,
    };
  };

/** Writes the weight that was decided, or takes on one that an earlier try of this tick wrote; either begins a new step. */
const shift = async (
  tools: Tools,
  input: TickInput,
  plan: Plan,
  observation: Observation,
): Promise<Observation> => {
  const percent = plan.writePercent ?? plan.adoptPercent;
  if (percent === null) return mirrorWell(observation);
  const { runtime, shiftable, roles } = tools;
  if (observation.firstShiftAt === null) {
    // Before the write: from here on an alarm must find the fast path armed, and a rollback the rollout shifted.
    await tools.row.change(input.lock.token, { firstShiftAt: isoOf(runtime.now()) });
    await setPhase(tools, input, 'shifting');
  }
  if (plan.writePercent !== null) {
    const written = await tryWeights(tools, input.lock, {
      ruleArn: shiftable.route.weightedRuleArn,
      weights: split(roles, plan.writePercent),
    });
    if ('failed' in written) {
      tools.log.warn(`the weighted rule could not be set to ${percent} %`, written.failed);
      const behind = mirrorFailed(observation, percent, runtime.now());
      tools.metrics.add('MirrorWriteFailed');
      measureLag(tools, input, behind);
      return behind;
    }
    invariant(
      candidatePercentIn(written.seen.weights, roles) === plan.writePercent,
      'what was read back is what was written',
    );
  }
  await tell(tools, input, 'WeightShifted', `weight#${percent}`, {
    fromPercent: observation.weightPercent,
    percent,
    judgement: plan.judgement,
    traces: await explain(tools, input, observation),
  });
  return afterWrite(observation, percent, runtime.now());
};

/** How long the rule lags: for the alarm over all targets, and for each target by its name. */
const measureLag = (tools: Tools, { prepared }: TickInput, observation: Observation): void => {
  const { service, environment, region } = prepared.target;
  const seconds = mirrorLagSeconds(observation, tools.runtime.now());
  tools.metrics.seconds('MirrorLagSeconds', seconds);
  tools.metrics.secondsOf('MirrorLagSeconds', seconds, { service, environment, region });
};

const answerHook = async (
  tools: Tools,
  plan: Plan,
  sight: Sight,
  observation: Observation,
): Promise<Observation> => {
  if (!plan.answerHook || sight.hook === null) return observation;
  await tools.shift.answer(sight.hook, 'Succeeded');
  return { ...observation, hookAnswered: sight.hook.id };
};

/** Calls a person for a step that does not pass, once. The weight stays. */
const askPerson = async (
  tools: Tools,
  input: TickInput,
  { page, judgement }: Plan,
  observation: Observation,
): Promise<Observation> => {
  if (page === null || observation.pagedAt !== null) return observation;
  const { weightPercent } = observation;
  const facts = { percent: weightPercent, reason: page, judgement };
  const { rollout } = input;
  // Every step is a fact of its own.
  const id = `${rollout.rolloutId}/rollout-undecided/${weightPercent}`;
  await busOf(tools).tell(
    rolloutTold('slipway.rollout', 'Rollout Undecided', rollout, { ...facts, id }),
  );
  await tell(tools, input, 'RolloutUndecided', `undecided#${weightPercent}`, facts);
  return { ...observation, pagedAt: isoOf(tools.runtime.now()) };
};

const recordBake = async (
  tools: Tools,
  input: TickInput,
  observation: Observation,
): Promise<Observation> => {
  const since = bakingSinceIn(observation);
  if (observation.bakeRecorded || since === null) return observation;
  await tools.row.change(input.lock.token, { phase: 'baking' });
  await setPhase(tools, input, 'baking');
  const { bakeSeconds } = input.prepared.target;
  await tell(tools, input, 'BakeStarted', 'bake', { since, bakeSeconds });
  return { ...observation, bakeRecorded: true };
};

const setPhase = (tools: Tools, { rollout, lock }: TickInput, phase: 'shifting' | 'baking') =>
  changeRollout(tools.ledger, { ...rollout, token: lock.token }, (record) => ({
    ...record,
    phase,
  }));

/** A tick may run twice; each weight, the bake and the decision come once in a rollout. */
const tell = (
  tools: Tools,
  { rollout }: TickInput,
  kind: string,
  once: string,
  facts: Record<string, unknown>,
) =>
  tools.ledger.append(rollout.releaseId, {
    at: isoOf(tools.runtime.now()),
    kind,
    facts: { rolloutId: rollout.rolloutId, ...facts },
    once: `${rollout.rolloutId}#${once}`,
  });

export const handler = handle({
  input: TickInput,
  output: Output,
  env: environments['rollout/tick'],
  run: tick,
});
