import { beforeEach, describe, expect, test } from 'vitest';
import { verifyChain } from '../../../functions/domain/chain.ts';
import { targetLockKey } from '../../../functions/domain/lock.ts';
import { digestOf, type RolloutWorld, rolloutWorld } from './rollout-world.ts';

// Goal: a release goes onto a target by the machines as they are, and traffic follows the alias only as far as the evidence.
// Method: the definitions of statemachines/ on the local Step Functions, every handler, the local AWS; time is virtual.

let world: RolloutWorld;
const MINUTE = 60_000;
const targetId = 'checkout/production/eu-west-1';

beforeEach(async () => {
  world = await rolloutWorld();
});

/** A live release with a few minutes of traffic behind it. */
const serving = async (version = '1.1.0'): Promise<void> => {
  expect(await world.ended(await world.launch(version))).toMatchObject({ outcome: 'completed' });
  await world.clock.advance(5 * MINUTE);
};
const released = async () => {
  const lock = await world.locks.read(targetLockKey(targetId));
  expect(lock?.owner ?? null).toBeNull();
};

describe('rollout: first release', () => {
  test('is placed at once, and becomes live', async () => {
    const ending = await world.ended(await world.launch('1.1.0'));
    expect(ending).toMatchObject({ status: 'SUCCEEDED', outcome: 'completed' });
    expect(await world.weights()).toEqual({ blue: 100, green: 0 });
    expect(await world.alias()).toEqual({ version: '2', weights: {} });
    expect(await world.ledger.live(targetId)).toMatchObject({
      version: '1.1.0',
      color: 'blue',
      lastGood: null,
    });
    await released();
  });

  test('that never gets ready goes away, and nothing is live', async () => {
    const execution = await world.launch('1.6.0');
    world.images.clear();
    expect(await world.ended(execution)).toMatchObject({
      outcome: 'rolledBack',
      reason: expect.stringContaining('is not ready'),
    });
    expect(await world.ledger.live(targetId)).toBeNull();
    expect(await world.ledger.quarantined('checkout', await pairOf('1.6.0'))).not.toBeNull();
    await released();
  });
});

