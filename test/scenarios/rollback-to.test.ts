import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { DeleteFunctionCommand } from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, test } from 'vitest';
import { byHand, type ExecutionEnd, startByHand } from '../world/doors.ts';
import { pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';
import { launch } from '../world/world.ts';

// Goal: a person names a release, and exactly the pair that served here as it serves again, users never without one; else nothing moves.
// Method: one world with three releases behind it; a request by hand, then what AWS, the ledger and the users say.
let shifting: Shifting;
const MINUTE = 60_000;

const released = async (version: string, labels: Record<string, string> = {}): Promise<string> => {
  const { world } = shifting;
  const record = await world.ended(await world.push({ version, labels }));
  expect(record).toMatchObject({ outcome: 'released', reason: null });
  return record.releaseId;
};
const idOf = async (version: string): Promise<string> =>
  (await shifting.world.releases()).find((one) => one.version === version)?.releaseId ?? '';
const back = async (to: string, reason = 'orders look wrong'): Promise<ExecutionEnd> =>
  byHand(shifting.world, 'rollback', {
    service: 'checkout',
    environment: 'production',
    to,
    reason,
    by: 'ada',
  });
const live = () => shifting.world.ledger.live(shifting.production.target.targetId);

/** All that a refusal may not touch. */
const untouched = async () => {
  const { production } = shifting;
  return {
    live: await live(),
    rollout: await production.rollout(),
    weights: await production.weights(),
    alias: await production.alias(),
    override: await production.overrideOn(),
    lock: await production.lockOwner(),
  };
};

/** This version serves alone by every word of AWS, and nothing is left of what it replaced. */
const expectServes = async (version: string): Promise<void> => {
  const { production, watch } = shifting;
  const record = await live();
  expect(record).toMatchObject({ version, lastGood: null });
  const good = record?.color ?? 'blue';
  const bad = good === 'blue' ? 'green' : 'blue';
  expect(await production.weights()).toEqual({ [good]: 100, [bad]: 0 });
  expect(await production.alias()).toEqual({ version: record?.pointerVersion, additional: {} });
  expect(await production.overrideOn()).toBe(false);
  expect(production.pods(good)).toHaveLength(2);
  expect(production.pods(bad)).toEqual([]);
  expect(await production.lockOwner()).toBeNull();
  expect(watch.broken).toEqual([]);
};

beforeAll(async () => {
  shifting = await shiftingWorld();
  await released('1.1.0');
  await released('1.4.0');
}, 120_000);

describe('rollback --to: two colors', () => {
  test('two releases back: the slot is filled, then traffic goes, and nobody is lost', async () => {
    const { production, users } = shifting;
    const before = { failed: users.summary().failed, live: await live() };
    const end = await back(await idOf('1.0.0'));
    expect(end).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'rolledBack' } });
    await expectServes('1.0.0');
    expect(users.summary().failed).toBe(before.failed);
    const record = await production.rollout();
    expect(record).toMatchObject({
      version: '1.4.0',
      phase: 'rolledBack',
      rollback: { cause: 'person', to: { version: '1.0.0' } },
    });
    const { ledger } = shifting.world;
    const held = async (version: string) => {
      const release = (await shifting.world.releases()).find((one) => one.version === version);
      return release === undefined ? undefined : ledger.quarantine(release);
    };
    expect(await held('1.4.0')).toMatchObject({ reason: 'ada: orders look wrong' });
    expect(await held('1.1.0')).toBeNull();
    expect(await production.chainFault(record?.releaseId ?? '')).toBeNull();
    const events = await ledger.events(before.live?.releaseId ?? '');
    expect(events.at(-1)).toMatchObject({
      kind: 'RolledBack',
      facts: { lastGood: { version: '1.0.0' } },
    });
  });

  test('no pointer version of that slot is there any more: it is published anew', async () => {
    const { production, world } = shifting;
    const { functionName } = production.target.shiftable.pointer;
    const there = (await live())?.pointerVersion ?? '';
    for (const version of await production.pointerVersions()) {
      if (version === '$LATEST' || version === there) continue;
      await production.client.send(
        new DeleteFunctionCommand({ FunctionName: functionName, Qualifier: version }),
      );
    }
    const end = await back(await idOf('1.1.0'), 'it was better');
    expect(end).toMatchObject({ output: { outcome: 'rolledBack' } });
    await expectServes('1.1.0');
    expect((await live())?.pointerVersion).not.toBe(there);
    await world.clock.advance(5 * MINUTE);
    // What follows begins from there as from any other live release.
    await released('1.5.0');
    expect(await live()).toMatchObject({ version: '1.5.0', lastGood: { version: '1.1.0' } });
  });
});

