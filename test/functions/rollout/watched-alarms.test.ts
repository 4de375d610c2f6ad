import { describe, expect, test } from 'vitest';
import { watchedAlarms } from '../../../functions/adapters/watched-alarms.ts';
import { alarmFindings } from '../../../functions/domain/alarm-gate.ts';
import type { LiveRecord } from '../../../functions/domain/rollout.ts';
import { operatorOf } from '../../../local/cloud.ts';
import { makeWorld, place } from '../../local/cloudwatch/cloudwatch-world.ts';
import { shopTarget } from './shop-target.ts';

// Goal: preflight finds alarms that can never fire, of every kind, as CloudWatch really answers.
// Method: alarms on the local CloudWatch; each test has some metrics report, and asks.
const MINUTE = 60_000;
const ELB = 'AWS/ApplicationELB';
const dimensions = (group: string) => ({ LoadBalancer: 'app/edge/1', TargetGroup: group });
const named = (of: Record<string, string>) =>
  Object.entries(of).map(([Name, Value]) => ({ Name, Value }));

const world = async () => {
  const made = makeWorld();
  made.service.settings.anomalyTrainingMs = 10 * MINUTE;
  const plain = shopTarget();
  const metric = (AlarmName: string, over: object = {}) =>
    made.call('PutMetricAlarm', {
      AlarmName,
      Namespace: 'Shop',
      MetricName: 'Errors',
      Dimensions: named({ Service: 'checkout' }),
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...over,
    });
  const report = (name: string, Value = 1, of: Record<string, string> = { Service: 'checkout' }) =>
    made.call('PutMetricData', {
      Namespace: 'Shop',
      MetricData: [{ MetricName: name, Value, Dimensions: named(of) }],
    });
  const requests = (group: string) =>
    made.service.record({
      namespace: ELB,
      name: 'RequestCount',
      dimensions: dimensions(group),
      value: 9,
    });
  const asked = async (...watched: string[]) => {
    const runtime = {
      now: () => made.clock.now(),
      client: () => made.cloud.client(place, operatorOf(place.account)),
    };
    const alarms = await watchedAlarms(runtime as never, {}, watched);
    const target = {
      ...plain,
      shiftable: plain.shiftable && {
        ...plain.shiftable,
        alarms: { watched, composite: 'hurting' },
      },
    };
    const live = { color: 'blue' } as LiveRecord;
    return {
      alarms,
      reasons: alarmFindings(target, live, { alarms, liveHasRequests: true }).map(
        ({ reason }) => reason,
      ),
    };
  };
  return { ...made, metric, report, requests, asked };
};

