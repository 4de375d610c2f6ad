import type { z } from 'zod';
import { type BudgetSight, budgetReport, budgetsDue } from '../domain/budget.ts';
import type { FastPathRow } from '../domain/fast-path-row.ts';
import { MINUTE, millisecondsOf } from '../domain/instant.ts';
import { invariant } from '../domain/invariant.ts';
import { Observation } from '../domain/observation.ts';
import { overrideIsOn } from '../domain/override.ts';
import { ownErrors } from '../domain/own-errors.ts';
import { rateOf } from '../domain/patience.ts';
import { Published, StepInput } from '../domain/prepared.ts';
import { rolesOf } from '../domain/roles.ts';
import { ShiftRun } from '../domain/shift-run.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { fold, type Reading, readableWindow, type Window } from '../domain/step-evidence.ts';
import { gathersEvidence, needsEvidence } from '../domain/step-judgement.ts';
import { type Color, otherColor } from '../domain/target.ts';
import type { Sight } from '../domain/tick-sight.ts';
import type { environments } from '../runtime/env.ts';
import type { World } from '../runtime/handle.ts';
import { readAlias } from './alias.ts';
import { readBudgets } from './budgets.ts';
import { fastPath } from './fast-path.ts';
import { ledgerOf } from './ledger.ts';
import { locksOf } from './locks.ts';
import { placeOf } from './place.ts';
import { shiftOf } from './shift.ts';
import { groupFullName, signals } from './signals.ts';
import { traffic } from './traffic.ts';

/** What the machine hands to a tick. */
export const TickInput = StepInput.extend({
  published: Published,
  deployment: ShiftRun,
  observation: Observation,
});
export type TickInput = z.output<typeof TickInput>;

export type TickEnv = z.output<(typeof environments)['rollout/tick']>;

/** Everything that a tick reads and writes with. */
export const toolsOf = (world: World<TickEnv>, { prepared, published, lock }: TickInput) => {
  const { runtime } = world;
  const { target } = prepared;
  const shiftable = shiftableOf(target);
  const place = placeOf(target);
  const locks = locksOf(world);
  return {
    ...world,
    shiftable,
    roles: rolesOf(prepared),
    versions: { stable: published.previousVersion ?? '', candidate: published.pointerVersion },
    locks,
    ledger: ledgerOf(world),
    traffic: traffic(runtime, place),
    alias: () => readAlias(runtime, place, shiftable.pointer),
    shift: shiftOf({ runtime, locks }, target, lock),
    signals: signals(runtime, place, shiftable.route.loadBalancerFullName),
    row: fastPath(runtime, place, shiftable.fastPathTable),
  };
};
export type Tools = ReturnType<typeof toolsOf>;

/** All of a tick's reads. The metrics of closed periods are counted into the observation, each once. */
export const look = async (
  tools: Tools,
  input: TickInput,
): Promise<{ sight: Sight; observation: Observation; row: FastPathRow | null }> => {
  const { deployment, observation, prepared } = input;
  const { route, alarms } = tools.shiftable;
  const { analysis } = prepared.target;
  const watched = alarms.watched.filter((name) => !prepared.waivedAlarms?.includes(name));
  const now = tools.runtime.now();
  const window =
    observation.weightPercent > 0 && gathersEvidence(prepared.target)
      ? readableWindow(observation.evidence, { now, settleSeconds: analysis.settleSeconds })
      : null;
  const { versions } = tools;
  await tools.shift.advance(deployment, { versions, presentPercent: observation.weightPercent });
  // The shift's word is read before the alias and the rule after it: what is late can only be lower, never drift.
  const deployed = await tools.shift.read(deployment, versions);
  const alias = await tools.alias();
  const [rules, states, row, stable, candidate, reading, requestsPerSecond, budgets] =
    await Promise.all([
      tools.traffic.rules([route.weightedRuleArn, route.overrideRuleArn]),
      tools.signals.states(watched).catch((error: unknown) => {
        tools.log.warn('the watched alarms could not be read', error as Error);
        return null;
      }),
      tools.row.read(),
      tools.traffic.health(tools.roles.stable),
      tools.traffic.health(tools.roles.candidate),
      window === null ? null : readMetrics(tools, input, window),
      observation.requestsPerSecond ?? readRate(tools, input),
      budgetsSeen(tools, input),
    ]);
  const [weighted, override] = rules;
  invariant(weighted !== undefined && override !== undefined, 'both rules were read');
  const evidence =
    window === null || reading === null
      ? observation.evidence
      : fold(observation.evidence, reading, window, {
          analysis,
          stableServes: observation.weightPercent < 100,
        });
  return {
    row,
    observation: {
      ...observation,
      evidence,
      requestsPerSecond,
      budgets: budgets ?? observation.budgets,
      stableHealthyAtStart: observation.stableHealthyAtStart ?? stable.healthy,
    },
    sight: {
      now,
      deployment: deployed,
      pointer: alias,
      weights: weighted.weights,
      overrideOn: overrideIsOn(override.conditions),
      alarms: states,
      ...(budgets === undefined ? {} : { budgets }),
      healthy: { stable: stable.healthy, candidate: candidate.healthy },
      hook: row?.pendingHook?.deploymentId === deployment.deploymentId ? row.pendingHook : null,
    },
  };
};

