import { rmSync } from 'node:fs';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { assemble } from '../../cli/laptop/assemblies.ts';
import { machineArn } from '../../config/names.ts';
import type { RolloutRecord } from '../../functions/domain/rollout.ts';
import { KilledInvocation } from '../../local/services/lambda/invocation.ts';
import { changedAssembly } from '../world/changed-assembly.ts';
import { watchEffects } from '../world/effects.ts';
import { runTwice } from '../world/machine-faults.ts';
import {
  expectLastGood,
  pushedTo,
  SHIFTING,
  type Shifting,
  shiftingWorld,
} from '../world/shifting.ts';

// Goal: a rollout that outlives one execution's history goes on in the next under the same rules, and whatever ends any of its
// executions leaves users on one release.
// Method: the pipeline with three ticks an execution in place of hundreds; users on the virtual clock.
const TICKS = 3;
const HARD_LIMIT = 10_000;
let shifting: Shifting;
let hurried: string;
let serial = 0;

beforeAll(async () => {
  shifting = await shiftingWorld();
  hurried = changedAssembly((await assemble(SHIFTING)).slipway, 'slipway-pipeline', (resources) => {
    const machine = resources.find(
      ({ Properties }) => Properties?.['StateMachineName'] === 'slipway-rollout',
    );
    if (machine === undefined) throw new Error('slipway-pipeline has no machine rollout');
    const substitutions = machine.Properties['DefinitionSubstitutions'] as Record<string, string>;
    bound = Number(substitutions['TicksMax']);
    substitutions['TicksMax'] = String(TICKS);
  });
  const { world } = shifting;
  await world.during(
    world.cloud.deploy(hurried, { stacks: ['slipway-pipeline'], exclusively: true }),
  );
}, 120_000);
afterAll(() => rmSync(hurried, { recursive: true, force: true }));
afterEach(() => expect(shifting.watch.broken).toEqual([]));

/** As the stacks have it. */
let bound = 0;

const version = (): string => {
  serial += 1;
  return `2.${serial}.0`;
};
const live = () => shifting.world.ledger.live(shifting.production.target.targetId);

const arnOf = (rollout: RolloutRecord, number: number): string => {
  const { executionArn, rolloutId } = rollout;
  const stem = (executionArn ?? '').split(':').slice(0, -1).join(':');
  return `${stem}:${number === 1 ? rolloutId : `${rolloutId}-${number}`}`;
};

const statusOf = async (executionArn: string): Promise<string | undefined> => {
  const { world } = shifting;
  const found = await world.client().send(new DescribeExecutionCommand({ executionArn }));
  return found.status;
};

