import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../../functions/domain/chain.ts';
import { targetLockKey } from '../../../functions/domain/lock.ts';
import type { Strategy } from '../../../functions/domain/target.ts';
import { digestOf, type RolloutWorld } from './rollout-world.ts';
import { type Adapter, shiftedWorld } from './shifted-world.ts';

// Goal: whoever moves the alias, a rollout goes the same way and ends the same; and a rollout that moves it alone is safe to interrupt.
// Method: the machines and handlers on the local AWS, on virtual time; each test serves 1.1.0 and releases 1.2.0.

const MINUTE = 60_000;
const targetId = 'checkout/production/eu-west-1';
const STEPS: Strategy = {
  kind: 'steps',
  steps: [
    { percent: 20, holdSeconds: 120 },
    { percent: 50, holdSeconds: 120 },
  ],
};
const LINEAR: Strategy = { kind: 'linear', stepPercent: 50, everySeconds: 300 };
const table: [Adapter, Strategy, number[]][] = [
  ['codeDeploy', { kind: 'allAtOnce' }, [100]],
  ['schedule', { kind: 'allAtOnce' }, [100]],
  ['codeDeploy', { kind: 'blueGreen' }, [100]],
  ['schedule', { kind: 'blueGreen' }, [100]],
  ['codeDeploy', { kind: 'canary', percent: 20, everySeconds: 300 }, [20, 100]],
  ['schedule', { kind: 'canary', percent: 20, everySeconds: 300 }, [20, 100]],
  ['codeDeploy', LINEAR, [50, 100]],
  ['schedule', LINEAR, [50, 100]],
  ['schedule', STEPS, [20, 50, 100]],
];

/** What the events of a rollout say, without the release's. */
const told = async (world: RolloutWorld, releaseId: string) => {
  const events = await world.ledger.events(releaseId);
  expect(verifyChain(events, await world.ledger.head(releaseId))).toBeNull();
  return events.slice(1);
};

const percentsOf = (events: Awaited<ReturnType<typeof told>>): unknown[] =>
  events.filter(({ kind }) => kind === 'WeightShifted').map(({ facts }) => facts['percent']);

const lastGoodAlone = async (world: RolloutWorld): Promise<void> => {
  expect(await world.weights()).toEqual({ blue: 100, green: 0 });
  expect(await world.alias()).toEqual({ version: '2', weights: {} });
  expect((await world.locks.read(targetLockKey(targetId)))?.owner ?? null).toBeNull();
};

/** The rollback has ended, whoever asked for it. */
const undone = (world: RolloutWorld): Promise<void> =>
  world.until('the rollback', async () => {
    const record = await world.ledger.rollout(targetId);
    return record?.rollback?.outcome === 'rolledBack' && record.endedAt !== null;
  });

const throttled = (): Error => Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });

const ownSchedule = (): Promise<RolloutWorld> => shiftedWorld('schedule', LINEAR);

describe('shift: each strategy, by either adapter', () => {
  test.each(table)('%s %j: a good release gets everything', async (adapter, strategy, steps) => {
    const world = await shiftedWorld(adapter, strategy);
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'completed' });
    const events = await told(world, 'checkout-120-2');
    expect(percentsOf(events)).toEqual(steps);
    expect(events.map(({ kind }) => kind)).toEqual([
      'RolloutStarted',
      'ShiftStarted',
      ...steps.map(() => 'WeightShifted'),
      'BakeStarted',
      'RolloutCompleted',
    ]);
    expect(events[1]?.facts).toMatchObject({ by: adapter, strategy });
    expect(await world.weights()).toEqual({ blue: 0, green: 100 });
    expect(await world.alias()).toEqual({ version: '3', weights: {} });
  });

  test.each(table.filter(([, { kind }]) => kind !== 'allAtOnce'))(
    '%s %j: a release that fails requests goes back',
    async (adapter, strategy, [first]) => {
      const world = await shiftedWorld(adapter, strategy);
      world.bad.green = 0.2;
      expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({
        outcome: 'rolledBack',
      });
      const events = await told(world, 'checkout-120-2');
      expect(percentsOf(events)).toEqual([first]);
      expect(events.at(-1)?.kind).toBe('RolledBack');
      expect(await world.ledger.rollout(targetId)).toMatchObject({
        phase: 'rolledBack',
        rollback: { cause: 'judge', outcome: 'rolledBack' },
      });
      await lastGoodAlone(world);
    },
  );

  test.each<Adapter>(['codeDeploy', 'schedule'])(
    '%s allAtOnce: an alarm in its one step takes it back',
    async (adapter) => {
      const world = await shiftedWorld(adapter, { kind: 'allAtOnce' });
      await world.launch('1.2.0');
      await world.until('everything', async () => (await world.weights()).green === 100);
      await world.alarm('ALARM');
      await undone(world);
      await lastGoodAlone(world);
    },
  );
});

