import {
  DescribeAlarmsCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import type { PutEventsRequest } from '@aws-sdk/client-eventbridge';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectLastGood, pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';

// Goal: where no alarm speaks, the judge decides: a worse candidate goes back, an equal one goes on whatever both colors suffer, and
// without evidence nothing moves forward.
// Method: limits so wide, and alarms so slow, that they stay silent; two colors, users on the virtual clock.
const JUDGED = 'test/fixtures/configurations/judged.config.ts';
const MINUTE = 60_000;
const PATIENCE_MINUTES = 20;
let shifting: Shifting;
let serial = 0;
const told: { detailType: string; detail: Record<string, unknown> }[] = [];

beforeAll(async () => {
  shifting = await shiftingWorld('1.0.0', JUDGED);
  await slowAlarms();
  shifting.world.cloud.onCall(({ service, operation, outcome, input }) => {
    if (service !== 'eventbridge' || operation !== 'PutEvents' || outcome !== 'ok') return;
    for (const { DetailType = '', Detail = '{}' } of (input as PutEventsRequest).Entries ?? []) {
      told.push({ detailType: DetailType, detail: JSON.parse(Detail) });
    }
  });
}, 120_000);

/** Makes every metric alarm of production wait for an hour of bad minutes. */
const slowAlarms = async (): Promise<void> => {
  const { production, world } = shifting;
  const { MetricAlarms = [] } = await world.during(
    production.client.send(new DescribeAlarmsCommand({ AlarmTypes: ['MetricAlarm'] })),
  );
  for (const alarm of MetricAlarms) {
    const { AlarmName, ComparisonOperator } = alarm as Required<MetricAlarm>;
    await world.during(
      production.client.send(
        new PutMetricAlarmCommand({
          ...definitionOf(alarm),
          AlarmName,
          ComparisonOperator,
          EvaluationPeriods: 60,
        }),
      ),
    );
  }
};

const definitionOf = ({
  MetricName,
  Namespace,
  Statistic,
  ExtendedStatistic,
  Dimensions,
  Period,
  Metrics,
  Threshold,
  TreatMissingData,
}: MetricAlarm) =>
  Object.fromEntries(
    Object.entries({
      MetricName,
      Namespace,
      Statistic,
      ExtendedStatistic,
      Dimensions: Metrics === undefined ? Dimensions : undefined,
      Period,
      Metrics,
      Threshold,
      TreatMissingData,
    }).filter(([, value]) => value !== undefined),
  );

const decisionOn = async (releaseId: string) => {
  const events = await shifting.world.ledger.events(releaseId);
  return events.find(({ kind }) => kind === 'RollbackDecided')?.facts as {
    cause: string;
    reason: string;
    judgement: { verdict: string; evidence: Record<string, unknown> };
  };
};

describe('judged: a candidate that is worse than stable', () => {
  test.each([
    ['failing 5 % of its requests', 'errors:0.05', /of the candidate's \d+ requests were bad/],
    [
      'slow for 5 % of its requests',
      'slow:0.05,slowMs:2000',
      /of the candidate's \d+ requests were slower than 800 ms/,
    ],
  ])('%s is condemned with its numbers, and quarantined', async (_name, model, reason) => {
    const { world, production } = shifting;
    serial += 1;
    const digest = await world.push({
      version: `1.${serial}.1`,
      labels: { 'org.example.model': model },
    });
    const rollout = await production.untilShare(40);
    const release = await world.ended(digest);
    expect(release).toMatchObject({
      outcome: 'rolledBack',
      reason: expect.stringMatching(reason),
    });
    expect((await production.rollout())?.rollback?.cause).toBe('judge');
    const { judgement } = await decisionOn(release.releaseId);
    expect(judgement).toMatchObject({
      verdict: 'fail',
      evidence: {
        condemnAt: 1_000,
        rollout: { candidate: { requests: expect.any(Number), bad: expect.any(Number) } },
      },
    });
    expect(judgement.evidence['eValue']).toBeGreaterThanOrEqual(1_000);
    const { alb, xray } = judgement.evidence['bySource'] as { alb: number; xray: number };
    expect(alb).toBeGreaterThanOrEqual(1_000);
    // Traces see errors, not slow answers: their bets moved, or stayed where they began.
    expect(xray === 1).toBe(model.startsWith('slow'));
    expect(await world.ledger.quarantine(release)).toMatchObject({ digest });
    await expectLastGood(shifting, rollout);
  });
});

describe('judged: a candidate that is no worse', () => {
  /** What a dependency that both colors need does to them: of a minute's requests, so many more fail, on each by its share. */
  const sharedOutage = async (minutes: number): Promise<void> => {
    const { world, production } = shifting;
    const { route } = production.target.shiftable;
    for (let second = 0; second < minutes * 60; second += 10) {
      const weights = await production.weights();
      for (const color of ['blue', 'green'] as const) {
        const dimensions = {
          LoadBalancer: route.loadBalancerFullName,
          TargetGroup: route.targetGroupArns[color].split(':').at(-1) ?? '',
        };
        const failed = Math.round(weights[color] / 2);
        for (const name of ['RequestCount', 'HTTPCode_Target_5XX_Count']) {
          world.cloud.measure(
            { namespace: 'AWS/ApplicationELB', name, dimensions, value: 1, count: failed },
            production.target,
          );
        }
      }
      await world.clock.advance(10_000);
    }
  };

  test('is released through an outage that both colors share', async () => {
    const { world, production } = shifting;
    const digest = await world.push({ version: '1.50.0' });
    await production.untilShare(40);
    // Past the period of the weight change and the one after it, which nobody counts.
    await world.clock.advance(2 * MINUTE);
    await sharedOutage(1);
    expect(await world.ended(digest)).toMatchObject({ outcome: 'released', reason: null });
    const { releaseId } = (await world.release(digest)) ?? { releaseId: '' };
    const bad = (await world.ledger.events(releaseId)).flatMap(({ kind, facts }) => {
      const judgement = facts['judgement'] as { evidence?: { rollout?: unknown } } | undefined;
      return kind === 'WeightShifted' && judgement?.evidence?.rollout !== undefined
        ? [judgement.evidence.rollout]
        : [];
    });
    expect(JSON.stringify(bad)).toMatch(/"candidate":\{"requests":\d+,"bad":[1-9]/);
  });
});

describe('judged: without evidence', () => {
  test('a person is asked when patience ends, the weight stays, and in the end it goes back', async () => {
    const { world, production, users } = shifting;
    const rollout = await pushedTo(shifting, '1.60.0', 40);
    users.stop();
    const before = await production.weights();
    told.length = 0;
    const pages = () => told.filter(({ detailType }) => detailType === 'Rollout Undecided');
    await world.clock.advance((PATIENCE_MINUTES - 1) * MINUTE);
    expect(pages()).toEqual([]);
    await world.clock.advance(3 * MINUTE);
    expect(pages()).toMatchObject([
      {
        detail: {
          rolloutId: rollout.rolloutId,
          percent: 40,
          reason: expect.stringContaining('of the 100 requests that a step needs'),
        },
      },
    ]);
    expect(await production.weights()).toEqual(before);
    await world.clock.advance((PATIENCE_MINUTES - 5) * MINUTE);
    expect(await production.weights()).toEqual(before);
    expect(pages()).toHaveLength(1);
    const release = await world.ended(rollout.digest);
    expect(release).toMatchObject({
      outcome: 'rolledBack',
      reason: expect.stringMatching(/^no pass within 1200 s at 40 %/),
    });
    expect(await world.ledger.quarantine(release)).toBeNull();
    const kinds = (await world.ledger.events(release.releaseId)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'RolloutUndecided')).toHaveLength(1);
    expect(shifting.watch.broken).toEqual([]);
  });
});