const historyOf = async (executionArn: string): Promise<HistoryEvent[]> => {
  const { world } = shifting;
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page: { events?: HistoryEvent[]; nextToken?: string } = await world.client().send(
      new GetExecutionHistoryCommand({
        executionArn,
        maxResults: 1000,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
};

const entered = (events: readonly HistoryEvent[], state: string): number =>
  events.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state).length;

/** A rollout whose successor of this number ticks. */
const inSuccessor = async (number: number): Promise<RolloutRecord> => {
  const { world, production } = shifting;
  const rollout = await pushedTo(shifting, version(), 40);
  await world.until(
    `execution ${number} has taken over`,
    async () =>
      (await production.rollout())?.executionArn?.endsWith(`-${number}`) === true || undefined,
  );
  return rollout;
};

describe('a long rollout', () => {
  test('goes through successors and completes: one lock, one deployment, one story', async () => {
    const { world, production } = shifting;
    const deployments = await production.deployments();
    const rollout = await inSuccessor(3);
    // The lock is the successor's; those before it only wait.
    expect(await production.lockOwner()).toBe(arnOf(rollout, 3));
    expect([await statusOf(arnOf(rollout, 1)), await statusOf(arnOf(rollout, 2))]).toEqual([
      'RUNNING',
      'RUNNING',
    ]);
    const release = await world.ended(rollout.digest);
    expect(release).toMatchObject({ outcome: 'released' });
    expect(await live()).toMatchObject({ rolloutId: rollout.rolloutId });
    expect(await production.lockOwner()).toBeNull();
    expect(await production.deployments()).toHaveLength(deployments.length + 1);
    expect(await production.chainFault(release.releaseId)).toBeNull();
    const events = await world.ledger.events(release.releaseId);
    const told = (kind: string) =>
      events.filter(
        (event) => event.kind === kind && event.facts['rolloutId'] === rollout.rolloutId,
      );
    expect([told('RolloutStarted').length, told('RolloutCompleted').length]).toEqual([1, 1]);
    expect([told('BakeStarted').length, told('WeightShifted').length]).toEqual([1, 3]);
    const numbers = told('RolloutHandedOver').map(({ facts }) => facts['number']);
    expect(numbers.length).toBeGreaterThanOrEqual(2);
    expect(numbers).toEqual(numbers.map((_, at) => at + 2));
    const tokens = [...told('RolloutStarted'), ...told('RolloutHandedOver')].map(({ facts }) =>
      Number(facts['token']),
    );
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const number of [1, ...numbers.map(Number)]) {
      expect(await statusOf(arnOf(rollout, number))).toBe('SUCCEEDED');
      expect(entered(await historyOf(arnOf(rollout, number)), 'Tick')).toBeLessThanOrEqual(TICKS);
    }
  });

  test('a history of 30 h in which nothing may go on stays below 10,000 events', async () => {
    const { production } = shifting;
    const rollout = await production.rollout();
    const [first, second] = await Promise.all(
      [1, 2].map((at) => historyOf(arnOf(rollout as never, at))),
    );
    const all = first?.length ?? 0;
    const ticks = entered(first ?? [], 'Tick');
    const eventsATick = 9;
    const fixed = all - ticks * eventsATick;
    expect(ticks).toBe(TICKS);
    // The same ticks in the successor take the same events, so what is left over is what each has besides them.
    expect(entered(second ?? [], 'Tick')).toBe(TICKS);
    const besides = (second?.length ?? 0) - TICKS * eventsATick;
    expect(besides).toBeGreaterThan(0);
    expect(besides).toBeLessThan(fixed);
    expect(bound).toBeGreaterThan(100);
    expect(fixed + bound * eventsATick).toBeLessThan(HARD_LIMIT);
    // A tick a minute: 30 h of them in one execution would be too many.
    expect(fixed + 30 * 60 * eventsATick).toBeGreaterThan(HARD_LIMIT);
  });

  test('its successor is stopped: rolled back, and each execution ends by itself', async () => {
    const { world, production } = shifting;
    const before = await live();
    const rollout = await inSuccessor(2);
    await world
      .client()
      .send(new StopExecutionCommand({ executionArn: arnOf(rollout, 2), error: 'Mistaken' }));
    const release = await world.ended(rollout.digest);
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    expect(release.reason).toContain('ABORTED');
    await expectLastGood(shifting, rollout, before?.version ?? '');
    expect(await production.rollbacksOf(rollout.rolloutId)).toHaveLength(1);
    expect(await statusOf(arnOf(rollout, 1))).toBe('SUCCEEDED');
    expect(await world.ledger.quarantine(release)).toBeNull();
  });

  test('the execution that waits is stopped: rolled back, and nothing ticks on', async () => {
    const { world, production } = shifting;
    const before = await live();
    const rollout = await inSuccessor(3);
    await world
      .client()
      .send(new StopExecutionCommand({ executionArn: arnOf(rollout, 1), error: 'Mistaken' }));
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout, before?.version ?? '');
    expect(await production.rollbacksOf(rollout.rolloutId)).toHaveLength(1);
    await world.until('no execution of it runs', async () => {
      const all = await Promise.all([1, 2, 3].map((at) => statusOf(arnOf(rollout, at))));
      return all.every((status) => status !== 'RUNNING') || undefined;
    });
  });

  test('a person rolls back while a successor ticks', async () => {
    const { world, production } = shifting;
    const before = await live();
    const rollout = await inSuccessor(2);
    const byHand = await production.ended(await production.rollBackByHand('orders look wrong'));
    expect(JSON.parse(byHand.output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
    const release = await world.ended(rollout.digest);
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    expect(release.reason).toContain('orders look wrong');
    await expectLastGood(shifting, rollout, before?.version ?? '');
    // The rollback ended the one that ticked; the first one asked how it stood, and ended as it did.
    expect(await statusOf(arnOf(rollout, 2))).toBe('ABORTED');
    expect(await statusOf(arnOf(rollout, 1))).toBe('SUCCEEDED');
  });

  test('an alarm while a successor ticks', async () => {
    const { world, production } = shifting;
    const before = await live();
    const rollout = await inSuccessor(2);
    const alarm = `slipway-checkout-production-${rollout.color}-errors`;
    await production.setAlarm(alarm, 'ALARM');
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout, before?.version ?? '');
    await world.until('the first one has ended', async () =>
      (await statusOf(arnOf(rollout, 1))) === 'RUNNING' ? undefined : true,
    );
  });
});

describe('a long rollout whose hand-over meets trouble', () => {
  test.each([
    ['before', 'dynamodb.UpdateItem', 1],
    ['after', 'dynamodb.UpdateItem', 1],
    ['after', 'dynamodb.TransactWriteItems', 1],
    ['after', 'dynamodb.TransactWriteItems', 2],
  ] as const)(
    'its function dies %s %s #%i: asked again, it keeps what it took',
    async (phase, call, nth) => {
      const { world, production } = shifting;
      const rollout = await pushedTo(shifting, version(), 40);
      // The first execution has its lock by now, so what takes one from here on is a successor.
      let died = 0;
      const stop = watchEffects(world, (effect) => {
        const meant = effect.phase === phase && effect.call === call && effect.nth === nth;
        if (died > 0 || !meant || !effect.functionName.endsWith('-acquire-lock')) return;
        died += 1;
        throw new KilledInvocation('it dies');
      });
      expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'released' });
      stop();
      expect(died).toBe(1);
      expect(await live()).toMatchObject({ rolloutId: rollout.rolloutId });
      expect(await production.lockOwner()).toBeNull();
    },
  );

  test('every step twice, in each of its executions: as if once', async () => {
    const { world, production } = shifting;
    const twice = runTwice(world, production.target);
    const rollout = await inSuccessor(3);
    const release = await world.ended(rollout.digest);
    twice.end();
    expect(release).toMatchObject({ outcome: 'released' });
    const told = (await world.ledger.events(release.releaseId)).filter(
      ({ kind, facts }) => kind === 'RolloutHandedOver' && facts['rolloutId'] === rollout.rolloutId,
    );
    expect(new Set(told.map(({ facts }) => facts['number'])).size).toBe(told.length);
    expect(await production.lockOwner()).toBeNull();
  });

  test('its name was used by something that has ended: rolled back', async () => {
    const { world, production } = shifting;
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    const { executionArn } = await world.client().send(
      new StartExecutionCommand({
        stateMachineArn: machineArn(world.home, 'rollout'),
        name: `${rollout.rolloutId}-2`,
        input: '{}',
      }),
    );
    const release = await world.ended(rollout.digest);
    expect((await production.ended(executionArn ?? '')).status).toBe('FAILED');
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    expect(release.reason).toContain('Execution Already Exists');
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });
});
