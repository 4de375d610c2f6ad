import { z } from 'zod';
import { assume } from '../adapters/assumed-role.ts';
import { fastPath } from '../adapters/fast-path.ts';
import { seedPointer } from '../adapters/first-pointer.ts';
import { locksOf } from '../adapters/locks.ts';
import { HERE } from '../adapters/place.ts';
import { routeRules } from '../adapters/route-rules.ts';
import { traffic } from '../adapters/traffic.ts';
import { InputRefused } from '../domain/errors.ts';
import { FAST_PATH_KEY, type RuleCondition } from '../domain/fast-path-row.ts';
import { invariant } from '../domain/invariant.ts';
import { TARGET_LEASE_SECONDS, targetLockKey } from '../domain/lock.ts';
import { overrideIsOn, overrideOff } from '../domain/override.ts';
import {
  arnsIn,
  POINTER_ALIAS,
  physicalIdOf,
  priorityOf,
  ROLES,
  RouteProperties,
  type RuleRole,
  routeConditions,
  sameConditions,
  standsOn,
} from '../domain/route-resource.ts';
import { testConditions } from '../domain/smoke.ts';
import { type GroupWeight, split } from '../domain/weights.ts';
import type { RuleSight } from '../ports/traffic.ts';
import { customResource, type Made } from '../runtime/custom-resource.ts';
import type { World } from '../runtime/handle.ts';

type Arns = Record<RuleRole, string>;

/** Runs `act` under the target's lock. While a rollout or rollback has it, the stack's update is refused: nothing of a shift moves. */
const underLock = async <T>(
  { runtime, functionName }: World,
  properties: RouteProperties,
  act: () => Promise<T>,
): Promise<T> => {
  const locks = locksOf({
    runtime,
    env: { LOCKS_TABLE: properties.LocksTable },
    region: properties.PipelineRegion,
    role: assume({ roleArn: properties.LocksRoleArn, externalId: properties.LocksExternalId }),
  });
  const key = targetLockKey(properties.TargetId);
  // Each invocation is an owner of its own: two stack operations must not share a lock.
  const owner = `${functionName}/${runtime.uuid()}`;
  const held = await locks.acquire(key, owner, TARGET_LEASE_SECONDS);
  if (!held.acquired) {
    throw new InputRefused(
      `${properties.TargetId} is held by ${held.holder.rolloutId ?? held.holder.owner}: its route can't be changed while traffic may move; deploy again when it has ended`,
    );
  }
  try {
    return await act();
  } finally {
    await locks.release(key, held.token);
  }
};

const conditionsOf = (
  role: RuleRole,
  properties: RouteProperties,
  runtime: World['runtime'],
): RuleCondition[] => {
  switch (role) {
    case 'test':
      return testConditions(runtime.uuid(), properties.Hosts).conditions;
    case 'override':
      return overrideOff(runtime.uuid());
    case 'weighted':
      return routeConditions(properties);
  }
};

/** Our rules among a listener's: by where they stand and whom they serve. */
const ownRule = (
  rules: readonly RuleSight[],
  role: RuleRole,
  properties: RouteProperties,
): RuleSight | undefined => {
  const groups = [properties.BlueTargetGroupArn, properties.GreenTargetGroupArn];
  return rules.find(
    ({ priority, weights }) =>
      priority === priorityOf(properties.Priority, role) &&
      weights.length > 0 &&
      weights.every(({ targetGroupArn }) => groups.includes(targetGroupArn)),
  );
};

const firstWeights = ({ BlueTargetGroupArn, GreenTargetGroupArn }: RouteProperties) =>
  split({ stable: BlueTargetGroupArn, candidate: GreenTargetGroupArn }, 0);

