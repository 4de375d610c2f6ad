import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { names } from '../../config/names.ts';
import type { ReleaseRecord } from '../../functions/domain/release.ts';
import { KilledInvocation } from '../../local/services/lambda/invocation.ts';
import { around } from '../world/doors.ts';
import {
  expectBack,
  type Guarded,
  goneBack,
  guardedWorld,
  pagesOf,
  releasedThenBad,
} from '../world/guarded.ts';

// Goal: an alarm that is told more than once, or whose function dies at any write, ends as if it had been told once.
// Method: one world, a release that turns bad for each test; kills after the n-th write of the function, copies of the event.
let guarded: Guarded;
let serial = 0;
const MINUTE = 60_000;
const WRITES = new Set(['TransactWriteItems', 'StartExecution', 'PutEvents']);

beforeAll(async () => {
  guarded = await guardedWorld();
}, 120_000);

beforeEach(() => {
  serial += 1;
});

const bad = (toMinute?: number): Promise<ReleaseRecord> =>
  releasedThenBad(guarded, `1.${serial}.0`, {
    fromMinute: 20,
    ...(toMinute === undefined ? {} : { toMinute }),
  });

/** Kills the function that attributes alarms once, after its n-th write. */
const killAfter = (nth: number) => {
  let writes = 0;
  let killed = 0;
  const stop = around(guarded.world).functions.interceptCalls(
    ({ functionName, operation, phase }) => {
      if (functionName !== 'slipway-attribute-alarm' || phase !== 'after') return;
      if (!WRITES.has(operation)) return;
      writes += 1;
      if (writes !== nth) return;
      killed += 1;
      throw new KilledInvocation('killed');
    },
  );
  return { stop, killed: () => killed };
};

/** One rollback in each Region, one decision, one line of history. */
const expectOneRollback = async (release: ReleaseRecord): Promise<void> => {
  const { world, primary, standby } = guarded;
  await goneBack(guarded);
  await world.clock.advance(20 * MINUTE);
  const events = await world.ledger.events(release.releaseId);
  const count = (kind: string) => events.filter((event) => event.kind === kind).length;
  expect(count('RollbackStarted')).toBe(2);
  expect(count('RolledBack')).toBe(2);
  expect(count('AlarmPaged')).toBe(0);
  for (const view of [primary, standby]) {
    await expectBack(view, '1.0.0');
    const rollout = await view.rollout();
    expect(await view.rollbacksOf(rollout?.rolloutId ?? '')).toMatchObject([
      { status: 'SUCCEEDED' },
    ]);
    expect(await view.chainFault(release.releaseId)).toBeNull();
  }
  expect(await world.ledger.quarantine(release)).toMatchObject({ digest: release.digest });
  const fired = await world.ledger.firedAlarms('production');
  const acted = fired.filter(
    ({ attribution }) =>
      attribution?.act === 'rollBack' && attribution.guarded?.releaseId === release.releaseId,
  );
  expect(acted.length).toBeGreaterThan(0);
  expect(fired.every(({ attribution }) => attribution?.settled ?? true)).toBe(true);
};

describe('guard: rolls back once', () => {
  test('the event is told three times', async () => {
    const stop = around(guarded.world).bus.interceptDeliveries(({ ruleName }) =>
      ruleName === 'slipway-alarm-fired' ? { copies: 3 } : undefined,
    );
    const release = await bad();
    await expectOneRollback(release);
    stop();
  });

  test('nobody could record the alarm: it is attributed all the same', async () => {
    const stop = around(guarded.world).bus.interceptDeliveries(({ ruleName }) =>
      ruleName === 'slipway-alarm-told' ? { copies: 0 } : undefined,
    );
    const release = await bad();
    await expectOneRollback(release);
    stop();
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('killed after write %i', async (nth) => {
    const kill = killAfter(nth);
    const release = await bad();
    await expectOneRollback(release);
    kill.stop();
    expect(kill.killed()).toBe(1);
  });

  test('its function dies each time: the event is kept, a person is called, and sent again it acts', async () => {
    const { world, primary } = guarded;
    const { functions } = around(world);
    const { pages, stop } = pagesOf(guarded);
    const kill = functions.interceptCalls(({ functionName }) => {
      if (functionName === 'slipway-attribute-alarm') throw new KilledInvocation('killed');
    });
    const release = await bad();
    await world.until(
      'the page',
      async () =>
        pages.some((page) => page.includes('slipway-alarms-dead-letters-not-empty')) || undefined,
    );
    kill();
    stop();
    expect(await primary.rollout()).toMatchObject({ phase: 'completed', rollback: null });
    const queue = async (QueueName: string): Promise<string> =>
      (await world.client().send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? '';
    const { Messages = [] } = await world.client().send(
      new ReceiveMessageCommand({
        QueueUrl: await queue(names.alarmDeadLetters),
        MaxNumberOfMessages: 10,
      }),
    );
    const QueueUrl = await queue(names.alarmQueue);
    for (const { Body: MessageBody } of Messages) {
      await world.client().send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    await expectOneRollback(release);
  });
});

describe('guard: calls a person once', () => {
  test.each([1, 2, 3, 4])('killed after write %i', async (nth) => {
    const { world, primary } = guarded;
    await primary.setAlarm('payments-down', 'ALARM');
    const { pages, stop } = pagesOf(guarded);
    const kill = killAfter(nth);
    const release = await bad(24);
    const paged = await world.until('the page', async () => {
      const fired = await world.ledger.firedAlarms('production');
      return fired.find(
        ({ attribution }) =>
          attribution?.act === 'page' &&
          attribution.settled &&
          attribution.guarded?.releaseId === release.releaseId,
      );
    });
    await world.clock.advance(20 * MINUTE);
    kill.stop();
    stop();
    expect(kill.killed()).toBe(1);
    await primary.setAlarm('payments-down', 'OK');
    const events = await world.ledger.events(release.releaseId);
    const told = events.filter(
      ({ kind, facts }) =>
        kind === 'AlarmPaged' && facts['alarmName'] === paged.attribution?.subject,
    );
    expect(told).toHaveLength(1);
    const said = pages.filter(
      (page) =>
        page.includes(`${paged.attribution?.subject} fires`) && page.includes(release.releaseId),
    );
    expect(new Set(said).size).toBe(1);
    // Killed between the telling and the note that it was told: said twice, with the same words.
    expect(said.length).toBeLessThanOrEqual(2);
    expect(await primary.rollout()).toMatchObject({ phase: 'completed', rollback: null });
  });
});