/** X-Ray answers for at most six hours at once. */
const TRACES_MAX_MS = 6 * 60 * MINUTE;

/** The closed periods of both colors; null where they could not be read: nothing is counted then, and the cursor stays. */
const readMetrics = async (
  tools: Tools,
  { prepared }: TickInput,
  window: Window,
): Promise<Reading | null> => {
  const { analysis, service } = prepared.target;
  const asked = (color: Color, groupArn: string) => {
    const targetGroup = groupFullName(groupArn);
    const { errors } = analysis;
    return {
      targetGroup,
      errors: errors === null ? null : ownErrors(errors, { color, targetGroup }),
    };
  };
  const groups = analysis.xrayJudges ? tools.shiftable.xrayGroups : null;
  const recent = { ...window, from: Math.max(window.from, window.until - TRACES_MAX_MS) };
  const traces = async (color: Color) =>
    groups === null ? [] : tools.signals.tracedPeriods(groups[color], service, recent);
  const other = otherColor(prepared.color);
  const [metrics, traced] = await Promise.all([
    tools.signals
      .read(
        {
          stable: asked(other, tools.roles.stable),
          candidate: asked(prepared.color, tools.roles.candidate),
          slowAboveMs: analysis.latencyP99MsMax,
        },
        window,
      )
      .catch((error: unknown) => {
        tools.log.warn('the metrics could not be read', error as Error);
        return null;
      }),
    Promise.all([traces(other), traces(prepared.color)]).catch((error: unknown) => {
      tools.log.warn('the traces could not be read', error as Error);
      return null;
    }),
  ]);
  if (metrics === null || traced === null) return metrics;
  const [stable, candidate] = traced;
  return { ...metrics, traces: { stable, candidate } };
};

/** The error budgets, from the last report while that is fresh; null: they could not be read, and are asked again at the next tick. */
const budgetsSeen = async (
  { runtime, log }: Tools,
  { observation, prepared: { target } }: TickInput,
): Promise<BudgetSight> => {
  const { slos } = target.analysis;
  if (slos.length === 0) return undefined;
  const now = runtime.now();
  if (!budgetsDue(observation.budgets, now)) return observation.budgets;
  try {
    return budgetReport(await readBudgets(runtime, placeOf(target), slos), now);
  } catch (error) {
    log.warn('the error budgets could not be read', error as Error);
    return null;
  }
};

const HOUR_MS = 60 * MINUTE;
const RATE_DAYS_MS = 7 * 24 * HOUR_MS;

/** The service's requests a second over the last 7 days, where patience depends on it; null: not known, and asked again. */
const readRate = async (tools: Tools, { prepared }: TickInput): Promise<number | null> => {
  const { target } = prepared;
  if (target.analysis.patienceSeconds !== null || !needsEvidence(target)) return null;
  const until = Math.floor(tools.runtime.now() / HOUR_MS) * HOUR_MS + HOUR_MS;
  const { blue, green } = tools.shiftable.route.targetGroupArns;
  try {
    const hours = await tools.signals.hourlyRequests([blue, green].map(groupFullName), {
      from: until - RATE_DAYS_MS,
      until,
    });
    return rateOf(hours, tools.runtime.now());
  } catch (error) {
    tools.log.warn('the request rate could not be read', error as Error);
    return null;
  }
};

/** What the traces of both colors say about the step that ends: for people; it decides nothing. */
export const explain = async (
  tools: Tools,
  { prepared }: TickInput,
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
