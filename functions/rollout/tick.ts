import { z } from 'zod';
import { readAlias } from '../adapters/alias.ts';
import { deployments } from '../adapters/deployments.ts';
import { fastPath } from '../adapters/fast-path.ts';
import { writeWeights } from '../adapters/fenced-rule.ts';
import { hold } from '../adapters/hold.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { groupFullName, signals } from '../adapters/signals.ts';
import { traffic } from '../adapters/traffic.ts';
import type { FastPathRow } from '../domain/fast-path-row.ts';
import { isoOf, millisecondsOf } from '../domain/instant.ts';
import { invariant } from '../domain/invariant.ts';
import { afterWrite, Observation } from '../domain/observation.ts';
import { overrideIsOn } from '../domain/override.ts';
import { Published, StepInput } from '../domain/prepared.ts';
import { rolesOf } from '../domain/roles.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { fold, readableWindow, type Window } from '../domain/step-evidence.ts';
import { otherColor } from '../domain/target.ts';
import { thresholds } from '../domain/thresholds.ts';
import { bakingSinceIn, decide, needsEvidence, shareCarried, termsOf } from '../domain/tick.ts';
import type { Plan, Sight } from '../domain/tick-sight.ts';
import { candidatePercentIn, split } from '../domain/weights.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = StepInput.extend({
  published: Published,
  deployment: z.object({ deploymentId: z.string() }),
  observation: Observation,
});
type Input = z.output<typeof Input>;

const Output = z.object({
  decision: z.enum(['continue', 'done', 'rollBack']),
  waitSeconds: z.int().nonnegative(),
  cause: z.string().nullable(),
  reason: z.string().nullable(),
  observation: Observation,
});

type Env = z.output<(typeof environments)['rollout/tick']>;

/** The observation is carried in the execution, so its words are kept short. */
const REASON_MAX = 500;

