import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/services/aws-error.ts';
import { HERE, SmallCloud, START, serviceOf } from '../lambda/small-cloud.ts';

const MINUTE = 60_000;
const RoleArn = `arn:aws:iam::${HERE.account}:role/scheduler`;

const scheduled = async (properties: object, target: object = {}, cloud = new SmallCloud()) => {
  const queue = await cloud.makeQueue('due');
  const state = await cloud.make('AWS::Scheduler::Schedule', {
    Name: 'tick',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: queue.arn, RoleArn, Input: '{"hello":"there"}', ...target },
    ...properties,
  });
  const sent = () => queue.messages().map(({ sentAt }) => (sentAt - START) / MINUTE);
  return { cloud, queue, state, sent };
};

describe('scheduler: schedules', () => {
  it('call their target at a rate, at once first', async () => {
    const { cloud, queue, sent } = await scheduled({ ScheduleExpression: 'rate(10 minutes)' });
    await cloud.clock.advance(25 * MINUTE);
    expect(sent()).toEqual([0, 10, 20]);
    expect(queue.messages()[0]?.body).toBe('{"hello":"there"}');
  });

  it('call it as their role', async () => {
    const { cloud } = await scheduled({ ScheduleExpression: 'rate(10 minutes)' });
    await cloud.clock.advance(MINUTE);
    const call = cloud.calls.find(({ operation }) => operation === 'SendMessage');
    expect(call?.principal.roleArn).toBe(RoleArn);
  });

  it('begin and end when they are told', async () => {
    const { cloud, sent } = await scheduled({
      ScheduleExpression: 'rate(10 minutes)',
      StartDate: new Date(START + 30 * MINUTE).toISOString(),
      EndDate: new Date(START + 55 * MINUTE).toISOString(),
    });
    await cloud.clock.advance(180 * MINUTE);
    expect(sent()).toEqual([30, 40, 50]);
  });

  it('run once at a point in time, and go away if told so', async () => {
    const { cloud, sent } = await scheduled({
      ScheduleExpression: 'at(2026-11-21T14:00:00)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      ActionAfterCompletion: 'DELETE',
    });
    await cloud.clock.advance(59 * MINUTE);
    expect(sent()).toEqual([]);
    await cloud.clock.advance(2 * MINUTE);
    expect(sent()).toEqual([60]);
    await expect(cloud.ask('scheduler', 'GetSchedule', { Name: 'tick' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('stay within their flexible window', async () => {
    const { cloud, sent } = await scheduled({
      ScheduleExpression: 'cron(0 * * * ? *)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
    });
    await cloud.clock.advance(200 * MINUTE);
    expect(sent()).toHaveLength(3);
    for (const [index, minute] of sent().entries()) {
      expect(minute).toBeGreaterThanOrEqual((index + 1) * 60);
      expect(minute).toBeLessThan((index + 1) * 60 + 15);
    }
  });

  it('do nothing while disabled, and stop when deleted', async () => {
    const { cloud, sent } = await scheduled({
      ScheduleExpression: 'rate(1 minute)',
      State: 'DISABLED',
    });
    await cloud.clock.advance(10 * MINUTE);
    expect(sent()).toEqual([]);
    const schedule = await cloud.ask<object>('scheduler', 'GetSchedule', { Name: 'tick' });
    await cloud.ask('scheduler', 'UpdateSchedule', { ...schedule, State: 'ENABLED' });
    await cloud.clock.advance(90_000);
    expect(sent()).toEqual([10, 11]);
    await cloud.ask('scheduler', 'DeleteSchedule', { Name: 'tick' });
    await cloud.clock.advance(10 * MINUTE);
    expect(sent()).toHaveLength(2);
  });

  it('fill in what the input asks for', async () => {
    const { cloud, queue } = await scheduled(
      { ScheduleExpression: 'at(2026-11-21T12:05:00)' },
      { Input: '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}' },
    );
    await cloud.clock.advance(6 * MINUTE);
    expect(JSON.parse(queue.messages()[0]?.body ?? '')).toEqual({
      at: '2026-11-21T12:05:00Z',
      by: `arn:aws:scheduler:${HERE.region}:${HERE.account}:schedule/default/tick`,
    });
  });

  it('put events on a bus', async () => {
    const cloud = new SmallCloud();
    const seen: unknown[] = [];
    cloud.events.onEvent(({ event }) =>
      seen.push([event.source, event['detail-type'], event.detail]),
    );
    await scheduled(
      { ScheduleExpression: 'at(2026-11-21T12:05:00)' },
      {
        Arn: `arn:aws:events:${HERE.region}:${HERE.account}:event-bus/default`,
        EventBridgeParameters: { Source: 'timer', DetailType: 'Tick' },
      },
      cloud,
    );
    await cloud.clock.advance(6 * MINUTE);
    expect(seen).toEqual([['timer', 'Tick', { hello: 'there' }]]);
  });

  it('write a dead letter when their target fails for good', async () => {
    let attempts = 0;
    const cloud = new SmallCloud([
      serviceOf('sfn', {
        StartExecution: () => {
          attempts += 1;
          throw new AwsError('ThrottlingException', 'Rate exceeded');
        },
      }),
    ]);
    const dead = await cloud.makeQueue('dead');
    await scheduled(
      { ScheduleExpression: 'at(2026-11-21T12:05:00)' },
      {
        Arn: `arn:aws:states:${HERE.region}:${HERE.account}:stateMachine:m`,
        RetryPolicy: { MaximumRetryAttempts: 2 },
        DeadLetterConfig: { Arn: dead.arn },
      },
      cloud,
    );
    await cloud.clock.advance(60 * MINUTE);
    expect(attempts).toBe(3);
    expect(dead.messages()[0]?.attributes['ERROR_CODE']?.StringValue).toBe('ThrottlingException');
  });

  it.each([
    [
      'a bad expression',
      { ScheduleExpression: 'sometimes' },
      {},
      'Invalid Schedule Expression sometimes.',
    ],
    ['a bad zone', { ScheduleExpressionTimezone: 'Mars/Base' }, {}, 'Mars/Base is not valid'],
    ['a bad role', {}, { RoleArn: 'nobody' }, 'Provided role ARN is not valid'],
    [
      'a universal target',
      {},
      { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage' },
      'the universal target',
    ],
    ['a group that is not there', { GroupName: 'none' }, {}, 'Schedule group none does not exist.'],
  ])('are refused with %s', async (_what, properties, target, message) => {
    const all = { ScheduleExpression: 'rate(1 minute)', ...properties };
    await expect(scheduled(all, target)).rejects.toThrow(message);
  });
});

describe('scheduler: groups', () => {
  it('take their schedules with them', async () => {
    const cloud = new SmallCloud();
    await cloud.ask('scheduler', 'CreateScheduleGroup', { Name: 'night' });
    await scheduled({ ScheduleExpression: 'rate(1 hour)', GroupName: 'night' }, {}, cloud);
    const list = () => cloud.ask<{ Schedules: object[] }>('scheduler', 'ListSchedules', {});
    expect((await list()).Schedules).toMatchObject([{ Name: 'tick', GroupName: 'night' }]);
    await cloud.ask('scheduler', 'DeleteScheduleGroup', { Name: 'night' });
    expect((await list()).Schedules).toEqual([]);
    await cloud.clock.advance(1);
    expect(cloud.sqs.queue('due').messages()).toEqual([]);
  });
});