describe('watched alarms: as CloudWatch answers', () => {
  test('a metric of its own: never seen, seen today, seen now', async () => {
    const { metric, report, asked, clock } = await world();
    await metric('errors');
    await clock.advance(2 * MINUTE);
    expect((await asked('errors')).reasons[0]).toContain('Shop Errors {Service=checkout}');
    await report('Errors', 1, { Service: 'other' });
    await clock.advance(MINUTE);
    expect((await asked('errors')).reasons).toHaveLength(1);
    await report('Errors');
    await clock.advance(MINUTE);
    expect(await asked('errors')).toMatchObject({ alarms: [{ hasData: true }], reasons: [] });
    await clock.advance(6 * 60 * MINUTE);
    expect(await asked('errors')).toMatchObject({ alarms: [{ hasData: false }], reasons: [] });
  });

  test('a target group that was renamed, and one that is there', async () => {
    const { metric, requests, asked, clock } = await world();
    const of = (group: string) => ({
      Namespace: ELB,
      MetricName: 'HTTPCode_Target_5XX_Count',
      Dimensions: named(dimensions(group)),
    });
    await metric('renamed', of('targetgroup/old/1'));
    await metric('other', of('targetgroup/other/2'));
    requests('targetgroup/other/2');
    await clock.advance(MINUTE);
    const { reasons } = await asked('renamed', 'other');
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain('renamed could not fire');
    expect(reasons[0]).toContain('TargetGroup=targetgroup/old/1');
  });

  test('metric math is judged by what it gives', async () => {
    const { metric, report, asked, clock } = await world();
    const stat = (Id: string, MetricName: string) => ({
      Id,
      ReturnData: false,
      MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' },
    });
    const math = {
      Namespace: undefined,
      MetricName: undefined,
      Dimensions: undefined,
      Statistic: undefined,
      Period: undefined,
      TreatMissingData: 'missing',
      Metrics: [
        stat('bad', 'Bad'),
        stat('all', 'All'),
        { Id: 'share', Expression: 'bad / all', ReturnData: true },
      ],
    };
    await metric('share', math);
    await report('All', 10, {});
    await clock.advance(2 * MINUTE);
    expect((await asked('share')).reasons).toHaveLength(1);
    await report('All', 10, {});
    await report('Bad', 0, {});
    await clock.advance(2 * MINUTE);
    expect((await asked('share')).reasons).toEqual([]);
  });

  test('an anomaly alarm waits for its model', async () => {
    const { metric, report, asked, clock } = await world();
    await metric('orders', {
      Namespace: undefined,
      MetricName: undefined,
      Dimensions: undefined,
      Statistic: undefined,
      Period: undefined,
      Threshold: undefined,
      ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
      ThresholdMetricId: 'band',
      TreatMissingData: 'missing',
      Metrics: [
        {
          Id: 'm1',
          MetricStat: {
            Metric: { Namespace: 'Shop', MetricName: 'Orders' },
            Period: 60,
            Stat: 'Sum',
          },
        },
        { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(m1, 2)' },
      ],
    });
    for (let minute = 0; minute < 5; minute += 1) {
      await report('Orders', 100, {});
      await clock.advance(MINUTE);
    }
    expect((await asked('orders')).reasons[0]).toContain('not trained yet');
    for (let minute = 0; minute < 8; minute += 1) {
      await report('Orders', 100 + (minute % 2), {});
      await clock.advance(MINUTE);
    }
    expect(await asked('orders')).toMatchObject({
      alarms: [{ kind: 'anomaly', bandHasData: true }],
      reasons: [],
    });
  });

  test('the children of a composite alarm are looked up, and theirs; muted and suppressed are seen', async () => {
    const { call, metric, report, asked, clock } = await world();
    await metric('leaf');
    await metric('quiet', { ActionsEnabled: false });
    await call('PutCompositeAlarm', { AlarmName: 'middle', AlarmRule: 'ALARM(leaf)' });
    await call('PutCompositeAlarm', {
      AlarmName: 'top',
      AlarmRule: 'ALARM(middle) AND NOT ALARM("quiet")',
      ActionsSuppressor: 'quiet',
      ActionsSuppressorWaitPeriod: 60,
      ActionsSuppressorExtensionPeriod: 60,
    });
    await clock.advance(2 * MINUTE);
    expect((await asked('top')).reasons[0]).toContain(
      'its child middle could not fire: its child leaf could not fire',
    );
    await report('Errors');
    await clock.advance(MINUTE);
    const { alarms, reasons } = await asked('top');
    expect(reasons).toEqual([]);
    expect(alarms.map(({ name }) => name)).toEqual(['top', 'middle', 'quiet', 'leaf']);
    expect(alarms.find(({ name }) => name === 'quiet')).toMatchObject({ muted: true });
    await call('SetAlarmState', { AlarmName: 'quiet', StateValue: 'ALARM', StateReason: 't' });
    await call('SetAlarmState', { AlarmName: 'leaf', StateValue: 'ALARM', StateReason: 't' });
    await call('SetAlarmState', { AlarmName: 'quiet', StateValue: 'OK', StateReason: 't' });
    expect((await asked('top')).alarms[0]).toMatchObject({
      state: 'ALARM',
      suppressedBy: 'WaitPeriod',
    });
  });

  test('an alarm that nobody made is null, and so is a child', async () => {
    const { asked } = await world();
    expect(await asked('nobody')).toMatchObject({
      alarms: [{ name: 'nobody', state: null }],
      reasons: [expect.stringContaining('does not exist')],
    });
  });
});
