import {
  type AlarmHistoryItem,
  DescribeAlarmHistoryCommand,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import { expectLastGood, pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';

// Goal: a load balancer that takes no writes holds a rollout up for minutes and no longer; users stay where they are meanwhile.
// Method: every ModifyRule on production's rules is throttled for a while, from the first write that is tried.
let shifting: Shifting;
const SECOND = 1000;
const ALARM = 'slipway-mirror-lagging';

beforeAll(async () => {
  shifting = await shiftingWorld();
}, 120_000);

/** Throttles whoever writes a rule of production, for so long from the first try. */
const throttled = (seconds: number) => {
  const { world } = shifting;
  let since: number | undefined;
  let refused = 0;
  const stop = world.cloud
    .service<LambdaService>('lambda', world.home)
    .interceptCalls(({ operation, phase, input }) => {
      if (operation !== 'ModifyRule' || phase !== 'before') return;
      if (!JSON.stringify(input).includes('333333333333')) return;
      since ??= world.clock.now();
      if (world.clock.now() > since + seconds * SECOND) return;
      refused += 1;
      throw Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
    });
  return { refused: () => refused, since: () => since ?? Number.NaN, stop };
};

const paged = async (): Promise<string[]> => {
  const { AlarmHistoryItems = [] } = await shifting.world
    .client()
    .send(new DescribeAlarmHistoryCommand({ AlarmName: ALARM, HistoryItemType: 'StateUpdate' }));
  return AlarmHistoryItems.map(({ HistorySummary = '' }: AlarmHistoryItem) => HistorySummary);
};

describe('mirror: throttled', () => {
  test('for 90 s: the weight follows when it can, and the release completes', async () => {
    const { world, production, users, watch } = shifting;
    const rollout = await pushedTo(shifting, '1.1.0', 40);
    const failedBefore = users.summary().failed;
    const trouble = throttled(90);
    const release = await world.ended(rollout.digest);
    trouble.stop();
    expect(trouble.refused()).toBeGreaterThan(3);
    expect(release).toMatchObject({ outcome: 'released' });
    expect(await production.rollout()).toMatchObject({ phase: 'completed', rollback: null });
    expect(users.summary().failed).toBe(failedBefore);
    expect(watch.broken).toEqual([]);
    expect((await paged()).filter((summary) => summary.includes('to ALARM'))).toEqual([]);
  });

  test('for 4 min: rolled back within the limit, a person is paged, the version is not judged', async () => {
    const { world, production, users } = shifting;
    const rollout = await pushedTo(shifting, '1.2.0', 40);
    const stable = rollout.lastGood?.color ?? 'blue';
    const pods = production.pods(stable);
    const failedBefore = users.summary().failed;
    const trouble = throttled(240);
    await world.until('the rollback', async () =>
      (await production.rollout())?.phase === 'rollingBack' ? true : undefined,
    );
    const lagged = (world.clock.now() - trouble.since()) / SECOND;
    expect(lagged).toBeGreaterThan(180);
    expect(lagged).toBeLessThan(240);
    expect((await production.weights())[stable]).toBe(60);
    const release = await world.ended(rollout.digest);
    trouble.stop();
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    expect(release.reason).toContain('could not be written');
    await expectLastGood(shifting, rollout, '1.1.0');
    expect(production.pods(stable)).toEqual(pods);
    expect((await production.rollout())?.rollback?.cause).toBe('mirror');
    expect(await world.ledger.quarantine(release)).toBeNull();
    expect(users.summary().failed).toBe(failedBefore);
    expect((await paged()).some((summary) => summary.includes('to ALARM'))).toBe(true);
  });

  test('how long each target lagged is a metric by its name', async () => {
    const { world } = shifting;
    const { Datapoints = [] } = await world.client().send(
      new GetMetricStatisticsCommand({
        Namespace: 'Slipway',
        MetricName: 'MirrorLagSeconds',
        Dimensions: [
          { Name: 'service', Value: 'checkout' },
          { Name: 'environment', Value: 'production' },
          { Name: 'region', Value: 'eu-west-1' },
        ],
        StartTime: new Date(world.clock.now() - 3_600_000),
        EndTime: new Date(world.clock.now()),
        Period: 60,
        Statistics: ['Maximum'],
      }),
    );
    const highest = Math.max(...Datapoints.map(({ Maximum = 0 }) => Maximum));
    expect(highest).toBeGreaterThan(180);
    expect(highest).toBeLessThan(240);
  });
});
