import { beforeEach, describe, expect, test } from 'vitest';
import type { AwsEvent, ServiceModule } from '../../../local/services/service.ts';
import { makeWorld, place, START } from './cloudwatch-world.ts';

const MINUTE = 60_000;
const published: { topic: string; message: unknown; by: string }[] = [];
const sns: ServiceModule = {
  name: 'sns',
  resources: {},
  create: () => ({
    operations: {
      Publish: ({ TopicArn, Message }: { TopicArn: string; Message: string }, { principal }) => {
        published.push({ topic: TopicArn, message: JSON.parse(Message), by: principal.arn });
        return { MessageId: '1' };
      },
    },
  }),
};

let world: ReturnType<typeof makeWorld>;
beforeEach(() => {
  published.length = 0;
  world = makeWorld([sns]);
});

const record = (value: number, name = 'Errors'): void =>
  world.service.record({ namespace: 'AWS/Test', name, dimensions: { A: '1' }, value });

const put = (more: object = {}): Promise<unknown> =>
  world.call('PutMetricAlarm', {
    AlarmName: 'errors',
    Namespace: 'AWS/Test',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'A', Value: '1' }],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    ...more,
  });

const states = (): unknown[] =>
  world.events.map(({ event }) => {
    const detail = event.detail as { alarmName: string; state: { value: string } };
    return [detail.alarmName, detail.state.value, (Date.parse(event.time) - START) / 1_000];
  });

describe('cloudwatch: alarms: on the clock', () => {
  test('starts without data, is evaluated each minute, tells only changes', async () => {
    await put();
    expect(world.service.alarmState('errors')).toBe('INSUFFICIENT_DATA');
    await world.clock.advance(MINUTE);
    record(6);
    await world.clock.advance(5 * MINUTE);
    // The last real data point counts as long as it is in the evaluation range, here three minutes.
    expect(states()).toEqual([
      ['errors', 'OK', 5],
      ['errors', 'ALARM', 125],
      ['errors', 'OK', 305],
    ]);
  });

  test('a short period is evaluated every ten seconds', async () => {
    await put({ Period: 10, TreatMissingData: 'missing', Namespace: 'Mine', Dimensions: [] });
    await world.clock.advance(3_000);
    await world.call('PutMetricData', {
      Namespace: 'Mine',
      MetricData: [{ MetricName: 'Errors', Value: 9, StorageResolution: 1 }],
    });
    await world.clock.advance(10_000);
    expect(states()).toEqual([['errors', 'ALARM', 11]]);
  });

  test('M of N: two bad minutes of three', async () => {
    await put({ EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    for (const value of [9, 1, 9, 1, 1]) {
      record(value);
      await world.clock.advance(MINUTE);
    }
    expect(states()).toEqual([
      ['errors', 'OK', 5],
      ['errors', 'ALARM', 185],
      ['errors', 'OK', 245],
    ]);
  });

  test('without alarms no timer is left', async () => {
    await put();
    await world.call('DeleteAlarms', { AlarmNames: ['errors'] });
    await world.clock.advance(MINUTE);
    expect(world.clock.pending).toBe(0);
  });

  test('metric math with a guard for few requests', async () => {
    const stat = (Id: string, MetricName: string) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Metric: {
          Namespace: 'AWS/Test',
          MetricName,
          Dimensions: [{ Name: 'A', Value: '1' }],
        },
        Period: 60,
        Stat: 'Sum',
      },
    });
    await world.call('PutMetricAlarm', {
      AlarmName: 'rate',
      EvaluationPeriods: 1,
      Threshold: 0.1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      Metrics: [
        stat('errors', 'Errors'),
        stat('requests', 'Requests'),
        { Id: 'rate', Expression: 'IF(requests >= 20, FILL(errors, 0) / requests)' },
      ],
    });
    record(5);
    record(10, 'Requests');
    await world.clock.advance(MINUTE + 10_000);
    expect(world.service.alarmState('rate')).toBe('OK');
    record(5);
    record(20, 'Requests');
    await world.clock.advance(MINUTE);
    expect(world.service.alarmState('rate')).toBe('ALARM');
    const detail = world.events.at(-1)?.event.detail as { configuration: { metrics: object[] } };
    expect(detail.configuration.metrics).toContainEqual({
      id: 'rate',
      expression: 'IF(requests >= 20, FILL(errors, 0) / requests)',
      returnData: true,
    });
  });
});

