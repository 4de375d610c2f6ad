import { ModifyRuleCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { otherColor } from '../../functions/domain/target.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import type { SfnService } from '../../local/services/sfn/module.ts';
import { kubernetes } from '../world/kubernetes-requests.ts';
import { expectLastGood, pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';

// Goal: what hurt the users of other release tools while traffic shifted does not hurt Slipway's: docs/incidents.md says which.
// Method: one world in which 1.0.0 is live and has users; each incident is a release of its own, and leaves last good or itself live.
const MINUTE = 60_000;
let shifting: Shifting;
vi.setConfig({ testTimeout: 120_000 });
let serial = 0;

beforeAll(async () => {
  shifting = await shiftingWorld();
}, 120_000);

const version = (): string => {
  serial += 1;
  return `1.${serial}.0`;
};
const live = () => shifting.world.ledger.live(shifting.production.target.targetId);

/** What the functions of a rollback call at AWS. */
const callsOf = (ending: RegExp): { operations: Set<string>; stop: () => void } => {
  const operations = new Set<string>();
  const stop = shifting.world.cloud
    .service<LambdaService>('lambda', shifting.world.home)
    .interceptCalls(({ functionName, operation }) => {
      if (ending.test(functionName)) operations.add(operation);
    });
  return { operations, stop };
};

describe('incident: no values, then onward', () => {
  test('without requests the share never rises, and patience ends with last good', async () => {
    const { world, users, watch } = shifting;
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    users.stop();
    const written = watch.written.length;
    const at = world.clock.now();
    await world.clock.advance(10 * MINUTE);
    expect((await shifting.production.weights())[rollout.color ?? 'green']).toBe(40);
    const ended = await world.ended(rollout.digest, 120);
    expect(ended).toMatchObject({ outcome: 'rolledBack' });
    expect(ended.reason).toMatch(/evidence|requests|patience/);
    expect(watch.written.slice(written).filter((percent) => percent > 40)).toEqual([]);
    expect((world.clock.now() - at) / MINUTE).toBeLessThan(45);
    // Nobody saw it fail: it may come again.
    expect(await world.ledger.quarantine(ended)).toBeNull();
    await expectLastGood(shifting, rollout, before?.version ?? '');
    users.start();
    await world.clock.advance(5 * MINUTE);
  });
});

describe('incident: an abort that is not obeyed', () => {
  test('a person goes back in the moment in which everything is promoted: last good wins', async () => {
    const { world, production } = shifting;
    const before = await live();
    let asked: Promise<string> | undefined;
    const stop = world.cloud
      .service<SfnService>('sfn', world.home)
      .onTransition(({ state, executionArn }) => {
        if (state !== 'ConcludeRollout' || !executionArn.includes('-production-')) return;
        asked ??= production.rollBackByHand('orders look wrong');
      });
    const digest = await world.push({ version: version() });
    await world.ended(digest);
    stop();
    const ended = await production.ended((await asked) ?? '');
    // Whichever was first, the second word is the person's: either it stopped the rollout or it undid the completed one.
    expect(JSON.parse(ended.output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
    const rollout = await production.rollout();
    if (rollout === null) throw new Error('there was a rollout');
    expect(rollout.digest).toBe(digest);
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });

  test.each([40, 80, 100])(
    'from %i % the candidate goes to zero and stays there',
    async (percent) => {
      const { world, production } = shifting;
      const before = await live();
      const rollout = await pushedTo(shifting, version(), percent);
      const at = world.clock.now();
      await production.rollBackByHand('orders look wrong');
      await world.until(
        'the override',
        async () => (await production.overrideOn()) || undefined,
        1,
      );
      expect(world.clock.now() - at).toBeLessThanOrEqual(60_000);
      expect((await production.weights('override'))[rollout.color ?? 'green']).toBe(0);
      expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
      await world.clock.advance(10 * MINUTE);
      await expectLastGood(shifting, rollout, before?.version ?? '');
    },
  );
});

describe('incident: going back is treated as a new release', () => {
  test('two hours after its end: traffic is back within a minute, nothing is analysed, no step is taken', async () => {
    const { world, production } = shifting;
    const before = await live();
    expect(await world.ended(await world.push({ version: version() }))).toMatchObject({
      outcome: 'released',
    });
    const rollout = await production.rollout();
    const deployments = await production.deployments();
    await world.clock.advance(120 * MINUTE);
    const { operations, stop } = callsOf(/^slipway-(?!reconcile|intake)/);
    const at = world.clock.now();
    const executionArn = await production.rollBackByHand('found late');
    await world.until('the override', async () => (await production.overrideOn()) || undefined, 1);
    expect(world.clock.now() - at).toBeLessThanOrEqual(60_000);
    const { output } = await production.ended(executionArn);
    stop();
    expect(JSON.parse(output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
    expect([...operations].filter((operation) => /GetMetric|TimeSeries/.test(operation))).toEqual(
      [],
    );
    expect(await production.deployments()).toEqual(deployments);
    if (rollout === null) throw new Error('there was a rollout');
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });
});

describe('incident: two leaders', () => {
  test('a tick that hangs before its write for longer than its time never writes', async () => {
    const { world, production } = shifting;
    const rollout = await pushedTo(shifting, version(), 40);
    const { weightedRuleArn } = production.target.shiftable.route;
    let hung = 0;
    const stop = world.cloud
      .service<LambdaService>('lambda', world.home)
      .interceptCalls(async ({ functionName, operation, input, phase }) => {
        if (phase !== 'before' || functionName !== 'slipway-tick' || hung > 0) return;
        if (operation !== 'ModifyRule' || !JSON.stringify(input).includes(weightedRuleArn)) return;
        hung = world.clock.now();
        await new Promise<void>((resolve) => {
          world.clock.at(world.clock.now() + 6 * MINUTE, resolve);
        });
      });
    await world.until('the tick hangs', async () => (hung > 0 ? true : undefined));
    await production.setAlarm(`slipway-checkout-production-${rollout.color}-errors`, 'ALARM');
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    const before = await production.weights();
    await world.clock.advance(10 * MINUTE);
    stop();
    expect(await production.weights()).toEqual(before);
    await expectLastGood(shifting, rollout, (await live())?.version ?? '');
  });
});

describe('incident: the group is empty when traffic comes', () => {
  test('a candidate whose pods go right before its first share gets none', async () => {
    const { world, production, watch, users } = shifting;
    const before = await live();
    const color = otherColor(before?.color ?? 'blue');
    const failedBefore = users.summary().failed;
    const written = watch.written.length;
    const path = `/apis/apps/v1/namespaces/checkout/deployments/checkout-${color}`;
    let gone: Promise<unknown> | undefined;
    const stop = world.cloud
      .service<SfnService>('sfn', world.home)
      .onTransition(({ state, executionArn }) => {
        if (state !== 'CreateDeployment' || !executionArn.includes('-production-')) return;
        gone ??= kubernetes(production, 'PATCH', path, { spec: { replicas: 0 } });
      });
    const ended = await world.ended(await world.push({ version: version() }));
    stop();
    await gone;
    expect(ended).toMatchObject({ outcome: 'rolledBack' });
    expect(watch.written.slice(written).filter((percent) => percent > 0)).toEqual([]);
    expect(users.summary().failed).toBe(failedBefore);
    const rollout = await production.rollout();
    if (rollout === null) throw new Error('there was a rollout');
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });
});

describe('incident: someone else’s hand', () => {
  test.each([
    ['more of last good', 0],
    ['more of the candidate', 90],
  ])(
    'the weights of a shift are set by hand to %s: said, gone back from, not fought',
    async (_name, percent) => {
      const { world, production } = shifting;
      const before = await live();
      const rollout = await pushedTo(shifting, version(), 40);
      const { weightedRuleArn, targetGroupArns } = production.target.shiftable.route;
      const color = rollout.color ?? 'green';
      await production.client.send(
        new ModifyRuleCommand({
          RuleArn: weightedRuleArn,
          Actions: [
            {
              Type: 'forward',
              ForwardConfig: {
                TargetGroups: [
                  { TargetGroupArn: targetGroupArns[color], Weight: percent },
                  { TargetGroupArn: targetGroupArns[otherColor(color)], Weight: 100 - percent },
                ],
              },
            },
          ],
        }),
      );
      const at = world.clock.now();
      const ended = await world.ended(rollout.digest);
      expect(ended).toMatchObject({ outcome: 'rolledBack' });
      expect((world.clock.now() - at) / MINUTE).toBeLessThan(10);
      expect(await production.rollout()).toMatchObject({ rollback: { cause: 'drift' } });
      expect(await world.ledger.quarantine(ended)).toBeNull();
      // What was written by hand is the watch's to report; what Slipway wrote is not.
      expect((await live())?.version).toBe(before?.version);
      expect((await production.weights())[color]).toBe(0);
      expect(await production.overrideOn()).toBe(false);
    },
  );

  test('an alias that was left at two versions: no shift starts from it, and it is said until it is put right', async () => {
    const { world, production } = shifting;
    const before = await live();
    const { functionName: FunctionName, alias: Name } = production.target.shiftable.pointer;
    const [other = '1'] = (await production.pointerVersions()).filter(
      (one) => one !== before?.pointerVersion && one !== '$LATEST',
    );
    await production.client.send(
      new UpdateAliasCommand({
        FunctionName,
        Name,
        RoutingConfig: { AdditionalVersionWeights: { [other]: 0.1 } },
      }),
    );
    const refused = await world.ended(await world.push({ version: version() }));
    expect(refused.outcome).toMatch(/rejected|rolledBack/);
    expect(refused.reason).toMatch(/two versions/);
    expect((await live())?.version).toBe(before?.version);
    await production.client.send(
      new UpdateAliasCommand({
        FunctionName,
        Name,
        RoutingConfig: { AdditionalVersionWeights: {} },
      }),
    );
    expect(await world.ended(await world.push({ version: version() }))).toMatchObject({
      outcome: 'released',
    });
  });
});