describe('rollback --to: nothing moves', () => {
  test.each([
    ['unknown', 'checkout-000000000000-000000', /never ran on this target.*1\.1\.0 \(checkout-/s],
    ['in quarantine', '1.4.0', /is in quarantine since .*slipway quarantine lift/s],
    ['live already', '1.5.0', /is live already/],
  ])('%s', async (_name, asked, words) => {
    const before = await untouched();
    const to = asked.startsWith('checkout') ? asked : await idOf(asked);
    const end = await back(to);
    expect(end).toMatchObject({ status: 'FAILED', error: 'RollbackRefused' });
    expect(end.cause).toMatch(words);
    expect(await untouched()).toEqual(before);
  });

  test('while traffic shifts: last good first', async () => {
    const { production, world } = shifting;
    const rollout = await pushedTo(shifting, '1.6.0', 40);
    const end = await back(await idOf('1.1.0'));
    expect(end).toMatchObject({ status: 'FAILED', error: 'RollbackRefused' });
    expect(end.cause).toMatch(/is under way \(shifting\): go back to last good first/);
    expect((await production.rollout())?.rollback).toBeNull();
    await production.ended(await production.rollBackByHand('as told'));
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    expect(await live()).toMatchObject({ version: '1.5.0' });
  });

  test('a release that does not get ready any more: live goes on serving, and the lock is free', async () => {
    const { production, world, users, watch } = shifting;
    await released('1.8.0');
    const before = { live: await live(), failed: users.summary().failed };
    const { digest = '' } = (await world.releases()).find((one) => one.version === '1.1.0') ?? {};
    await world.client().send(
      new BatchDeleteImageCommand({
        repositoryName: 'shop/checkout',
        imageIds: [{ imageDigest: digest }],
      }),
    );
    const end = await back(await idOf('1.1.0'));
    expect(end).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'abandoned' } });
    expect(end.output['reason']).toMatch(/does not get ready/);
    expect(await live()).toMatchObject({
      releaseId: before.live?.releaseId,
      color: before.live?.color,
    });
    expect(await production.overrideOn()).toBe(false);
    expect(await production.lockOwner()).toBeNull();
    expect(users.summary().failed).toBe(before.failed);
    expect(watch.broken).toEqual([]);
    await released('1.9.0');
  });
});

test('rollback --to: one color: the pair is applied', async () => {
  const world = await launch({ config: 'test/fixtures/configurations/short.config.ts' });
  const ids: string[] = [];
  for (const version of ['1.0.0', '1.1.0', '1.4.0']) {
    const record = await world.ended(await world.push({ version }));
    expect(record).toMatchObject({ outcome: 'released' });
    ids.push(record.releaseId);
  }
  const end = await byHand(world, 'rollback', {
    service: 'checkout',
    environment: 'dev',
    to: ids[0],
    reason: 'as it was',
    by: 'ada',
  });
  expect(end).toMatchObject({ output: { outcome: 'rolledBack' } });
  expect(await world.target('dev')).toMatchObject({ live: { version: '1.0.0' } });
  const next = await world.ended(await world.push({ version: '1.5.0' }));
  expect(next).toMatchObject({ outcome: 'released' });
});

describe('schema: the way back', () => {
  const schema = (brings: number, oldest: number) => ({
    'dev.slipway.schema.brings': String(brings),
    'dev.slipway.schema.oldest': String(oldest),
  });

  test('contracting too early is refused before traffic shifts; expanded first it passes, and old code stays away', async () => {
    shifting = await shiftingWorld(null);
    const { world, production } = shifting;
    const first = await released('1.0.0', schema(1, 1));
    const early = await world.ended(await world.push({ version: '2.0.0', labels: schema(2, 2) }));
    expect(early).toMatchObject({ outcome: 'rejected' });
    expect(early.reason).toMatch(/no code older than schema 2 works.*made for schema 1/);
    // Staging has no users and is refused first: production saw nothing of it.
    expect(await production.rollout()).toMatchObject({ version: '1.0.0' });

    await released('1.1.0', schema(2, 1));
    await released('1.4.0', schema(2, 2));
    const before = await untouched();
    const end = await back(first);
    expect(end).toMatchObject({ status: 'FAILED', error: 'RollbackRefused' });
    expect(end.cause).toMatch(/was made for schema 1, and .* no code older than schema 2/);
    expect(await untouched()).toEqual(before);
    expect(await back(await idOf('1.1.0'))).toMatchObject({ output: { outcome: 'rolledBack' } });
    await expectServes('1.1.0');
  });

  test('waived by a person, once: recorded, and by hand nobody gets to what it broke', async () => {
    const { world } = shifting;
    const digest = await world.push({ version: '3.0.0', labels: schema(3, 3) });
    expect(await world.ended(digest)).toMatchObject({ outcome: 'rejected' });
    const again = await byHand(world, 'release', {
      service: 'checkout',
      digest,
      startedBy: 'ada',
      reason: 'the old code is frozen',
      waive: ['schema'],
    });
    expect(again).toMatchObject({ output: { outcome: 'released' } });
    const { releaseId = '' } = (await world.release(digest)) ?? {};
    const waived = (await world.ledger.events(releaseId)).filter(
      ({ kind }) => kind === 'CheckWaived',
    );
    expect(waived.map(({ facts }) => [facts['check'], facts['by']])).toContainEqual([
      'schema',
      'ada',
    ]);
    const before = await untouched();
    const { production } = shifting;
    const end = await production.ended(await production.rollBackByHand('back'));
    expect(end).toMatchObject({ status: 'FAILED' });
    expect(end.cause).toMatch(/no code older than schema 3/);
    expect(await untouched()).toEqual(before);
  });
});

