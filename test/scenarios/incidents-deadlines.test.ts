import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type InterceptedCall, KilledInvocation } from '../../local/services/lambda/invocation.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import { expectLastGood, pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';
import { faultsOf } from '../world/soundness.ts';

// Goal: nothing waits for ever: whatever falls silent, a rollout and its rollback end within their bound, and users are served.
// Method: for each neighbour a world in which it does not answer, for a while or for good, from the moment that hurts most.
const MINUTE = 60_000;
let shifting: Shifting;
vi.setConfig({ testTimeout: 120_000 });

beforeEach(async () => {
  shifting = await shiftingWorld();
}, 120_000);

type Fault = (call: InterceptedCall) => Error | undefined;

/** Answers calls of production's and the pipeline's functions with an error, from now on. */
const failing = (fault: Fault): (() => void) => {
  const { world, production } = shifting;
  const ends = [world.home, production.target].map((place) =>
    world.cloud.service<LambdaService>('lambda', place).interceptCalls((call) => {
      const error = call.phase === 'before' ? fault(call) : undefined;
      if (error !== undefined) throw error;
    }),
  );
  return () => {
    for (const end of ends) end();
  };
};

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
const silent = (): Error => named('TimeoutError', 'socket hang up');
const throttled = (): Error => named('ThrottlingException', 'Rate exceeded');
const calls = (service: string, operation: RegExp, error: () => Error): Fault => {
  return (call) =>
    call.service === service && operation.test(call.operation) ? error() : undefined;
};
const ofProduction = (fault: Fault): Fault => {
  const { targetId, shiftable } = shifting.production.target;
  const words = [targetId, shiftable.route.weightedRuleArn, shiftable.route.overrideRuleArn];
  return (call) => {
    const input = JSON.stringify(call.input);
    return words.some((word) => input.includes(word)) ? fault(call) : undefined;
  };
};

/** Lets time pass until nothing is amiss. */
const sound = (minutes: number): Promise<unknown> =>
  shifting.world.until(
    'nothing is amiss',
    async () => ((await faultsOf(shifting.world)).length === 0 ? true : undefined),
    minutes,
  );

const minutesSince = (at: number): number => (shifting.world.clock.now() - at) / MINUTE;

describe('deadline: before traffic shifts', () => {
  test('a pod that never gets ready ends the rollout, once, and the next one starts', async () => {
    const { world } = shifting;
    const labels = { 'org.example.model': 'ready:false' };
    const at = world.clock.now();
    const ended = await world.ended(await world.push({ version: '1.1.0', labels }), 30);
    expect(ended).toMatchObject({ outcome: 'rolledBack' });
    expect(minutesSince(at)).toBeLessThan(20);
    const kinds = (await world.ledger.events(ended.releaseId)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'RollbackStarted')).toHaveLength(1);
    await sound(10);
    expect(await world.ended(await world.push({ version: '1.2.0' }))).toMatchObject({
      outcome: 'released',
    });
  });

  test('a hook that never runs ends with CodeDeploy’s own hour', async () => {
    const { world, production } = shifting;
    const functions = world.cloud.service<LambdaService>('lambda', production.target);
    functions.beforeInvoke = ({ functionName }) => {
      if (functionName.includes('production-before')) throw new KilledInvocation('never');
    };
    const before = await world.ledger.live(production.target.targetId);
    const at = world.clock.now();
    const ended = await world.ended(await world.push({ version: '1.1.0' }), 120);
    expect(ended).toMatchObject({ outcome: 'rolledBack' });
    expect(minutesSince(at)).toBeLessThan(75);
    expect(await world.ledger.quarantine(ended)).toBeNull();
    expect(await world.ledger.live(production.target.targetId)).toEqual(before);
    await sound(10);
  });
});

