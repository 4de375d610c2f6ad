import { rmSync } from 'node:fs';
import { DescribeRulesCommand, type Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assemble } from '../../cli/laptop/assemblies.ts';
import { changedAssembly } from '../world/changed-assembly.ts';
import { pushedTo, SHIFTING, type Shifting, shiftingWorld } from '../world/shifting.ts';

// Goal: deploying a target's stack again never moves what a rollout moves, whatever the template says and whenever it happens.
// Method: the same assembly, one with a changed pointer function, and one with another route, deployed while traffic shifts.
const MOVED = 'test/fixtures/configurations/moved-route.config.ts';
const STACK = 'slipway-checkout-production-eu-west-1';
let shifting: Shifting;
let same: string;
let tuned: string;
let moved: string;

beforeAll(async () => {
  shifting = await shiftingWorld();
  same = (await assemble(SHIFTING)).slipway;
  moved = (await assemble(MOVED)).slipway;
  tuned = changedAssembly(same, STACK, (resources) => {
    const pointer = resources.find(
      ({ Properties }) => Properties['FunctionName'] === 'slipway-checkout-production-pointer',
    );
    if (pointer === undefined) throw new Error(`${STACK} has no release pointer`);
    pointer.Properties['MemorySize'] = 256;
    pointer.Properties['Description'] = 'Points to the release that serves, with more memory';
  });
}, 120_000);
afterAll(() => rmSync(tuned, { recursive: true, force: true }));

const deploy = (assembly: string) =>
  shifting.world.during(
    shifting.world.cloud.deploy(assembly, { stacks: [STACK], exclusively: true }),
  );

/** All that rollouts change and stacks must not. */
const movable = async () => {
  const { production } = shifting;
  const { functionName: FunctionName } = production.target.shiftable.pointer;
  const pointer = await production.client.send(
    new GetFunctionConfigurationCommand({ FunctionName }),
  );
  return {
    weighted: await production.weights(),
    override: await production.weights('override'),
    overrideOn: await production.overrideOn(),
    alias: await production.alias(),
    environment: pointer.Environment?.Variables,
    versions: await production.pointerVersions(),
  };
};

const routes = async () => {
  const { weightedRuleArn, overrideRuleArn, testRuleArn } =
    shifting.production.target.shiftable.route;
  const found = await shifting.production.client.send(
    new DescribeRulesCommand({ RuleArns: [weightedRuleArn, overrideRuleArn, testRuleArn] }),
  );
  const rules: Rule[] = found.Rules ?? [];
  return rules.map(({ Priority, Conditions }) => ({ Priority, Conditions }));
};

test('stack: deployed again in the middle of a shift, it moves nothing and stops nothing', async () => {
  const { world, users } = shifting;
  const rollout = await pushedTo(shifting, '1.1.0', 40);
  const before = await movable();
  expect(before).toMatchObject({
    weighted: { blue: 60, green: 40 },
    environment: { ROLLOUT_ID: rollout.rolloutId },
  });
  expect(await deploy(same)).toMatchObject([{ outcome: 'unchanged' }]);
  expect(await movable()).toEqual(before);
  expect(await deploy(tuned)).toMatchObject([{ outcome: 'updated' }]);
  expect(await movable()).toEqual(before);

  expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'released' });
  expect(await shifting.production.weights()).toEqual({ blue: 0, green: 100 });
  expect(users.summary().failed).toBe(0);
});

test('stack: a route that changes is refused while a rollout holds the target, and goes through after it', async () => {
  const { world, production, users, watch } = shifting;
  const rollout = await pushedTo(shifting, '1.2.0', 40);
  const before = await movable();
  const routesBefore = await routes();
  await expect(deploy(moved)).rejects.toThrow(
    `checkout/production/eu-west-1 is held by ${rollout.rolloutId}`,
  );
  expect(await movable()).toEqual(before);
  expect(await routes()).toEqual(routesBefore);

  expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'released' });
  const live = await movable();
  expect(live).toMatchObject({ weighted: { blue: 100, green: 0 }, overrideOn: false });
  expect(await deploy(moved)).toMatchObject([{ outcome: 'updated' }]);
  expect(await movable()).toEqual(live);
  expect(await production.lockOwner()).toBeNull();
  expect((await routes()).map(({ Priority }) => Priority).sort()).toEqual(['200', '201', '202']);
  expect(JSON.stringify(await routes())).toContain('/orders/*');
  await world.clock.advance(60_000);
  expect(users.summary().failed).toBe(0);

  // The next release goes on from there, with green live again and the new conditions in the override.
  const next = await world.ended(await world.push({ version: '1.3.0' }));
  expect(next).toMatchObject({ outcome: 'released', reason: null });
  expect(await production.weights()).toEqual({ blue: 0, green: 100 });
  await deploy(same);
  expect(await production.weights()).toEqual({ blue: 0, green: 100 });
  expect(watch.broken).toEqual([]);
  expect(users.summary().failed).toBe(0);
});