/** Mirrors the alias onto the load balancer as far as the evidence allows, reads back, and says: go on, done, or back. */
export const tick =
  (world: World<Env>) =>
  async (input: Input): Promise<z.input<typeof Output>> => {
    const tools = toolsOf(world, input);
    await hold(tools, input.lock, input.rollout.environmentLock);
    const { sight, observation, row } = await look(tools, input);
    const { prepared, published } = input;
    const terms = termsOf(prepared.target, {
      roles: tools.roles,
      versions: { stable: published.previousVersion ?? '', candidate: published.pointerVersion },
      judge: thresholds,
    });
    const plan = decide(terms, observation, sight);
    const reason = plan.reason.slice(0, REASON_MAX);
    const judged = { ...observation, verdict: plan.judgement.verdict, reason };
    if (plan.decision === 'rollBack') {
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
    const baked = await recordBake(tools, input, answered);
    return {
      decision: plan.decision,
      waitSeconds: plan.waitSeconds,
      cause: null,
      reason,
      observation: baked,
    };
  };

const toolsOf = (world: World<Env>, { prepared }: Input) => {
  const { runtime } = world;
  const { target } = prepared;
  const shiftable = shiftableOf(target);
  const place = placeOf(target);
  return {
    ...world,
    shiftable,
    roles: rolesOf(prepared),
    locks: locksOf(world),
    ledger: ledgerOf(world),
    traffic: traffic(runtime, place),
    alias: () => readAlias(runtime, place, shiftable.pointer),
    deployments: deployments(runtime, place, shiftable.codeDeploy),
    signals: signals(runtime, place, shiftable.route.loadBalancerFullName),
    row: fastPath(runtime, place, shiftable.fastPathTable),
  };
};
type Tools = ReturnType<typeof toolsOf>;

/** All of a tick's reads. The metrics of closed periods are counted into the observation, each once. */
const look = async (
  tools: Tools,
  { deployment, observation, prepared }: Input,
): Promise<{ sight: Sight; observation: Observation; row: FastPathRow | null }> => {
  const { route, alarms } = tools.shiftable;
  const { analysis } = prepared.target;
  const now = tools.runtime.now();
  const window =
    observation.weightPercent > 0 && needsEvidence(prepared.target)
      ? readableWindow(observation.evidence, { now, settleSeconds: analysis.settleSeconds })
      : null;
  const groups = {
    stable: groupFullName(tools.roles.stable),
    candidate: groupFullName(tools.roles.candidate),
  };
  // CodeDeploy's word is read before the alias and the rule after it: what is late can only be lower, never drift.
  const deployed = await tools.deployments.read(deployment.deploymentId, 'weight');
  const alias = await tools.alias();
  const [rules, states, row, stable, candidate, reading] = await Promise.all([
    tools.traffic.rules([route.weightedRuleArn, route.overrideRuleArn]),
    tools.signals.states(alarms.watched).catch((error: unknown) => {
      tools.log.warn('the watched alarms could not be read', error as Error);
      return null;
    }),
    tools.row.read(),
    tools.traffic.health(tools.roles.stable),
    tools.traffic.health(tools.roles.candidate),
    window === null
      ? null
      : tools.signals.read(groups, window).catch((error: unknown) => {
          tools.log.warn('the metrics could not be read', error as Error);
          return null;
        }),
  ]);
  const [weighted, override] = rules;
  invariant(weighted !== undefined && override !== undefined, 'both rules were read');
  const evidence =
    window === null || reading === null
      ? observation.evidence
      : fold(observation.evidence, reading, window, analysis.latencyP99MsMax);
  return {
    row,
    observation: {
      ...observation,
      evidence,
      stableHealthyAtStart: observation.stableHealthyAtStart ?? stable.healthy,
    },
    sight: {
      now,
      deployment: deployed,
      pointer: alias,
      weights: weighted.weights,
      overrideOn: overrideIsOn(override.conditions),
      alarms: states,
      healthy: { stable: stable.healthy, candidate: candidate.healthy },
      hook: row?.pendingHook?.deploymentId === deployment.deploymentId ? row.pendingHook : null,
    },
  };
};

/** Writes the weight that was decided, or takes on one that an earlier try of this tick wrote; either begins a new step. */
const shift = async (
  tools: Tools,
  input: Input,
  plan: Plan,
  observation: Observation,
): Promise<Observation> => {
  const percent = plan.writePercent ?? plan.adoptPercent;
  if (percent === null) return observation;
  const { runtime, shiftable, roles } = tools;
  if (observation.firstShiftAt === null) {
    // Before the write: from here on an alarm must find the fast path armed, and a rollback the rollout shifted.
    await tools.row.change(input.lock.token, { firstShiftAt: isoOf(runtime.now()) });
    await setPhase(tools, input, 'shifting');
  }
  if (plan.writePercent !== null) {
    const seen = await writeWeights(tools, input.lock, {
      ruleArn: shiftable.route.weightedRuleArn,
      weights: split(roles, plan.writePercent),
    });
    invariant(
      candidatePercentIn(seen.weights, roles) === plan.writePercent,
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

const answerHook = async (
  tools: Tools,
  plan: Plan,
  sight: Sight,
  observation: Observation,
): Promise<Observation> => {
  if (!plan.answerHook || sight.hook === null) return observation;
  await tools.deployments.answer(sight.hook, 'Succeeded');
  return { ...observation, hookAnswered: sight.hook.id };
};

const recordBake = async (
  tools: Tools,
  input: Input,
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

const setPhase = (tools: Tools, { rollout, lock }: Input, phase: 'shifting' | 'baking') =>
  changeRollout(tools.ledger, { ...rollout, token: lock.token }, (record) => ({
    ...record,
    phase,
  }));

/** A tick may run twice; each weight, the bake and the decision come once in a rollout. */
const tell = (
  tools: Tools,
  { rollout }: Input,
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

/** What the traces of both colors say about the step that ends: for people; it decides nothing. */
const explain = async (
  tools: Tools,
  { prepared }: Input,
  observation: Observation,
): Promise<Record<string, unknown> | null> => {
  const groups = tools.shiftable.xrayGroups;
  if (groups === null || observation.weightPercent === 0) return null;
  const now = tools.runtime.now();
  const window: Window = { from: millisecondsOf(observation.stepStartedAt), until: now };
  const { service } = prepared.target;
  try {
    const [candidate, stable] = await Promise.all([
      tools.signals.traces(groups[prepared.color], service, window),
      tools.signals.traces(groups[otherColor(prepared.color)], service, window),
    ]);
    return { candidate, stable };
  } catch (error) {
    tools.log.warn('the traces could not be read', error as Error);
    return { unread: (error as Error).message };
  }
};

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollout/tick'],
  run: tick,
});