describe('cloudwatch: alarms: event', () => {
  test('has the documented shape', async () => {
    await put({ AlarmDescription: 'Too many errors', TreatMissingData: 'missing' });
    record(2);
    await world.clock.advance(MINUTE);
    record(9);
    await world.clock.advance(MINUTE + 10_000);
    const event = world.events.at(-1)?.event as AwsEvent & { detail: Record<string, unknown> };
    expect(event).toMatchObject({
      source: 'aws.cloudwatch',
      'detail-type': 'CloudWatch Alarm State Change',
      resources: ['arn:aws:cloudwatch:eu-west-1:111111111111:alarm:errors'],
    });
    expect(event.detail).toEqual({
      alarmName: 'errors',
      configuration: {
        description: 'Too many errors',
        metrics: [
          {
            id: expect.stringMatching(/^[0-9a-f-]{36}$/),
            metricStat: {
              metric: { namespace: 'AWS/Test', name: 'Errors', dimensions: { A: '1' } },
              period: 60,
              stat: 'Sum',
            },
            returnData: true,
          },
        ],
      },
      previousState: expect.objectContaining({ value: 'OK' }),
      state: {
        value: 'ALARM',
        reason:
          'Threshold Crossed: 1 out of the last 1 datapoints [9.0 (01/01/26 00:01:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).',
        reasonData:
          '{"version":"1.0","queryDate":"2026-01-01T00:02:05.000+0000","startDate":"2026-01-01T00:01:00.000+0000","statistic":"Sum","period":60,"recentDatapoints":[9.0],"threshold":5.0,"evaluatedDatapoints":[{"timestamp":"2026-01-01T00:01:00.000+0000","value":9.0}]}',
        timestamp: '2026-01-01T00:02:05.000+0000',
      },
    });
  });

  test('the first one comes from the initial state', async () => {
    await put();
    await world.clock.advance(MINUTE);
    expect(world.events[0]?.event.detail).toMatchObject({
      previousState: {
        value: 'INSUFFICIENT_DATA',
        reason: 'Unchecked: Initial alarm creation',
        timestamp: '2026-01-01T00:00:00.000+0000',
      },
      state: {
        value: 'OK',
        reason:
          'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
      },
    });
  });
});

describe('cloudwatch: alarms: actions', () => {
  const topic = 'arn:aws:sns:eu-west-1:111111111111:pages';

  test('a topic is told as CloudWatch, once per change, and history keeps it', async () => {
    await put({ AlarmActions: [topic] });
    record(9);
    await world.clock.advance(2 * MINUTE);
    expect(published).toEqual([
      {
        topic,
        by: 'cloudwatch.amazonaws.com',
        message: expect.objectContaining({ AlarmName: 'errors', NewStateValue: 'ALARM' }),
      },
    ]);
    const { AlarmHistoryItems } = await world.call('DescribeAlarmHistory', { AlarmName: 'errors' });
    expect(
      AlarmHistoryItems.map((item: { HistorySummary: string }) => item.HistorySummary),
    ).toEqual([
      `Successfully executed action ${topic}`,
      'Alarm updated from OK to ALARM',
      'Alarm updated from INSUFFICIENT_DATA to OK',
      'Alarm "errors" created',
    ]);
  });

  test('disabled actions stay silent, the event does not', async () => {
    await put({ AlarmActions: [topic] });
    await world.call('DisableAlarmActions', { AlarmNames: ['errors'] });
    record(9);
    await world.clock.advance(MINUTE + 10_000);
    expect(published).toEqual([]);
    expect(states().at(-1)).toEqual(['errors', 'ALARM', 65]);
  });

  test('a failed action is in the history', async () => {
    await put({
      AlarmActions: ['arn:aws:lambda:eu-west-1:111111111111:function:absent'],
    });
    record(9);
    await world.clock.advance(MINUTE + 10_000);
    const { AlarmHistoryItems } = await world.call('DescribeAlarmHistory', {
      HistoryItemType: 'Action',
    });
    expect(AlarmHistoryItems[0].HistorySummary).toContain('Failed to execute action');
  });
});

describe('cloudwatch: alarms: SetAlarmState', () => {
  test('holds until the next evaluation', async () => {
    await put();
    await world.clock.advance(10_000);
    await world.call('SetAlarmState', {
      AlarmName: 'errors',
      StateValue: 'ALARM',
      StateReason: 'drill',
    });
    expect(world.events.at(-1)?.event.detail).toMatchObject({
      state: { value: 'ALARM', reason: 'drill' },
    });
    await world.clock.advance(MINUTE);
    expect(world.service.alarmState('errors')).toBe('OK');
  });

  test('of an alarm that is not there', async () => {
    await expect(
      world.call('SetAlarmState', { AlarmName: 'x', StateValue: 'OK', StateReason: 'r' }),
    ).rejects.toMatchObject({ name: 'ResourceNotFound' });
  });
});

