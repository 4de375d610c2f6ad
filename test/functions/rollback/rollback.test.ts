import { beforeEach, describe, expect, test } from 'vitest';
import { verifyChain } from '../../../functions/domain/chain.ts';
import { targetLockKey } from '../../../functions/domain/lock.ts';
import type { EksService } from '../../../local/services/eks/module.ts';
import { digestOf, type RolloutWorld, rolloutWorld } from '../rollout/rollout-world.ts';

// Goal: whatever asks, last good serves again, is proven to, and a bad pair can't come back by itself.
// Method: the real machines and handlers on the local AWS, in virtual time; faults and people at the moments that hurt.

let world: RolloutWorld;
let execution: string;
const MINUTE = 60_000;
const targetId = 'checkout/production/eu-west-1';

const pairOf = async (version: string) => ({
  digest: digestOf(version),
  configDigest: (await world.ledger.service('checkout'))?.configDigest ?? '',
});

/** 1.1.0 is live, 1.2.0 has half of the traffic. */
const halfWay = async (): Promise<void> => {
  world = await rolloutWorld();
  expect(await world.ended(await world.launch('1.1.0'))).toMatchObject({ outcome: 'completed' });
  await world.clock.advance(5 * MINUTE);
  execution = await world.launch('1.2.0');
  await world.until('the first step', async () => (await world.weights()).green === 50);
};

/** Last good serves alone, and nothing of the rollout is left over. */
const expectLastGood = async (): Promise<void> => {
  expect(await world.weights()).toEqual({ blue: 100, green: 0 });
  expect(world.shares()).toEqual({ blue: 100, green: 0 });
  expect(await world.alias()).toEqual({ version: '2', weights: {} });
  expect((await world.overrideHosts())[0]).toMatch(/\.slipway\.invalid$/);
  expect((await world.row()).phase.S).toBe('idle');
  expect(await world.ledger.live(targetId)).toMatchObject({ version: '1.1.0', color: 'blue' });
  expect(await world.ledger.rollout(targetId)).toMatchObject({
    version: '1.2.0',
    phase: 'rolledBack',
    rollback: { outcome: 'rolledBack' },
  });
  const lock = await world.locks.read(targetLockKey(targetId));
  expect(lock?.owner ?? null).toBeNull();
};

const rollbacks = async (): Promise<{ name: string; status: string }[]> => {
  const { executions } = await world.call('sfn', 'ListExecutions', {
    stateMachineArn: world.machineArn('rollback').replace(/:live$/, ''),
  });
  return executions;
};

/** The newest rollback has ended. */
const expectUndone = async (): Promise<void> => {
  await world.until('the rollback', async () => {
    const all = await rollbacks();
    return all.length > 0 && all.every(({ status }) => status !== 'RUNNING');
  });
  expect((await rollbacks()).some(({ status }) => status === 'SUCCEEDED')).toBe(true);
};

beforeEach(halfWay);

describe('rollback: an alarm in the middle of a shift', () => {
  test('override, stop, last good, quarantine, lock free, chain whole', async () => {
    const before = world.clock.now();
    await world.alarm('ALARM');
    await world.until('the override', () => world.shares().green === 0, 1);
    expect(world.clock.now() - before).toBeLessThanOrEqual(30_000);
    expect(await world.overrideHosts()).toEqual(['checkout.example.com']);

    await expectUndone();
    await expectLastGood();
    const { deploymentInfo } = await world.call('codedeploy', 'GetDeployment', {
      deploymentId: (await world.ledger.rollout(targetId))?.deploymentId,
    });
    expect(deploymentInfo.status).toBe('Stopped');
    expect(await world.ledger.quarantined('checkout', await pairOf('1.2.0'))).toMatchObject({
      rolloutId: 'checkout-120-2-production-euw1-1',
    });
    const events = await world.ledger.events('checkout-120-2');
    expect(verifyChain(events, await world.ledger.head('checkout-120-2'))).toBeNull();
    expect(events.at(-1)).toMatchObject({ kind: 'RolledBack', facts: { cause: 'alarm' } });
    expect((await rollbacks()).map(({ status }) => status)).toEqual(['SUCCEEDED']);
    // No tick of it is left to write: the rollback ended its execution before it lifted the override.
    const stopped = await world.call('sfn', 'DescribeExecution', { executionArn: execution });
    const lifted = world.invocations.find(({ name }) => name === 'LiftOverride');
    expect(stopped.status).not.toBe('RUNNING');
    expect(lifted?.at).toBeGreaterThanOrEqual(stopped.stopDate.getTime() + 30_000);
  });

  test('a second alarm during the rollback changes nothing', async () => {
    await world.alarm('ALARM');
    await world.until('the claim', () =>
      world.invocations.some(({ name }) => name === 'ClaimRollback'),
    );
    await world.alarm('OK');
    await world.alarm('ALARM');
    await expectUndone();
    await world.alarm('OK');
    await world.alarm('ALARM');
    await world.clock.advance(10 * MINUTE);
    await expectLastGood();
    expect(await rollbacks()).toHaveLength(1);
    const fired = world.invocations.filter(({ name }) => name === 'AlarmFastPath');
    expect(fired.length).toBeGreaterThanOrEqual(2);
  });

  test('the bad color is drained: weights do not move streams', async () => {
    await world.alarm('ALARM');
    await expectUndone();
    await world.clock.advance(2 * MINUTE);
    const { TargetHealthDescriptions } = await world.call(
      'elasticloadbalancingv2',
      'DescribeTargetHealth',
      { TargetGroupArn: world.edge.route.targetGroupArns.green },
    );
    const states = TargetHealthDescriptions.map(
      (each: { TargetHealth: { State: string } }) => each.TargetHealth.State,
    );
    expect(states).not.toContain('healthy');
  });

  test('the next release goes on from last good', async () => {
    await world.alarm('ALARM');
    await expectUndone();
    await world.clock.advance(5 * MINUTE);
    expect(await world.ended(await world.launch('1.4.0'))).toMatchObject({ outcome: 'completed' });
    expect(await world.weights()).toEqual({ blue: 0, green: 100 });
    expect(await world.ledger.live(targetId)).toMatchObject({
      version: '1.4.0',
      lastGood: { version: '1.1.0' },
    });
  });
});