describe('own schedule: alone', () => {
  test('CodeDeploy is asked nothing', async () => {
    const world = await ownSchedule();
    const asked: string[] = [];
    const stop = world.cloud.onCall(({ service, operation }) => {
      if (service === 'codedeploy') asked.push(operation);
    });
    await world.ended(await world.launch('1.2.0'));
    world.bad.blue = 0.2;
    await world.ended(await world.launch('1.3.0'));
    stop();
    expect(asked).toEqual([]);
  });

  test('a tick that is killed between alias and rule leaves the alias ahead, and the next goes on', async () => {
    const world = await ownSchedule();
    let killedAt: number | null = null;
    world.disturb((operation, moment) => {
      const shifting = world.invocations.some(({ name }) => name === 'CreateDeployment');
      if (operation !== 'ModifyRule' || moment !== 'before' || !shifting) return undefined;
      killedAt ??= world.clock.now();
      return world.clock.now() < killedAt + 10_000 ? throttled() : undefined;
    });
    world.invocations.length = 0;
    const execution = await world.launch('1.2.0');
    await world.until('the kill', () => killedAt !== null);
    expect(await world.alias()).toEqual({ version: '2', weights: { 3: 0.5 } });
    expect((await world.weights()).green).toBe(0);
    expect(await world.ended(execution)).toMatchObject({ outcome: 'completed' });
    expect(percentsOf(await told(world, 'checkout-120-2'))).toEqual([50, 100]);
  });

  test('an alias write whose answer is lost is not made twice', async () => {
    const world = await ownSchedule();
    let lost = 0;
    let writes = 0;
    const stop = world.cloud.onCall(({ operation, outcome }) => {
      if (operation === 'UpdateAlias' && outcome === 'ok') writes += 1;
    });
    world.disturb((operation, moment) => {
      if (operation !== 'UpdateAlias' || moment !== 'after' || lost > 0) return undefined;
      lost += 1;
      return throttled();
    });
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'completed' });
    stop();
    expect([lost, writes]).toEqual([1, 2]);
  });

  test('the start that was recorded first counts, whatever is tried again', async () => {
    const world = await ownSchedule();
    let lost = 0;
    world.lose((name) => {
      if (name !== 'CreateDeployment' || lost === 2) return undefined;
      lost += 1;
      return Object.assign(new Error('the answer was lost'), { name: 'TransientFailure' });
    });
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'completed' });
    expect(lost).toBe(2);
    const starts = world.invocations
      .filter(({ name }) => name === 'Tick')
      .map(({ payload }) => (payload as { deployment: object }).deployment);
    const { shiftStartedAt = '' } = (await world.ledger.rollout(targetId)) ?? {};
    expect(starts.length).toBeGreaterThan(2);
    expect(new Set(starts.map((start) => JSON.stringify(start)))).toEqual(
      new Set([JSON.stringify({ deploymentId: null, startedAt: shiftStartedAt })]),
    );
    const first = world.invocations.findLast(({ name }) => name === 'CreateDeployment');
    expect(Date.parse(shiftStartedAt)).toBeLessThan(first?.at ?? 0);
  });

  test('every answer lost once changes nothing', async () => {
    const world = await ownSchedule();
    const lost = new Set<string>();
    world.lose((name) => {
      if (lost.has(name)) return undefined;
      lost.add(name);
      return Object.assign(new Error('the answer was lost'), { name: 'TransientFailure' });
    });
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'completed' });
    expect(lost).toContain('Tick');
    expect(percentsOf(await told(world, 'checkout-120-2'))).toEqual([50, 100]);
  });
});