describe('cloudwatch: composite alarms', () => {
  const set = (AlarmName: string, StateValue: string) =>
    world.call('SetAlarmState', { AlarmName, StateValue, StateReason: 'test' });

  beforeEach(async () => {
    for (const AlarmName of ['a', 'b', 'c']) await put({ AlarmName });
    await world.clock.advance(10_000);
    world.events.length = 0;
  });

  test.each([
    ['ALARM(a) OR ALARM(b) AND ALARM(c)', ['a'], 'ALARM'],
    ['(ALARM(a) OR ALARM(b)) AND ALARM(c)', ['a'], 'OK'],
    ['ALARM("a") AND NOT ALARM(b)', ['a'], 'ALARM'],
    ['NOT (OK(a) OR FALSE)', ['a'], 'ALARM'],
    ['INSUFFICIENT_DATA(a) OR FALSE', [], 'OK'],
    ['TRUE AND OK(b)', [], 'ALARM'],
    ['ALARM(arn:aws:cloudwatch:eu-west-1:111111111111:alarm:b)', ['b'], 'ALARM'],
  ])('%s with %j in ALARM', async (AlarmRule, alarming, expected) => {
    for (const name of alarming) await set(name, 'ALARM');
    await world.call('PutCompositeAlarm', { AlarmName: 'all', AlarmRule });
    expect(world.service.alarmState('all')).toBe(expected);
  });

  test('follows its children at once and says which of them it was', async () => {
    await world.call('PutCompositeAlarm', { AlarmName: 'all', AlarmRule: 'ALARM(a) OR ALARM(b)' });
    await world.call('PutCompositeAlarm', { AlarmName: 'top', AlarmRule: 'ALARM(all)' });
    await set('a', 'ALARM');
    expect(states().slice(-3)).toEqual([
      ['a', 'ALARM', 10],
      ['all', 'ALARM', 10],
      ['top', 'ALARM', 10],
    ]);
    expect(world.events.at(-2)?.event.detail).toMatchObject({
      configuration: { alarmRule: 'ALARM(a) OR ALARM(b)' },
      state: {
        reason:
          'arn:aws:cloudwatch:eu-west-1:111111111111:alarm:a transitioned to ALARM at Thursday 01 January, 2026 00:00:10 UTC',
        reasonData:
          '{"triggeringAlarms":[{"arn":"arn:aws:cloudwatch:eu-west-1:111111111111:alarm:a","state":{"value":"ALARM","timestamp":"2026-01-01T00:00:10.000+0000"}}]}',
      },
    });
    await set('b', 'ALARM');
    await set('a', 'OK');
    expect(world.service.alarmState('all')).toBe('ALARM');
    await set('b', 'OK');
    expect(world.service.alarmState('top')).toBe('OK');
  });

  test.each(['ALARM(a', 'ALARM(a) ALARM(b)', 'a', 'AND ALARM(a)', 'ALARM(unknown)', ''])(
    'refuses the rule %j',
    async (AlarmRule) => {
      await expect(
        world.call('PutCompositeAlarm', { AlarmName: 'all', AlarmRule }),
      ).rejects.toMatchObject({ name: 'ValidationError' });
    },
  );

  test('a child can only be deleted together with its parents', async () => {
    await world.call('PutCompositeAlarm', { AlarmName: 'all', AlarmRule: 'ALARM(a)' });
    await expect(world.call('DeleteAlarms', { AlarmNames: ['a'] })).rejects.toMatchObject({
      message: 'Cannot delete a as there are composite alarm(s) depending on it.',
    });
    await world.call('DeleteAlarms', { AlarmNames: ['all', 'a'] });
    expect(world.service.alarmState('a')).toBeUndefined();
  });

  test('are only described when their type is asked for', async () => {
    await world.call('PutCompositeAlarm', { AlarmName: 'all', AlarmRule: 'ALARM(a)' });
    const names = async (input: object) => {
      const { MetricAlarms, CompositeAlarms } = await world.call('DescribeAlarms', input);
      return [...MetricAlarms, ...CompositeAlarms].map((alarm) => alarm.AlarmName);
    };
    expect(await names({ AlarmNames: ['a', 'all'] })).toEqual(['a']);
    expect(await names({ AlarmTypes: ['CompositeAlarm'] })).toEqual(['all']);
    expect(await names({ ChildrenOfAlarmName: 'all' })).toEqual(['a']);
    expect(await names({ AlarmNamePrefix: 'b' })).toEqual(['b']);
    expect(await names({ StateValue: 'ALARM' })).toEqual([]);
  });
});

