import { CreateServiceLevelObjectiveCommand } from '@aws-sdk/client-application-signals';
import { PutAlarmMuteRuleCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CloudWatchService } from '../../local/services/cloudwatch/module.ts';
import { KilledInvocation } from '../../local/services/lambda/invocation.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import { targetView } from '../world/shiftable-target.ts';
import { expectLastGood, pushedTo, type Shifting } from '../world/shifting.ts';
import { watchTraffic } from '../world/traffic-rules.ts';
import { launch } from '../world/world.ts';

// Goal: what cannot be seen never lets a release pass, what burns already is said before anything moves, and a service with two
// users a minute is proven by its probe.
// Method: one world in which two users a minute come, with an error budget over a metric that the test writes; time is virtual.
const CONFIG = 'test/fixtures/configurations/signals.config.ts';
const MINUTE = 60_000;
let shifting: Shifting;
let serial = 0;
const version = (): string => {
  serial += 1;
  return `1.${serial}.0`;
};

/** The objective by which the test says how users fare: requests and errors of the last hour. */
const objective = new CreateServiceLevelObjectiveCommand({
  Name: 'checkout-availability',
  RequestBasedSliConfig: {
    RequestBasedSliMetricConfig: {
      TotalRequestCountMetric: [series('all', 'Requests')],
      MonitoredRequestCountMetric: { BadCountMetric: [series('bad', 'Errors')] },
    },
  },
  Goal: {
    AttainmentGoal: 99,
    Interval: { RollingInterval: { DurationUnit: 'HOUR', Duration: 1 } },
  },
});

function series(Id: string, MetricName: string) {
  const MetricStat = { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' };
  return { Id, MetricStat, ReturnData: true };
}

const users = async (requests: number, errors: number): Promise<void> => {
  const { world, production } = shifting;
  const MetricData = [
    { MetricName: 'Requests', Value: requests },
    { MetricName: 'Errors', Value: errors },
  ];
  await world.during(
    production.client.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData })),
  );
  await world.clock.advance(MINUTE);
};

const waited = async (releaseId: string): Promise<string[]> =>
  (await shifting.world.ledger.events(releaseId)).flatMap(({ kind, facts }) =>
    kind === 'RolloutWaiting' ? [String(facts['reason'])] : [],
  );

const alarmOf = (kind: string): string => `slipway-checkout-production-${kind}`;

beforeAll(async () => {
  const world = await launch({ config: CONFIG });
  const production = await targetView(world, 'production');
  await world.during(production.client.send(objective));
  const watch = watchTraffic(production);
  const record = await world.ended(await world.push({ version: '1.0.0' }));
  expect(record).toMatchObject({ outcome: 'released' });
  const traffic = await world.users('production', 1 / 30);
  shifting = { world, production, users: traffic, watch };
  await users(10_000, 0);
  await world.clock.advance(5 * MINUTE);
}, 120_000);

describe('signals: two users a minute', () => {
  test('a good candidate passes by its probe', async () => {
    const { world, production } = shifting;
    const began = world.clock.now();
    const digest = await world.push({ version: version() });
    const record = await world.ended(digest);
    expect(record).toMatchObject({ outcome: 'released' });
    expect(world.clock.now() - began).toBeLessThan(60 * MINUTE);
    const shifted = (await world.ledger.events(record.releaseId)).filter(
      ({ kind, facts }) => kind === 'WeightShifted' && facts['percent'] === 80,
    );
    expect(JSON.stringify(shifted)).toMatch(/"requests":[0-9]{2}/);
    expect((await production.rollout())?.phase).toBe('completed');
    expect(shifting.watch.broken).toEqual([]);
  });

  test('a candidate that fails the probed path is condemned', async () => {
    const { world } = shifting;
    const digest = await world.push({
      version: version(),
      labels: { 'org.example.model': 'errors:0.5' },
    });
    const record = await world.ended(digest);
    expect(record).toMatchObject({ outcome: 'rolledBack' });
    expect(await world.ledger.quarantine(record)).toMatchObject({ digest });
  });

  test('a dead probe is no evidence: patience ends, and nobody is condemned', async () => {
    const { world, production } = shifting;
    await world.clock.advance(10 * MINUTE);
    const lambda = world.cloud.service<LambdaService>('lambda', production.target);
    let deaths = 0;
    lambda.beforeInvoke = ({ functionName }) => {
      if (!functionName.endsWith('-probe')) return;
      deaths += 1;
      throw new KilledInvocation('the probe died');
    };
    const record = await world.ended(await world.push({ version: version() }));
    lambda.beforeInvoke = undefined;
    expect(deaths).toBeGreaterThan(5);
    expect(record).toMatchObject({
      outcome: 'rolledBack',
      reason: expect.stringContaining('no pass within'),
    });
    expect(await world.ledger.quarantine(record)).toBeNull();
    expect((await production.rollout())?.rollback?.cause).toBe('noEvidence');
  });
});