describe('alarms: a fix while production burns', () => {
  const BURNING = 'slipway-checkout-production-blue-latency';
  const state = async (): Promise<string | undefined> => {
    const { MetricAlarms = [] } = await shifting.production.client.send(
      new DescribeAlarmsCommand({ AlarmNames: [BURNING] }),
    );
    return MetricAlarms[0]?.StateValue;
  };
  /** How often the alarm changed its state so far. */
  const changes = async (): Promise<number> => {
    const { AlarmHistoryItems = [] } = await shifting.production.client.send(
      new DescribeAlarmHistoryCommand({ AlarmName: BURNING, HistoryItemType: 'StateUpdate' }),
    );
    return AlarmHistoryItems.length;
  };
  const releasedAnyway = (digest: string) =>
    startByHand(shifting.world, 'release', {
      service: 'checkout',
      digest,
      startedBy: 'ada',
      reason: 'it is the fix',
      waive: [`alarm:${BURNING}`],
    });

  beforeAll(async () => {
    shifting = await shiftingWorld();
    const { world, production } = shifting;
    // Missing data breaches, and there never are any: it burns from here on, whatever users see.
    await world.during(
      production.client.send(
        new PutMetricAlarmCommand({
          AlarmName: BURNING,
          Namespace: 'Test',
          MetricName: 'Nothing',
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: 'GreaterThanThreshold',
          TreatMissingData: 'breaching',
        }),
      ),
    );
    await world.clock.advance(10 * MINUTE);
    expect(await state()).toBe('ALARM');
  }, 120_000);

  test('it is held up; with the alarm waived by a person it is released while that alarm stays in ALARM', async () => {
    const { world, production, watch } = shifting;
    const fix = await world.push({ version: '1.0.1' });
    const held = await world.ended(fix);
    expect(held).toMatchObject({ outcome: 'rejected' });
    expect(held.reason).toMatch(/-blue-latency is in ALARM.*still so after 30 min/);

    const before = await changes();
    const { output } = await production.ended(await releasedAnyway(fix));
    expect(JSON.parse(output ?? '{}')).toMatchObject({ outcome: 'released' });
    expect([await state(), await changes()]).toEqual(['ALARM', before]);
    expect(await live()).toMatchObject({ version: '1.0.1' });
    const told = (await world.ledger.events(held.releaseId)).filter(
      ({ kind }) => kind === 'CheckWaived',
    );
    expect(told.map(({ facts }) => [facts['check'], facts['by']])).toContainEqual([
      `alarm:${BURNING}`,
      'ada',
    ]);
    expect(watch.broken).toEqual([]);
  });

  test('another alarm rolls it back all the same', async () => {
    const { world, production, watch } = shifting;
    const fix = await world.push({ version: '1.0.2' });
    expect(await world.ended(fix)).toMatchObject({ outcome: 'rejected' });
    const before = await changes();
    const execution = await releasedAnyway(fix);
    const rollout = await production.untilShare(40);
    await production.setAlarm(`slipway-checkout-production-${rollout.color}-errors`, 'ALARM');
    const { output } = await production.ended(execution);
    expect(JSON.parse(output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
    expect(await production.rollout()).toMatchObject({
      version: '1.0.2',
      rollback: { cause: 'alarm', outcome: 'rolledBack' },
    });
    expect((await world.release(fix))?.reason).toContain(`${rollout.color}-errors`);
    expect([await state(), await changes()]).toEqual(['ALARM', before]);
    expect(await live()).toMatchObject({ version: '1.0.1' });
    expect(watch.broken).toEqual([]);
  });
});
