import { z } from 'zod';
import { fingerprint } from '../../config/canonical.ts';
import { alarmWaivers } from '../adapters/alarm-waivers.ts';
import { readAlias } from '../adapters/alias.ts';
import { readBudgets } from '../adapters/budgets.ts';
import { clusterAccess } from '../adapters/cluster-endpoint.ts';
import { hold } from '../adapters/hold.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { schemaGate } from '../adapters/schema-gate.ts';
import { groupFullName, signals } from '../adapters/signals.ts';
import { traffic } from '../adapters/traffic.ts';
import { watchedAlarms } from '../adapters/watched-alarms.ts';
import { budgetsBefore } from '../domain/budget.ts';
import { ConfigurationMissing } from '../domain/errors.ts';
import { isoOf, MINUTE, millisecondsOf } from '../domain/instant.ts';
import { deployedIn } from '../domain/live.ts';
import { Lock } from '../domain/lock.ts';
import { overrideIsOn } from '../domain/override.ts';
import { judgePreflight, type PreflightSight, waitedFor } from '../domain/preflight.ts';
import { Prepared, slotInputs } from '../domain/prepared.ts';
import type { LiveRecord } from '../domain/rollout.ts';
import { RolloutInput } from '../domain/rollout-input.ts';
import { shiftableOf } from '../domain/shiftable.ts';
import { otherColor, type Target } from '../domain/target.ts';
import type { Judgement } from '../domain/verdict.ts';
import { withoutAlarms } from '../domain/waiver.ts';
import type { AlarmMetric } from '../ports/signals.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({ rollout: RolloutInput, lock: Lock });

type Env = z.output<(typeof environments)['rollout/preflight']>;
type Judged = Judgement & { waitSeconds: number; seen?: PreflightSight };

/** Three closed periods, and the delay with which metrics arrive. */
const DATA_WINDOW_MS = 5 * MINUTE;

/** Asks whether the target is fit, and plans what the later steps do. Touches nothing. */
export const preflight =
  (world: World<Env>) =>
  async ({ rollout, lock }: z.output<typeof Input>): Promise<z.input<typeof Prepared>> => {
    const { runtime } = world;
    const ledger = ledgerOf(world);
    await hold({ locks: locksOf(world), log: world.log }, lock, rollout.environmentLock);
    const required = async <T>(found: Promise<T | null>, what: string): Promise<T> => {
      const value = await found;
      if (value !== null) return value;
      throw new ConfigurationMissing(`the ledger has no ${what}; deploy its stack`);
    };
    const [target, service, workload, live, record, quarantine] = await Promise.all([
      required(ledger.target(rollout.targetId), `target ${rollout.targetId}`),
      required(ledger.service(rollout.service), `service ${rollout.service}`),
      required(ledger.workload(rollout.configDigest), `configuration ${rollout.configDigest}`),
      ledger.live(rollout.targetId),
      required(ledger.rollout(rollout.targetId), `rollout on ${rollout.targetId}`),
      ledger.quarantined(rollout.service, rollout),
    ]);
    const mode = target.shiftable === null ? ('oneColor' as const) : ('twoColors' as const);
    const color = mode === 'oneColor' || live === null ? ('blue' as const) : otherColor(live.color);
    const waitedSeconds = (runtime.now() - millisecondsOf(record.startedAt)) / 1000;

    const terms = await schemaGate({ ledger, runtime }, rollout, live);
    const waived = await alarmWaivers({ ledger, runtime }, rollout, target);

    const judge = async (): Promise<Judged> => {
      if (quarantine !== null) {
        return {
          verdict: 'fail',
          reason: `the pair was quarantined by ${quarantine.rolloutId}: ${quarantine.reason}`,
          evidence: { quarantine },
          waitSeconds: 0,
        };
      }
      if (terms.refusal !== null) {
        const evidence = { schema: terms.schema };
        return { verdict: 'fail', reason: terms.refusal, evidence, waitSeconds: 0 };
      }
      if (mode === 'oneColor') {
        const reason = 'a target with one color has no traffic to shift';
        return { verdict: 'pass', reason, evidence: {}, waitSeconds: 0 };
      }
      const seen = await look(world, target, live);
      const held = withoutAlarms(target, waived);
      return { ...judgePreflight(held, live, seen, waitedSeconds), seen };
    };
    const { seen, ...judgement } = await judge();
    if (judgement.verdict === 'inconclusive') await tellWaiting(world, rollout, judgement);
    const planned = {
      ...judgement,
      mode,
      first: live === null,
      color,
      lastGood: live === null ? null : deployedIn(live),
      target,
      budgetsBefore: budgetsBefore(seen?.budgets ?? []),
      ...(waived.length === 0 ? {} : { waivedAlarms: waived }),
      preparedAt: isoOf(runtime.now()),
    };
    if (judgement.verdict !== 'pass') {
      return { ...planned, cluster: null, apply: null, check: null };
    }
    const cluster = await clusterAccess(runtime, target);
    const serving = mode === 'twoColors' ? live : null;
    const runs = serving && (await ledger.workload(serving.configDigest));
    const inputs = slotInputs({
      target,
      service,
      workload,
      cluster,
      release: rollout,
      color,
      sizeOfOther: serving !== null,
      floorOf: serving && runs && { color: serving.color, replicas: runs.replicas },
    });
    await changeRollout(ledger, { ...rollout, token: lock.token }, (newest) => ({
      ...newest,
      color,
      ...(terms.schema === null ? {} : { schema: terms.schema }),
    }));
    // From here on the idle slot is the candidate's: what is live is last good, and its alarms are this rollout's.
    if (live !== null) await ledger.closeGuard(rollout.targetId, live.rolloutId);
    return { ...planned, cluster, ...inputs };
  };

