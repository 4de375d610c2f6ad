import { beforeEach, describe, expect, test } from 'vitest';
import { snsModule } from '../../../local/services/sns/module.ts';
import { makeWorld, place } from './cloudwatch-world.ts';

const SECOND = 1_000;
const TOPIC = `arn:aws:sns:${place.region}:${place.account}:pages`;

let world: ReturnType<typeof makeWorld>;

/** Two alarms on metrics without data, and a composite alarm on the first whose actions the second keeps back. */
beforeEach(async () => {
  world = makeWorld([snsModule]);
  const { cloud } = world;
  await cloud.call('sns', 'CreateTopic', { Name: 'pages' }, context());
  for (const AlarmName of ['child', 'maintenance']) {
    await world.call('PutMetricAlarm', {
      AlarmName,
      Namespace: 'Shop',
      MetricName: AlarmName,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    });
  }
  await world.call('PutCompositeAlarm', {
    AlarmName: 'all',
    AlarmRule: '(ALARM(child) AND NOT (FALSE OR OK("child")))',
    AlarmActions: [TOPIC],
    ActionsSuppressor: 'maintenance',
    ActionsSuppressorWaitPeriod: 60,
    ActionsSuppressorExtensionPeriod: 120,
  });
});

const context = () => ({ ...place, principal: { arn: 'test', account: place.account } });
const set = (AlarmName: string, StateValue: string) =>
  world.call('SetAlarmState', { AlarmName, StateValue, StateReason: 'test' });
/** What EventBridge was told of the composite alarm. */
const told = () =>
  world.events
    .map(({ event }) => event.detail as { alarmName: string })
    .filter(({ alarmName }) => alarmName === 'all');
const composite = async () =>
  (await world.call('DescribeAlarms', { AlarmTypes: ['CompositeAlarm'] })).CompositeAlarms[0];
const acted = async () => {
  await world.clock.advance(0);
  const { AlarmHistoryItems } = await world.call('DescribeAlarmHistory', {
    AlarmName: 'all',
    AlarmTypes: ['CompositeAlarm'],
    HistoryItemType: 'Action',
  });
  return AlarmHistoryItems.length as number;
};

describe('cloudwatch: action suppression', () => {
  test('actions wait for the suppressor, and come when it stays quiet', async () => {
    await set('child', 'ALARM');
    expect(await composite()).toMatchObject({
      StateValue: 'ALARM',
      ActionsSuppressedBy: 'WaitPeriod',
    });
    expect(told().at(-1)).toMatchObject({
      state: { value: 'ALARM', actionsSuppressedBy: 'WaitPeriod' },
      configuration: { actionsSuppressor: 'maintenance', actionsSuppressorWaitPeriod: 60 },
    });
    await world.clock.advance(59 * SECOND);
    expect(await acted()).toBe(0);
    await world.clock.advance(2 * SECOND);
    expect(await acted()).toBe(1);
    expect((await composite()).ActionsSuppressedBy).toBeUndefined();
  });

  test('a suppressor in ALARM keeps actions back, and an extension after it; the state is told all the same', async () => {
    await set('maintenance', 'ALARM');
    await set('child', 'ALARM');
    expect(await composite()).toMatchObject({ StateValue: 'ALARM', ActionsSuppressedBy: 'Alarm' });
    expect(told().at(-1)).toMatchObject({ state: { value: 'ALARM' } });
    await world.clock.advance(600 * SECOND);
    expect(await acted()).toBe(0);
    await set('maintenance', 'OK');
    expect((await composite()).ActionsSuppressedBy).toBe('ExtensionPeriod');
    await world.clock.advance(119 * SECOND);
    expect(await acted()).toBe(0);
    await world.clock.advance(2 * SECOND);
    expect(await acted()).toBe(1);
  });

  test('a suppressor that comes within the wait period keeps the actions back', async () => {
    await set('child', 'ALARM');
    await world.clock.advance(30 * SECOND);
    await set('maintenance', 'ALARM');
    await world.clock.advance(300 * SECOND);
    expect(await acted()).toBe(0);
    expect((await composite()).ActionsSuppressedBy).toBe('Alarm');
  });

  test.each([
    [{ ActionsSuppressor: 'nobody' }],
    [{ ActionsSuppressor: 'all' }],
    [{ ActionsSuppressorWaitPeriod: undefined }],
    [{ ActionsSuppressor: undefined }],
  ])('refuses %j', async (over) => {
    await expect(
      world.call('PutCompositeAlarm', {
        AlarmName: 'all',
        AlarmRule: 'ALARM(child)',
        ActionsSuppressor: 'maintenance',
        ActionsSuppressorWaitPeriod: 60,
        ActionsSuppressorExtensionPeriod: 120,
        ...over,
      }),
    ).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('cloudwatch: mute rules', () => {
  const mute = (Expression: string, over: object = {}) =>
    world.call('PutAlarmMuteRule', {
      Name: 'night',
      Rule: { Schedule: { Expression, Duration: 'PT2H', ...over } },
      MuteTargets: { AlarmNames: ['all'] },
    });
  const status = async () =>
    (await world.call('GetAlarmMuteRule', { AlarmMuteRuleName: 'night' })).Status;

  test('a muted alarm changes its state and says by whom it is muted; its actions do not run', async () => {
    await mute('at(2026-01-01T00:00)');
    expect(await status()).toBe('ACTIVE');
    await set('child', 'ALARM');
    await world.clock.advance(120 * SECOND);
    expect(told().at(-1)).toMatchObject({
      alarmName: 'all',
      state: { value: 'ALARM' },
      muteDetail: {
        mutedByArn: expect.stringContaining(':alarm-mute-rule:night'),
        muteWindowStart: '2026-01-01T00:00:00.000+0000',
        muteWindowEnd: '2026-01-01T02:00:00.000+0000',
      },
    });
    expect(await acted()).toBe(0);
    await world.clock.advance(2 * 3_600 * SECOND);
    expect(await status()).toBe('EXPIRED');
    const { AlarmMuteRuleSummaries } = await world.call('ListAlarmMuteRules', { AlarmName: 'all' });
    expect(AlarmMuteRuleSummaries).toMatchObject([{ Status: 'EXPIRED', MuteType: 'ONE_TIME' }]);
  });

  test.each([
    ['cron(0 23 * * *)', 'ACTIVE'],
    ['cron(30 22 * * WED)', 'ACTIVE'],
    ['cron(0 1 * * *)', 'SCHEDULED'],
    ['cron(0 0 1 JAN *)', 'ACTIVE'],
    ['cron(0 0 2-31 1 MON,TUE)', 'SCHEDULED'],
  ])('%s on Thursday, 1 January at midnight: %s', async (expression, expected) => {
    await mute(expression);
    expect(await status()).toBe(expected);
  });

  test.each([
    ['cron(0 25 * * *)', {}, 'ValidationError'],
    ['rate(1 hour)', {}, 'ValidationError'],
    ['cron(0 1 * * *)', { Duration: 'P16D' }, 'ValidationError'],
    ['cron(0 1 * * *)', { Timezone: 'Europe/Berlin' }, 'NotImplemented'],
  ])('refuses %s with %j', async (expression, over, name) => {
    await expect(mute(expression, over)).rejects.toMatchObject({ name });
  });
});
