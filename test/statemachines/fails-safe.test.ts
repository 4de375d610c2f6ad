import { ModifyRuleCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { otherColor } from '../../functions/domain/target.ts';
import { byHand } from '../world/doors.ts';
import { kubernetes } from '../world/kubernetes-requests.ts';
import { failAt, runTwice, tasksOf } from '../world/machine-faults.ts';
import { expectLastGood, pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';
import { launch } from '../world/world.ts';

// Goal: whatever step of a machine dies, and whatever step runs twice, the run ends where somebody answers for the traffic.
// Method: one world; for each Task state of the file as it is, a release in which that state's function is killed at every try.
const SHORT = 'test/fixtures/configurations/short.config.ts';
let shifting: Shifting;
let serial = 0;

beforeAll(async () => {
  shifting = await shiftingWorld(null);
}, 120_000);

const version = (): string => {
  serial += 1;
  return `1.${serial}.0`;
};
const push = (): Promise<string> => shifting.world.push({ version: version() });
const live = () => shifting.world.ledger.live(shifting.production.target.targetId);

/** One color has everything, the lock is free, and nothing that was written on the way was wrong. */
const expectOwned = async (): Promise<void> => {
  const { world, production, watch } = shifting;
  await world.until('the lock is free', async () =>
    (await production.lockOwner()) === null ? true : undefined,
  );
  const good = (await live())?.color ?? 'blue';
  const routing = (await production.overrideOn()) ? 'override' : 'weighted';
  expect(await production.weights(routing)).toEqual({ [good]: 100, [otherColor(good)]: 0 });
  expect(watch.broken).toEqual([]);
};

/** One release in which these states of production's rollout die; answers how it ended. */
const runFailing = async (states: readonly string[], deaths?: number) => {
  const { world, production } = shifting;
  const fault = failAt(world, {
    noun: 'rollout',
    states,
    target: production.target,
    named: '-production-',
    ...(deaths === undefined ? {} : { deaths }),
  });
  const release = await world.ended(await push());
  fault.end();
  for (const state of states) expect(fault.struck.get(state), state).toBeGreaterThan(0);
  return release;
};

describe('fails safe: rollout', () => {
  const apart = ['PlaceFirst', 'RefuseRollout', 'RequestRollback'];

  test('PlaceFirst: nothing is left of a target’s first release', async () => {
    const { production, world } = shifting;
    expect(await runFailing(['PlaceFirst'])).toMatchObject({ outcome: 'rolledBack' });
    expect(await live()).toBeNull();
    expect([...production.pods('blue'), ...production.pods('green')]).toEqual([]);
    expect(await production.lockOwner()).toBeNull();

    expect(await world.ended(await push())).toMatchObject({ outcome: 'released' });
    await expectOwned();
  });

  test.each(tasksOf('rollout').filter((state) => !apart.includes(state)))('%s', async (state) => {
    const before = await live();
    const release = await runFailing([state]);
    // Without the lock nothing was begun, so there is nothing to take back.
    expect(release.outcome).toBe(state === 'AcquireLock' ? 'failed' : 'rolledBack');
    expect(release.reason).toContain('Runtime.ExitError');
    // The pipeline died, not the candidate: the pair may come again.
    expect(await shifting.world.ledger.quarantine(release)).toBeNull();
    expect(await live()).toEqual(before);
    await expectOwned();
  });

  test('RefuseRollout: what preflight refused is not begun either', async () => {
    const { client, target } = shifting.production;
    await client.send(
      new ModifyRuleCommand({
        RuleArn: target.shiftable.route.overrideRuleArn,
        Conditions: [
          { Field: 'host-header', HostHeaderConfig: { Values: ['by-hand.example.com'] } },
        ],
      }),
    );
    expect(await runFailing(['RefuseRollout'])).toMatchObject({ outcome: 'rolledBack' });
    expect(await shifting.production.overrideOn()).toBe(false);
    await expectOwned();
  });

  test('RequestRollback: the release asks in its place', async () => {
    const release = await runFailing(['CheckCapacity', 'RequestRollback']);
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    await expectOwned();
  });

  test('a function that dies once is asked again, and the release goes on', async () => {
    const states = ['AcquireLock', 'CreateDeployment', 'Tick', 'ConcludeRollout'];
    expect(await runFailing(states, 1)).toMatchObject({ outcome: 'released' });
    await expectOwned();
  });
});

/** A release at 40 % whose alarm fires while these states of its rollback die. */
const rollBackFailing = async (states: readonly string[], deaths?: number) => {
  const { world, production } = shifting;
  const rollout = await pushedTo(shifting, version(), 40);
  const fault = failAt(world, {
    noun: 'rollback',
    states,
    target: production.target,
    named: '-rb-',
    ...(deaths === undefined ? {} : { deaths }),
  });
  await production.setAlarm(`slipway-checkout-production-${rollout.color}-errors`, 'ALARM');
  const release = await world.ended(rollout.digest);
  fault.end();
  for (const state of states) expect(fault.struck.get(state), state).toBeGreaterThan(0);
  return { rollout, release };
};

describe('fails safe: rollback', () => {
  // Reached only with a dead last good, or on a target with one color: see below; or with a named release: see earlier-fails-safe.test.ts.
  const apart = [
    'ReviveLastGood',
    'ApplyLastGood',
    'CheckLastGood',
    'RecordStuck',
    'PublishEarlier',
    'AbandonRollback',
  ];

  test.each(tasksOf('rollback').filter((state) => !apart.includes(state)))(
    '%s: traffic is on last good, and if it is stuck a person brings it home',
    async (state) => {
      const { production } = shifting;
      const before = await live();
      const { rollout, release } = await rollBackFailing([state]);
      await expectOwned();
      if (state === 'DrainCandidate') {
        // The cluster holds nothing up: only the candidate's pods are left.
        expect(release).toMatchObject({ outcome: 'rolledBack' });
        return;
      }
      expect(release).toMatchObject({ outcome: 'stuck' });
      expect(await production.rollout()).toMatchObject({ phase: 'stuck' });
      const { output } = await production.ended(await production.rollBackByHand('it works again'));
      expect(JSON.parse(output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
      await expectLastGood(shifting, rollout, before?.version ?? '');
    },
  );

  test('RecordStuck: a rollback that ended without a word is followed by another', async () => {
    const { production } = shifting;
    const before = await live();
    const { rollout, release } = await rollBackFailing(['RestoreStable', 'RecordStuck'], 3);
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    expect(await production.rollbacksOf(rollout.rolloutId)).toMatchObject([
      { status: 'FAILED' },
      { status: 'SUCCEEDED' },
    ]);
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });
});

describe('fails safe: a rollback that must bring pods back', () => {
  test('ReviveLastGood: stuck, and a person brings it home', async () => {
    const { production, world } = shifting;
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    const path = `/apis/apps/v1/namespaces/checkout/deployments/checkout-${before?.color}`;
    await kubernetes(production, 'PATCH', path, { spec: { replicas: 0 } });
    await world.clock.advance(20_000);
    const states = ['ReviveLastGood'];
    const fault = failAt(world, { noun: 'rollback', states, target: production.target, named: '' });
    const dead = await production.ended(await production.rollBackByHand('orders look wrong'));
    fault.end();
    expect([dead.status, dead.error]).toEqual(['FAILED', 'RolloutStuck']);
    expect(fault.struck.get('ReviveLastGood')).toBeGreaterThan(0);
    const { output } = await production.ended(await production.rollBackByHand('it works again'));
    expect(JSON.parse(output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
    await world.ended(rollout.digest);
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });

  test('one color: ApplyLastGood, CheckLastGood', async () => {
    const world = await launch({ config: SHORT });
    const good = await world.ended(await world.push({ version: '1.0.0' }));
    expect(good).toMatchObject({ outcome: 'released' });
    const place = { account: '111111111111', region: world.home.region };
    const labels = { 'org.example.model': 'errors:1' };
    for (const [state, bad] of [
      ['ApplyLastGood', '1.1.0'],
      ['CheckLastGood', '1.2.0'],
    ] as const) {
      const fault = failAt(world, {
        noun: 'rollback',
        states: [state],
        target: place,
        named: '-dev-',
      });
      const stuck = await world.ended(await world.push({ version: bad, labels }));
      fault.end();
      expect(stuck, state).toMatchObject({ outcome: 'stuck' });
      expect(fault.struck.get(state)).toBeGreaterThan(0);
      const request = { service: 'checkout', environment: 'dev', reason: 'again', by: 'ada' };
      expect(await byHand(world, 'rollback', request)).toMatchObject({
        output: { outcome: 'rolledBack' },
      });
      expect(await world.target('dev')).toMatchObject({
        phase: 'rolledBack',
        live: { digest: good.digest },
      });
    }
  });
});

describe('twice is once', () => {
  let twice: ReturnType<typeof runTwice>;
  beforeAll(() => {
    twice = runTwice(shifting.world, shifting.production.target);
  });
  afterAll(() => twice.end());

  test('every step of a release and of its rollouts', async () => {
    const { production, world } = shifting;
    const deployments = await production.deployments();
    const versions = await production.pointerVersions();
    const release = await world.ended(await push());
    expect(release).toMatchObject({ outcome: 'released' });
    await expectOwned();
    expect(await production.deployments()).toHaveLength(deployments.length + 1);
    expect(await production.pointerVersions()).toHaveLength(versions.length + 1);
    expect(await production.chainFault(release.releaseId)).toBeNull();
    const kinds = (await world.ledger.events(release.releaseId)).map(({ kind }) => kind);
    const told = (kind: string): number => kinds.filter((one) => one === kind).length;
    // Staging and production; production in three steps.
    expect([told('ShiftStarted'), told('RolloutCompleted')]).toEqual([2, 2]);
    expect([told('WeightShifted'), told('BakeStarted')]).toEqual([4, 2]);
    expect(told('ReleaseConcluded')).toBe(1);
  });

  test('every step of a rollback', async () => {
    const { production, world } = shifting;
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    await production.setAlarm(`slipway-checkout-production-${rollout.color}-errors`, 'ALARM');
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout, before?.version ?? '');
    expect(await production.rollbacksOf(rollout.rolloutId)).toHaveLength(1);
    const steps = ['claim-rollback', 'override-traffic', 'lift-override', 'conclude-rollback'];
    for (const step of steps) expect(twice.functions).toContain(`slipway-${step}`);
  });
});