describe('own schedule: other hands', () => {
  const point = (world: RolloutWorld, change: object) =>
    world.call('lambda', 'UpdateAlias', {
      FunctionName: 'slipway-checkout-production-pointer',
      Name: 'live',
      ...change,
    });

  test('an alias taken back below the load balancer is drift, and is not mended', async () => {
    const world = await ownSchedule();
    const execution = await world.launch('1.2.0');
    await world.until('the first step', async () => (await world.weights()).green === 50);
    await point(world, { RoutingConfig: { AdditionalVersionWeights: {} } });
    expect(await world.ended(execution)).toMatchObject({ outcome: 'rolledBack' });
    expect((await world.ledger.rollout(targetId))?.rollback?.cause).toBe('drift');
    expect(await world.ledger.quarantined('checkout', await pairOf(world))).toBeNull();
    await lastGoodAlone(world);
  });

  test('a write that another one came before is refused, and tried again from what stands now', async () => {
    const world = await ownSchedule();
    const outcomes: string[] = [];
    let between = false;
    const stop = world.cloud.onCall(({ operation, outcome }) => {
      if (operation === 'UpdateAlias') outcomes.push(outcome);
      const begun = world.invocations.some(({ name }) => name === 'CreateDeployment');
      if (operation !== 'GetAlias' || between || !begun) return;
      between = true;
      void point(world, { RoutingConfig: { AdditionalVersionWeights: { 3: 0.01 } } });
    });
    world.invocations.length = 0;
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'completed' });
    stop();
    expect(outcomes).toEqual(['ok', 'PreconditionFailedException', 'ok', 'ok']);
    expect(percentsOf(await told(world, 'checkout-120-2'))).toEqual([50, 100]);
  });

  test('a foreign version behind the alias is drift', async () => {
    const world = await ownSchedule();
    const execution = await world.launch('1.2.0');
    await world.until('the first step', async () => (await world.weights()).green === 50);
    await point(world, { RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } } });
    expect(await world.ended(execution)).toMatchObject({ outcome: 'rolledBack' });
    expect((await world.ledger.rollout(targetId))?.rollback?.cause).toBe('drift');
  });

  test.each([
    ['before the first share', 0],
    ['in the middle of the shift', 50],
  ])('what a lost rollout still has on the way fails after its rollback: %s', async (_when, at) => {
    const world = await ownSchedule();
    await world.launch('1.2.0');
    await world.until('the moment', async () =>
      at === 0
        ? world.invocations.findLast(({ name }) => name === 'PublishPointer') !== undefined &&
          (await world.row()).phase.S === 'shifting'
        : (await world.weights()).green === at,
    );
    const { RevisionId } = await world.call('lambda', 'GetAlias', {
      FunctionName: 'slipway-checkout-production-pointer',
      Name: 'live',
    });
    await world.alarm('ALARM');
    await undone(world);
    await expect(
      point(world, { RoutingConfig: { AdditionalVersionWeights: { 3: 0.5 } }, RevisionId }),
    ).rejects.toMatchObject({ name: 'PreconditionFailedException' });
    await lastGoodAlone(world);
  });
});

const pairOf = async (world: RolloutWorld) => ({
  digest: digestOf('1.2.0'),
  configDigest: (await world.ledger.service('checkout'))?.configDigest ?? '',
});

describe('own schedule: the stop', () => {
  test('is immediate: the rollback waits for nobody', async () => {
    const world = await ownSchedule();
    await world.launch('1.2.0');
    await world.until('the first step', async () => (await world.weights()).green === 50);
    world.invocations.length = 0;
    await world.alarm('ALARM');
    await undone(world);
    const stops = world.invocations.filter(({ name }) => name === 'StopDeployment');
    expect(stops.map(({ answer }) => answer)).toMatchObject([{ ended: true }]);
    await world.clock.advance(10 * MINUTE);
    await lastGoodAlone(world);
  });
});