describe('deadline: while traffic shifts', () => {
  test.each<[string, Fault, number]>([
    ['CodeDeploy does not answer', calls('codedeploy', /^(Get|List|BatchGet)/, silent), 15],
    ['metrics cannot be read', calls('cloudwatch', /^GetMetricData$/, silent), 45],
    ['alarms cannot be read', calls('cloudwatch', /^DescribeAlarms$/, silent), 45],
  ])('%s: traffic is on last good in time, and the rest follows', async (_name, fault, minutes) => {
    const { world, production } = shifting;
    const rollout = await pushedTo(shifting, '1.1.0', 40);
    const color = rollout.color ?? 'green';
    const at = world.clock.now();
    const end = failing(fault);
    await world.until(
      'no user is on the candidate',
      async () => {
        const of = (await production.overrideOn()) ? 'override' : 'weighted';
        return (await production.weights(of))[color] === 0 ? true : undefined;
      },
      minutes,
    );
    expect(shifting.watch.written.every((percent) => percent <= 40)).toBe(true);
    end();
    const ended = await world.ended(rollout.digest, 60);
    if (ended.outcome !== 'rolledBack') {
      expect(ended.outcome).toBe('stuck');
      await production.ended(await production.rollBackByHand('it answers again'));
    }
    await expectLastGood(shifting, rollout);
    expect(minutesSince(at)).toBeLessThan(minutes + 15);
  });

  test('the load balancer refuses every write for 20 min: no share is written, and the end is sound', async () => {
    const { world } = shifting;
    const rollout = await pushedTo(shifting, '1.1.0', 40);
    const written = shifting.watch.written.length;
    const end = failing(ofProduction(calls('elasticloadbalancingv2', /^ModifyRule$/, throttled)));
    await world.clock.advance(20 * MINUTE);
    expect(shifting.watch.written).toHaveLength(written);
    end();
    const at = world.clock.now();
    const ended = await world.ended(rollout.digest, 60);
    if (ended.outcome !== 'rolledBack') {
      expect(ended.outcome).toBe('stuck');
      const { production } = shifting;
      await production.ended(await production.rollBackByHand('it takes writes again'));
    }
    await expectLastGood(shifting, rollout);
    expect(minutesSince(at)).toBeLessThan(20);
  });

  test('the load balancer refuses every write for 4 min: the step waits or goes back, and no request is lost', async () => {
    const { world, users, production, watch } = shifting;
    const rollout = await pushedTo(shifting, '1.1.0', 40);
    const failedBefore = users.summary().failed;
    const end = failing(ofProduction(calls('elasticloadbalancingv2', /^ModifyRule$/, throttled)));
    await world.clock.advance(4 * MINUTE);
    expect((await production.weights())[rollout.color ?? 'green']).toBe(40);
    end();
    expect((await world.ended(rollout.digest, 90)).outcome).toMatch(/^(released|rolledBack)$/);
    await sound(20);
    expect(users.summary().failed).toBe(failedBefore);
    expect(watch.broken).toEqual([]);
  });
});

describe('deadline: while it goes back', () => {
  test('the cluster does not answer during the whole rollback: traffic goes back all the same', async () => {
    const { world, production, users } = shifting;
    const rollout = await pushedTo(shifting, '1.1.0', 40);
    const failedBefore = users.summary().failed;
    const at = world.clock.now();
    const end = failing(calls('https', /./, () => new TypeError('fetch failed')));
    await production.setAlarm(`slipway-checkout-production-${rollout.color}-errors`, 'ALARM');
    await world.until('the override', async () => (await production.overrideOn()) || undefined, 1);
    const ended = await world.ended(rollout.digest, 30);
    end();
    expect(ended).toMatchObject({ outcome: 'rolledBack' });
    expect(minutesSince(at)).toBeLessThan(15);
    expect((await production.weights())[rollout.color ?? 'green']).toBe(0);
    expect(await production.overrideOn()).toBe(false);
    expect(await production.lockOwner()).toBeNull();
    expect(users.summary().failed).toBe(failedBefore);
  });
});