describe('rollback: whoever asks', () => {
  test('ten who ask make one rollback', async () => {
    const request = {
      rolloutId: 'checkout-120-2-production-euw1-1',
      targetId,
      cause: 'judge',
      reason: 'bad',
      requestedBy: 'release',
      yielded: false,
    };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.invoke('RequestRollback', request)),
    );
    expect(answers.every(({ FunctionError }) => FunctionError === undefined)).toBe(true);
    expect(await rollbacks()).toHaveLength(1);
    await world.until('the end', async () => (await rollbacks())[0]?.status !== 'RUNNING');
    await expectLastGood();
  });

  test('an execution that dies takes nobody with it', async () => {
    await world.call('sfn', 'StopExecution', { executionArn: execution });
    await world.until('the rollback', async () => (await rollbacks())[0]?.status === 'SUCCEEDED');
    await expectLastGood();
    expect((await world.ledger.rollout(targetId))?.rollback?.cause).toBe('lostExecution');
    expect(await world.ledger.quarantined('checkout', await pairOf('1.2.0'))).toBeNull();
  });

  test('a rollback that is killed is followed by another', async () => {
    await world.alarm('ALARM');
    await world.until('the claim', () =>
      world.invocations.some(({ name }) => name === 'ClaimRollback'),
    );
    const name = (await world.ledger.rollout(targetId))?.rollback?.executionArn;
    await world.call('sfn', 'StopExecution', { executionArn: name });
    expect(world.shares()).toEqual({ blue: 100, green: 0 });
    await world.until('another', async () => (await rollbacks()).length === 2, 5);
    await expectUndone();
    await expectLastGood();
    expect((await rollbacks()).map(({ status }) => status).sort()).toEqual([
      'ABORTED',
      'SUCCEEDED',
    ]);
  });

  test('a person, while traffic shifts', async () => {
    const { executionArn } = await world.call('sfn', 'StartExecution', {
      stateMachineArn: world.machineArn('rollback'),
      name: 'by-hand',
      input: JSON.stringify({
        service: 'checkout',
        environment: 'production',
        reason: 'orders look wrong',
        by: 'ada',
      }),
    });
    expect(await world.ended(executionArn)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood();
    expect((await world.ledger.rollout(targetId))?.rollback).toMatchObject({
      cause: 'person',
      reason: 'ada: orders look wrong',
    });
    expect(await world.ledger.quarantined('checkout', await pairOf('1.2.0'))).not.toBeNull();
  });

  test('a person, after it has completed; twice is once', async () => {
    expect(await world.ended(execution)).toMatchObject({ outcome: 'completed' });
    const byHand = async (name: string) => {
      const { executionArn } = await world.call('sfn', 'StartExecution', {
        stateMachineArn: world.machineArn('rollback'),
        name,
        input: JSON.stringify({
          service: 'checkout',
          environment: 'production',
          reason: 'found late',
          by: 'ada',
        }),
      });
      return world.ended(executionArn);
    };
    expect(await byHand('first')).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood();
    expect(await byHand('second')).toMatchObject({ outcome: 'nothingToDo' });
    await expectLastGood();
  });

  test.each([
    [
      { service: 'nobody', environment: 'production', reason: 'r', by: 'ada' },
      'registered are: checkout',
    ],
    [{ service: 'checkout', environment: 'nowhere', reason: 'r', by: 'ada' }, 'it has: production'],
    [{ service: 'checkout', environment: 'production' }, 'a person gives'],
    [
      { service: 'checkout', environment: 'production', reason: 'r', by: 'a', why: 1 },
      'Unrecognized key',
    ],
  ])('nonsense by hand is refused: %j', async (input, words) => {
    const { executionArn } = await world.call('sfn', 'StartExecution', {
      stateMachineArn: world.machineArn('rollback'),
      input: JSON.stringify(input),
    });
    expect(await world.ended(executionArn)).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining(words),
    });
    expect(world.shares().green).toBe(50);
  });
});