describe('rollout: shift', () => {
  test('a good release gets everything, step by step, and the last one is remembered', async () => {
    await serving();
    const execution = await world.launch('1.2.0');
    const seen = new Set<number>();
    await world.until('the end', async () => {
      const { green, blue } = await world.weights();
      expect(green + blue).toBe(100);
      const { version, weights } = await world.alias();
      const alias = version === '3' ? 100 : Math.round(100 * (weights['3'] ?? 0));
      expect(green).toBeLessThanOrEqual(alias);
      seen.add(green);
      return (await world.outcome(execution)).status !== 'RUNNING';
    });
    expect(await world.outcome(execution)).toMatchObject({ outcome: 'completed' });
    expect([...seen]).toEqual([0, 50, 100]);
    expect(await world.ledger.live(targetId)).toMatchObject({
      version: '1.2.0',
      color: 'green',
      pointerVersion: '3',
      lastGood: { version: '1.1.0', color: 'blue', pointerVersion: '2' },
    });
    expect((await world.row()).phase.S).toBe('idle');
    const releaseId = 'checkout-120-2';
    const events = await world.ledger.events(releaseId);
    expect(verifyChain(events, await world.ledger.head(releaseId))).toBeNull();
    expect(events.map(({ kind }) => kind)).toEqual([
      'ReleaseStarted',
      'RolloutStarted',
      'ShiftStarted',
      'WeightShifted',
      'WeightShifted',
      'BakeStarted',
      'RolloutCompleted',
    ]);
    await released();
  });

  test('the next one goes back to the other slot', async () => {
    await serving('1.1.0');
    await serving('1.2.0');
    await serving('1.3.0');
    expect(await world.weights()).toEqual({ blue: 100, green: 0 });
    expect(await world.ledger.live(targetId)).toMatchObject({ version: '1.3.0', color: 'blue' });
  });

  test('without requests the candidate stays where it is, and goes back when patience ends', async () => {
    await serving();
    const execution = await world.launch('1.2.0');
    await world.until('the first step', async () => (await world.weights()).green === 50);
    world.setLoad(0);
    await world.clock.advance(50 * MINUTE);
    expect((await world.weights()).green).toBe(50);
    expect(await world.alias()).toEqual({ version: '3', weights: {} });
    expect(await world.ended(execution)).toMatchObject({ outcome: 'rolledBack' });
    expect(await world.weights()).toEqual({ blue: 100, green: 0 });
    expect(await world.ledger.rollout(targetId)).toMatchObject({
      phase: 'rolledBack',
      rollback: { cause: 'noEvidence' },
    });
    // Nothing was concluded about the version: it may come again.
    expect(await world.ledger.quarantined('checkout', await pairOf('1.2.0'))).toBeNull();
  });

  test('a release that fails requests is condemned by what the load balancer counted', async () => {
    await serving();
    world.bad.green = 0.05;
    const execution = await world.launch('1.2.0');
    expect(await world.ended(execution)).toMatchObject({ outcome: 'rolledBack' });
    expect(await world.ledger.rollout(targetId)).toMatchObject({
      rollback: { cause: 'judge', outcome: 'rolledBack' },
    });
    expect(await world.weights()).toEqual({ blue: 100, green: 0 });
    expect(await world.alias()).toEqual({ version: '2', weights: {} });
    expect(await world.ledger.quarantined('checkout', await pairOf('1.2.0'))).not.toBeNull();
    expect(await world.ledger.live(targetId)).toMatchObject({ version: '1.1.0' });
    await released();
  });

  test('a release that gets slow is condemned', async () => {
    await serving();
    world.millis.green = 2_000;
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'rolledBack' });
    expect((await world.ledger.rollout(targetId))?.rollback?.reason).toContain(
      'slower than 800 ms',
    );
  });

  test('a quarantined pair is refused, and nothing is touched', async () => {
    await serving();
    world.bad.green = 0.05;
    await world.ended(await world.launch('1.2.0'));
    world.bad.green = 0;
    const before = await world.alias();
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'rejected' });
    expect(await world.alias()).toEqual(before);
    await released();
  });

  test('a hand on the weighted rule is drift: said, undone, not fought', async () => {
    await serving();
    const execution = await world.launch('1.2.0');
    await world.until('the first step', async () => (await world.weights()).green === 50);
    const { blue, green } = world.edge.route.targetGroupArns;
    await world.call('elasticloadbalancingv2', 'ModifyRule', {
      RuleArn: world.edge.route.weightedRuleArn,
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: blue, Weight: 20 },
              { TargetGroupArn: green, Weight: 80 },
            ],
          },
        },
      ],
    });
    expect(await world.ended(execution)).toMatchObject({ outcome: 'rolledBack' });
    expect(await world.weights()).toEqual({ blue: 100, green: 0 });
    expect((await world.ledger.rollout(targetId))?.rollback?.cause).toBe('drift');
    expect(await world.ledger.quarantined('checkout', await pairOf('1.2.0'))).toBeNull();
  });

  test('a weight whose read-back failed is taken on by the next try of that tick', async () => {
    await serving();
    let writes = 0;
    let broken = 0;
    world.disturb((operation, moment) => {
      if (operation === 'ModifyRule' && moment === 'after') writes += 1;
      // The test route's rule was written before.
      if (operation !== 'DescribeRules' || moment !== 'before' || writes < 2 || broken > 0) return;
      broken += 1;
      return Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
    });
    const execution = await world.launch('1.2.0');
    expect(await world.ended(execution)).toMatchObject({ outcome: 'completed' });
    expect(broken).toBe(1);
  });

  test('an alarm that is already firing holds the start, and refuses it in the end', async () => {
    await serving();
    const before = await world.alias();
    world.invocations.length = 0;
    world.orders.failing = 5;
    await world.clock.advance(3 * MINUTE);
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringContaining('checkout-errors is in ALARM'),
    });
    expect(await world.alias()).toEqual(before);
    expect(world.invocations.some(({ name }) => name === 'PublishPointer')).toBe(false);
  });
});

const pairOf = async (version: string) => ({
  digest: digestOf(version),
  configDigest: (await world.ledger.service('checkout'))?.configDigest ?? '',
});

describe('rollout: every step twice', () => {
  test('answers that get lost change nothing', async () => {
    await serving();
    const lost = new Set<string>();
    world.lose((name) => {
      if (lost.has(name) || name.startsWith('CodeDeployHook')) return undefined;
      lost.add(name);
      return Object.assign(new Error('the answer was lost'), { name: 'TransientFailure' });
    });
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'completed' });
    expect(lost).toContain('ConcludeRollout');
    expect(lost).toContain('CreateDeployment');
    expect(await world.weights()).toEqual({ blue: 0, green: 100 });
    const { deployments } = await world.call('codedeploy', 'ListDeployments', {
      applicationName: 'slipway-checkout-production',
      deploymentGroupName: 'slipway-checkout-production',
    });
    expect(deployments).toHaveLength(1);
    const versions = await world.call('lambda', 'ListVersionsByFunction', {
      FunctionName: 'slipway-checkout-production-pointer',
    });
    expect(versions.Versions.map(({ Version }: { Version: string }) => Version)).toEqual([
      '$LATEST',
      '1',
      '2',
      '3',
    ]);
    await released();
  });
});