describe('signals: what burns already', () => {
  test('an alarm in ALARM holds the start and says so once; when it clears, the rollout goes on', async () => {
    const { world, production } = shifting;
    await users(10_000, 0);
    const name = alarmOf('green-errors');
    const other = alarmOf('blue-errors');
    const digest = await world.push({ version: version() });
    for (const each of [name, other]) await production.setAlarm(each, 'ALARM');
    const waiting = await world.until('the rollout waits', async () => {
      for (const each of [name, other]) await production.setAlarm(each, 'ALARM');
      const release = await world.release(digest);
      const [reason] = release === undefined ? [] : await waited(release.releaseId);
      return reason;
    });
    expect(waiting).toContain('is in ALARM');
    expect((await production.weights()).blue).not.toBe(50);
    for (const each of [name, other]) await production.setAlarm(each, 'OK');
    const record = await world.ended(digest);
    expect(record).toMatchObject({ outcome: 'released' });
    const reasons = await waited(record.releaseId);
    expect(new Set(reasons).size).toBe(reasons.length);
  });

  test('a spent error budget refuses the start, with its numbers', async () => {
    const { world, production } = shifting;
    const before = await production.weights();
    await users(1_000, 900);
    const record = await world.ended(await world.push({ version: version() }));
    expect(record).toMatchObject({ outcome: 'rejected' });
    expect(record.reason).toContain('the error budget of checkout-availability is BREACHED');
    expect(record.reason).toMatch(/% of 99 %, -\d+ of \d+ requests left/);
    expect(await waited(record.releaseId)).toHaveLength(1);
    expect(await production.weights()).toEqual(before);
    await world.clock.advance(90 * MINUTE);
  });
});

describe('signals: while traffic shifts', () => {
  test('a budget that is spent in the shift rolls back and condemns nobody', async () => {
    const { world, production } = shifting;
    await users(10_000, 0);
    const rollout = await pushedTo(shifting, version(), 40);
    await users(1_000, 900);
    const record = await world.ended(rollout.digest);
    expect(record).toMatchObject({ outcome: 'rolledBack' });
    expect(record.reason).toContain('is BREACHED');
    expect((await production.rollout())?.rollback?.cause).toBe('slo');
    expect(await world.ledger.quarantine(record)).toBeNull();
    await world.clock.advance(90 * MINUTE);
  });

  test('a metric that comes late holds the pass until it has come', async () => {
    const { world, production } = shifting;
    await users(10_000, 0);
    const rollout = await pushedTo(shifting, version(), 40);
    const { settings } = world.cloud.service<CloudWatchService>('cloudwatch', production.target);
    settings.metricDelayMs = 8 * MINUTE;
    const share = async () => (await production.weights())[rollout.color ?? 'blue'];
    await world.clock.advance(7 * MINUTE);
    expect(await share()).toBe(40);
    settings.metricDelayMs = 0;
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'released' });
  });

  test('a muted alarm rolls back all the same', async () => {
    const { world, production } = shifting;
    await users(10_000, 0);
    const live = (await world.ledger.live(production.target.targetId))?.version;
    const rollout = await pushedTo(shifting, version(), 40);
    const name = alarmOf(`${rollout.color}-errors`);
    const today = new Date(world.clock.now()).toISOString().slice(0, 10);
    await world.during(
      production.client.send(
        new PutAlarmMuteRuleCommand({
          Name: 'maintenance',
          Rule: { Schedule: { Expression: `at(${today}T00:00)`, Duration: 'P2D' } },
          MuteTargets: { AlarmNames: [name] },
        }),
      ),
    );
    await production.setAlarm(name, 'ALARM');
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout, live ?? undefined);
  });
});