describe('rollback: what can go wrong', () => {
  test('every step twice gives the same end', async () => {
    const lost = new Set<string>();
    world.lose((name) => {
      if (lost.has(name) || name.startsWith('CodeDeployHook') || name === 'Tick') return undefined;
      lost.add(name);
      return Object.assign(new Error('the answer was lost'), { name: 'TransientFailure' });
    });
    await world.alarm('ALARM');
    await expectUndone();
    await expectLastGood();
    expect(lost).toContain('ConcludeRollback');
    expect(lost).toContain('LiftOverride');
  });

  test('a cluster that does not answer holds nothing up', async () => {
    world.sabotage((name) =>
      name === 'ScaleWorkload'
        ? Object.assign(new Error('connect ETIMEDOUT'), { name: 'TransientFailure' })
        : undefined,
    );
    await world.alarm('ALARM');
    await expectUndone();
    await expectLastGood();
  });

  test('an undo that fails is stuck: the override stays, the lock is not freed by it, a person is called', async () => {
    world.disturb((operation, moment) =>
      operation === 'StopDeployment' && moment === 'before'
        ? Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' })
        : undefined,
    );
    await world.alarm('ALARM');
    await world.until('the end', async () => (await rollbacks())[0]?.status === 'FAILED');
    expect(await world.ledger.rollout(targetId)).toMatchObject({
      phase: 'stuck',
      rollback: { outcome: 'stuck' },
    });
    expect(world.shares()).toEqual({ blue: 100, green: 0 });
    expect(await world.overrideHosts()).toEqual(['checkout.example.com']);
    const events = await world.ledger.events('checkout-120-2');
    expect(events.map(({ kind }) => kind)).toContain('RollbackStuck');
    // It does not block the next: once the cause is gone, the same request leads home.
    world.disturb(() => undefined);
    const { executionArn } = await world.call('sfn', 'StartExecution', {
      stateMachineArn: world.machineArn('rollback'),
      name: 'by-hand',
      input: JSON.stringify({
        service: 'checkout',
        environment: 'production',
        reason: 'permission is back',
        by: 'ada',
      }),
    });
    expect(await world.ended(executionArn)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood();
  });

  test('a load balancer that refuses the override at first is asked again', async () => {
    let refused = 0;
    world.disturb((operation, moment) => {
      if (operation !== 'ModifyRule' || moment !== 'before' || refused >= 3) return undefined;
      refused += 1;
      return Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
    });
    await world.alarm('ALARM');
    await world.until('the override', () => world.shares().green === 0, 1);
    await expectUndone();
    await expectLastGood();
  });

  test('a last good that has died gets no traffic until it lives again', async () => {
    world.images.clear();
    const { kubernetes } = world.cloud
      .service<EksService>('eks', {
        account: '333333333333',
        region: 'eu-west-1',
      })
      .clusters.get('shop');
    await kubernetes.request(
      new URL('https://shop/apis/apps/v1/namespaces/checkout/deployments/checkout-blue'),
      {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ spec: { replicas: 0 } }),
      },
    );
    await world.clock.advance(MINUTE);
    await world.call('sfn', 'StartExecution', {
      stateMachineArn: world.machineArn('rollback'),
      name: 'by-hand',
      input: JSON.stringify({
        service: 'checkout',
        environment: 'production',
        reason: 'try',
        by: 'ada',
      }),
    });
    await world.until('the wait', () =>
      world.invocations.some(
        ({ name, answer }) =>
          name === 'OverrideTraffic' && (answer as { decision: string }).decision === 'wait',
      ),
    );
    expect(world.shares().blue).not.toBe(100);
    world.images.set(digestOf('1.1.0'), {});
    await world.until('the end', async () => (await rollbacks())[0]?.status !== 'RUNNING', 30);
    expect((await rollbacks())[0]?.status).toBe('SUCCEEDED');
    await expectLastGood();
  });
});