describe('cloudwatch: alarms: requests', () => {
  test.each([
    [{ Period: 45 }, 'ValidationError'],
    [{ Period: 3_600, EvaluationPeriods: 200 }, 'ValidationError'],
    [{ EvaluationPeriods: 2, DatapointsToAlarm: 3 }, 'ValidationError'],
    [{ Statistic: undefined }, 'InvalidParameterCombinationException'],
    [{ ExtendedStatistic: 'p99' }, 'InvalidParameterCombinationException'],
    [{ TreatMissingData: 'never' }, 'ValidationError'],
    [{ ThresholdMetricId: 'ad1' }, 'ValidationError'],
    [{ ComparisonOperator: 'LessThanLowerThreshold' }, 'InvalidParameterCombinationException'],
    [{ AlarmActions: ['arn:aws:automate:eu-west-1:ec2:stop'] }, 'NotImplemented'],
  ])('refuses %j', async (more, name) => {
    await expect(put(more)).rejects.toMatchObject({ name });
  });

  test('pages through alarms', async () => {
    for (let n = 0; n < 5; n += 1) await put({ AlarmName: `n${n}` });
    const first = await world.call('DescribeAlarms', { MaxRecords: 3 });
    const second = await world.call('DescribeAlarms', {
      MaxRecords: 3,
      NextToken: first.NextToken,
    });
    expect([first.MetricAlarms.length, second.MetricAlarms.length, second.NextToken]).toEqual([
      3,
      2,
      undefined,
    ]);
  });

  test('an update keeps state and tags', async () => {
    await put({ Tags: [{ Key: 'team', Value: 'a' }] });
    await world.clock.advance(10_000);
    await put({ Threshold: 50 });
    expect(world.service.alarmState('errors')).toBe('OK');
    const ResourceARN = `arn:aws:cloudwatch:${place.region}:${place.account}:alarm:errors`;
    await world.call('TagResource', { ResourceARN, Tags: [{ Key: 'tier', Value: '1' }] });
    expect(await world.call('ListTagsForResource', { ResourceARN })).toEqual({
      Tags: [
        { Key: 'team', Value: 'a' },
        { Key: 'tier', Value: '1' },
      ],
    });
  });
});

describe('cloudwatch: resources', () => {
  const context = () => ({
    ...place,
    stackName: 'stack',
    stackId: 'arn:stack',
    logicalId: 'Alarm',
    cloud: world.cloud,
    principal: { arn: 'cloudformation.amazonaws.com', account: place.account },
  });

  test('an alarm from a template, its text numbers included', async () => {
    const provider = world.cloud.provider('AWS::CloudWatch::Alarm');
    const properties = {
      Namespace: 'AWS/Test',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: '60',
      EvaluationPeriods: 1,
      Threshold: '5',
      ComparisonOperator: 'GreaterThanThreshold',
    };
    const made = await provider?.create(properties, context());
    expect(made?.physicalId).toMatch(/^stack-Alarm-[a-z0-9]{12}$/);
    expect(made?.attributes['Arn']).toBe(
      `arn:aws:cloudwatch:eu-west-1:111111111111:alarm:${made?.physicalId}`,
    );
    const renamed = await provider?.update?.(
      { ...properties, AlarmName: 'other' },
      { ...(made as NonNullable<typeof made>), properties },
      context(),
    );
    expect(renamed?.physicalId).toBe('other');
    await provider?.remove?.({ ...(made as NonNullable<typeof made>), properties }, context());
    const { MetricAlarms } = await world.call('DescribeAlarms', {});
    expect(MetricAlarms.map((alarm: { AlarmName: string }) => alarm.AlarmName)).toEqual(['other']);
  });

  test('a dashboard is kept as it is', async () => {
    const provider = world.cloud.provider('AWS::CloudWatch::Dashboard');
    const properties = { DashboardName: 'main', DashboardBody: '{"widgets":[]}' };
    await provider?.create(properties, context());
    expect(await world.call('GetDashboard', { DashboardName: 'main' })).toMatchObject({
      DashboardBody: '{"widgets":[]}',
    });
    await expect(
      world.call('PutDashboard', { DashboardName: 'bad', DashboardBody: '{' }),
    ).rejects.toMatchObject({ name: 'DashboardInvalidInputError' });
  });
});