/** Says why a rollout waits, once for each set of reasons: numbers in them change from look to look. */
const tellWaiting = (
  { runtime, ...world }: World<Env>,
  { releaseId, rolloutId, targetId }: RolloutInput,
  { reason, evidence }: Judgement,
) =>
  ledgerOf({ runtime, ...world }).append(releaseId, {
    at: isoOf(runtime.now()),
    kind: 'RolloutWaiting',
    facts: { rolloutId, targetId, reason, findings: evidence['findings'] },
    once: `${rolloutId}#waiting#${fingerprint(waitedFor(evidence)).slice(0, 16)}`,
  });

/** Everything that the judgement rests on, read at once. */
const look = async (
  { runtime, log }: World<Env>,
  target: Target,
  live: LiveRecord | null,
): Promise<PreflightSight> => {
  const shiftable = shiftableOf(target);
  const { route } = shiftable;
  const place = placeOf(target);
  const balancer = traffic(runtime, place);
  const watch = signals(runtime, place, route.loadBalancerFullName);
  const [rules, alias, alarms, budgets, groups, listenerTags, balancerTags] = await Promise.all([
    balancer.listenerRules(route.listenerArn),
    readAlias(runtime, place, shiftable.pointer),
    watchedAlarms(runtime, place, shiftable.alarms.watched),
    readBudgets(runtime, place, target.analysis.slos).catch((error: unknown) => {
      log.warn('the error budgets could not be read', error as Error);
      return null;
    }),
    balancer.settings([route.targetGroupArns.blue, route.targetGroupArns.green]),
    balancer.tagKeys(route.listenerArn),
    balancer.tagKeys(route.loadBalancerArn),
  ]);
  const ours = [route.weightedRuleArn, route.overrideRuleArn, route.testRuleArn];
  const ruleOf = (ruleArn: string) => {
    const rule = rules.find((each) => each.ruleArn === ruleArn);
    if (rule !== undefined) return rule;
    throw new ConfigurationMissing(
      `the listener rule ${ruleArn} of ${target.targetId} is gone; deploy its stack, or put it back`,
    );
  };
  const weighted = ruleOf(route.weightedRuleArn);
  const override = ruleOf(route.overrideRuleArn);

  const requests: AlarmMetric = {
    namespace: 'AWS/ApplicationELB',
    name: 'RequestCount',
    dimensions: {
      LoadBalancer: route.loadBalancerFullName,
      TargetGroup: groupFullName(route.targetGroupArns[live?.color ?? 'blue']),
    },
  };
  const now = runtime.now();
  const [liveHasRequests = false] = await watch.withData([requests], {
    from: now - DATA_WINDOW_MS,
    until: now,
  });
  return {
    alarms,
    budgets,
    liveHasRequests,
    pointer: alias,
    weights: weighted.weights,
    ruleSticky: weighted.sticky,
    overrideOn: overrideIsOn(override.conditions),
    earlierRules: rules.flatMap(({ ruleArn, priority, conditions }) =>
      priority !== null &&
      priority < (weighted.priority ?? Number.POSITIVE_INFINITY) &&
      !ours.includes(ruleArn)
        ? [{ ruleArn, priority, conditions }]
        : [],
    ),
    groups,
    tagKeys: [...listenerTags, ...balancerTags],
  };
};

export const handler = handle({
  input: Input,
  output: Prepared,
  env: environments['rollout/preflight'],
  run: preflight,
});