/** Makes what is absent. A try that broke off is gone on with: what it made is found again. */
const create = async (
  world: World,
  properties: RouteProperties,
  weights: readonly GroupWeight[] = firstWeights(properties),
): Promise<Made> => {
  const { runtime } = world;
  const rules = await traffic(runtime, HERE).listenerRules(properties.ListenerArn);
  const make = routeRules(runtime);
  const arns: Partial<Arns> = {};
  for (const role of ROLES) {
    arns[role] =
      ownRule(rules, role, properties)?.ruleArn ??
      (await make.create({
        listenerArn: properties.ListenerArn,
        priority: priorityOf(properties.Priority, role),
        conditions: conditionsOf(role, properties, runtime),
        weights: role === 'weighted' ? weights : firstWeights(properties),
      }));
  }
  await seedPointer(runtime, properties.PointerFunctionName, POINTER_ALIAS);
  const made = arns as Arns;
  await seedRow(world, properties, made);
  return madeOf(made);
};

const seedRow = async (
  { runtime }: World,
  properties: RouteProperties,
  arns: Arns,
): Promise<void> => {
  const row = fastPath(runtime, HERE, properties.FastPathTable);
  if ((await row.read()) !== null) return;
  await row.write({
    pk: FAST_PATH_KEY,
    targetId: properties.TargetId,
    rolloutId: null,
    phase: 'idle',
    token: 0,
    firstShiftAt: null,
    overrideRuleArn: arns.override,
    overrideConditions: routeConditions(properties),
    lastGood: {
      targetGroupArn: properties.BlueTargetGroupArn,
      color: 'blue',
      sharePercent: 100,
    },
    candidateTargetGroupArn: properties.GreenTargetGroupArn,
    deploymentId: null,
    pendingHook: null,
    watchedAlarms: [],
  });
};

/**
 * Changes where the rules match, never whom they serve. What already stands as it is wanted needs no lock: when a change was
 * refused, CloudFormation asks for the old properties again and must get them, or the stack stays half-way.
 */
const update = async (
  world: World,
  properties: RouteProperties,
  { physicalId }: { physicalId: string },
): Promise<Made> => {
  const { runtime } = world;
  const arns = arnsIn(physicalId);
  if (arns === null) throw new InputRefused(`${physicalId} names no three rules`);
  const balancer = traffic(runtime, HERE);
  const rules = routeRules(runtime);
  const conditions = routeConditions(properties);
  const look = async () => {
    const sights = await balancer.rules(ROLES.map((role) => arns[role]));
    const [, override, weighted] = sights;
    invariant(override !== undefined && weighted !== undefined, 'all three rules were read');
    return {
      override,
      weighted,
      inPlace: standsOn(arns.weighted, properties.ListenerArn),
      inOrder: sights.every(({ priority }, index) => priority === properties.Priority + index),
      matching: sameConditions(weighted.conditions, conditions),
    };
  };
  const before = await look();
  if (before.inPlace && before.inOrder && before.matching) return madeOf(arns);

  return underLock(world, properties, async () => {
    const { override, weighted, inPlace, inOrder, matching } = await look();
    if (overrideIsOn(override.conditions)) {
      throw new InputRefused(
        `the override of ${properties.TargetId} is on: its route can't be changed before the rollback has ended; deploy again then`,
      );
    }
    // New rules on the other listener, serving whom the old ones serve; CloudFormation then removes those.
    if (!inPlace) return create(world, properties, weighted.weights);
    if (!matching) await rules.changeConditions(arns.weighted, conditions);
    if (!inOrder) {
      await rules.setPriorities(
        ROLES.map((role) => ({
          ruleArn: arns[role],
          priority: priorityOf(properties.Priority, role),
        })),
      );
    }
    return madeOf(arns);
  });
};

const remove = async (
  { runtime }: World,
  { physicalId }: { physicalId: string },
): Promise<void> => {
  const arns = arnsIn(physicalId);
  if (arns === null) return;
  const rules = routeRules(runtime);
  // The weighted rule goes last: until then the route serves.
  for (const role of ROLES) await rules.remove(arns[role]);
};

const madeOf = (arns: Arns): Made => ({
  physicalId: physicalIdOf(arns),
  attributes: {
    WeightedRuleArn: arns.weighted,
    OverrideRuleArn: arns.override,
    TestRuleArn: arns.test,
  },
});

export const handler = customResource({
  properties: RouteProperties,
  env: z.object({}),
  create: (world, properties) => create(world, properties),
  update,
  remove,
});
