import { describe, expect, it } from 'vitest';
import { HERE, SmallCloud, START } from '../lambda/small-cloud.ts';

const MINUTE = 60_000;

describe('eventbridge: rules', () => {
  const rule = { Name: 'r', EventPattern: '{"source":["shop"]}' };

  it('are put, described, listed and deleted', async () => {
    const cloud = new SmallCloud();
    const queue = await cloud.makeQueue('q');
    const ask = <T>(operation: string, input: object) =>
      cloud.ask<T>('eventbridge', operation, input);
    expect(await ask('PutRule', rule)).toEqual({
      RuleArn: `arn:aws:events:${HERE.region}:${HERE.account}:rule/r`,
    });
    await ask('PutTargets', { Rule: 'r', Targets: [{ Id: '1', Arn: queue.arn }] });
    expect(await ask('DescribeRule', { Name: 'r' })).toMatchObject({
      State: 'ENABLED',
      EventPattern: rule.EventPattern,
      EventBusName: 'default',
    });
    expect(await ask('ListTargetsByRule', { Rule: 'r' })).toEqual({
      Targets: [{ Id: '1', Arn: queue.arn }],
    });
    await expect(ask('DeleteRule', { Name: 'r' })).rejects.toThrow(
      "Rule can't be deleted since it has targets.",
    );
    expect(await ask('RemoveTargets', { Rule: 'r', Ids: ['1', '2'] })).toMatchObject({
      FailedEntryCount: 1,
      FailedEntries: [{ TargetId: '2' }],
    });
    await ask('DeleteRule', { Name: 'r' });
    await expect(ask('DescribeRule', { Name: 'r' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Rule r does not exist on EventBus default.',
    });
  });

  it.each([
    [
      'neither pattern nor schedule',
      { EventPattern: undefined },
      'ValidationException',
      'must be specified',
    ],
    ['a bad name', { Name: 'a b' }, 'ValidationException', 'regular expression'],
    [
      'a bad pattern',
      { EventPattern: '{"a":1}' },
      'InvalidEventPatternException',
      '"a" must be an object or an array',
    ],
    [
      'a pattern that is too long',
      { EventPattern: JSON.stringify({ a: ['x'.repeat(3_000)] }) },
      'LimitExceededException',
      '2048',
    ],
    [
      'a bus that is not there',
      { EventBusName: 'none' },
      'ResourceNotFoundException',
      'Event bus none does not exist.',
    ],
    [
      'a bad schedule',
      { EventPattern: undefined, ScheduleExpression: 'rate(0 minutes)' },
      'ValidationException',
      'Parameter ScheduleExpression is not valid.',
    ],
    [
      'bad grammar',
      { EventPattern: undefined, ScheduleExpression: 'rate(1 minutes)' },
      'ValidationException',
      'Parameter ScheduleExpression is not valid.',
    ],
    [
      'more bad grammar',
      { EventPattern: undefined, ScheduleExpression: 'rate(5 minute)' },
      'ValidationException',
      'Parameter ScheduleExpression is not valid.',
    ],
    [
      'a point in time',
      { EventPattern: undefined, ScheduleExpression: 'at(2026-11-21T13:00:00)' },
      'ValidationException',
      'Parameter ScheduleExpression is not valid.',
    ],
  ])('are refused with %s', async (_what, change, name, message) => {
    const cloud = new SmallCloud();
    await expect(cloud.ask('eventbridge', 'PutRule', { ...rule, ...change })).rejects.toMatchObject(
      {
        name,
        message: expect.stringContaining(message),
      },
    );
  });

  it.each([
    [
      'a service that is not imitated',
      { Arn: 'arn:aws:kinesis:eu-central-1:111111111111:stream/x' },
      'NotImplemented',
    ],
    ['no ARN', { Arn: 'queue' }, 'ValidationException'],
    ['two inputs', { Input: '{}', InputPath: '$.detail' }, 'ValidationException'],
    ['an input that is no JSON', { Input: 'text' }, 'ValidationException'],
    ['a path that is none', { InputPath: 'detail' }, 'ValidationException'],
    [
      'a machine without a role',
      { Arn: 'arn:aws:states:eu-central-1:111111111111:stateMachine:m' },
      'ValidationException',
    ],
  ])('refuse targets with %s', async (_what, change, name) => {
    const cloud = new SmallCloud();
    const queue = await cloud.makeQueue('q');
    await cloud.ask('eventbridge', 'PutRule', rule);
    await expect(
      cloud.ask('eventbridge', 'PutTargets', {
        Rule: 'r',
        Targets: [{ Id: '1', Arn: queue.arn, ...change }],
      }),
    ).rejects.toMatchObject({ name });
  });

  it('have five targets at most', async () => {
    const cloud = new SmallCloud();
    const { arn } = await cloud.makeQueue('q');
    await cloud.ask('eventbridge', 'PutRule', rule);
    const Targets = [1, 2, 3, 4, 5, 6].map((id) => ({ Id: String(id), Arn: arn }));
    await expect(
      cloud.ask('eventbridge', 'PutTargets', { Rule: 'r', Targets }),
    ).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  it('are tried out with TestEventPattern', async () => {
    const cloud = new SmallCloud();
    const event = {
      id: '1',
      account: '1',
      source: 'shop',
      time: '2026-11-21T12:00:00Z',
      region: 'r',
      resources: [],
      'detail-type': 't',
      detail: {},
    };
    const test = (EventPattern: string, Event: object) =>
      cloud.ask('eventbridge', 'TestEventPattern', { EventPattern, Event: JSON.stringify(Event) });
    expect(await test('{"source":["shop"]}', event)).toEqual({ Result: true });
    expect(await test('{"source":["mall"]}', event)).toEqual({ Result: false });
    await expect(test('{"source":["shop"]}', { ...event, source: undefined })).rejects.toThrow(
      'source is a required field',
    );
  });
});

describe('eventbridge: schedules', () => {
  const scheduled = async (ScheduleExpression: string) => {
    const cloud = new SmallCloud();
    const queue = await cloud.makeQueue('ticks', { MessageRetentionPeriod: 1_209_600 });
    await cloud.make('AWS::Events::Rule', {
      Name: 'tick',
      ScheduleExpression,
      Targets: [{ Id: 'q', Arn: queue.arn }],
    });
    const times = () => queue.messages().map(({ body }) => JSON.parse(body).time as string);
    return { cloud, times };
  };

  it('fire at a rate, from when they were made', async () => {
    const { cloud, times } = await scheduled('rate(5 minutes)');
    await cloud.clock.advance(16 * MINUTE);
    expect(times()).toEqual([
      '2026-11-21T12:05:00Z',
      '2026-11-21T12:10:00Z',
      '2026-11-21T12:15:00Z',
    ]);
  });

  it('fire by cron, in UTC', async () => {
    const { cloud, times } = await scheduled('cron(30 6 ? * MON-TUE *)');
    await cloud.clock.advance(8 * 24 * 60 * MINUTE);
    expect(times()).toEqual(['2026-11-23T06:30:00Z', '2026-11-24T06:30:00Z']);
  });

  it('stop when the rule is disabled', async () => {
    const { cloud, times } = await scheduled('rate(1 minute)');
    await cloud.clock.advance(90_000);
    await cloud.ask('eventbridge', 'DisableRule', { Name: 'tick' });
    await cloud.clock.advance(10 * MINUTE);
    expect(times()).toHaveLength(1);
  });
});

describe('eventbridge: what a target gets', () => {
  const got = async (
    target: object,
    detail: object = { name: 'x', list: [1, 2], deep: { a: 'b' } },
  ) => {
    const cloud = new SmallCloud();
    const queue = await cloud.makeQueue('q');
    await cloud.make('AWS::Events::Rule', {
      Name: 'rule',
      EventPattern: { source: ['shop'] },
      Targets: [{ Id: 'q', Arn: queue.arn, ...target }],
    });
    cloud.events.put({ source: 'shop', 'detail-type': 'Order', detail, id: 'the-id' });
    await cloud.clock.advance(1_000);
    return queue.messages()[0]?.body;
  };
  const transformed = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
    got({ InputTransformer: { InputTemplate, InputPathsMap } });

  it.each([
    ['a constant', { Input: '{"a":1}' }, '{"a":1}'],
    ['a part', { InputPath: '$.detail.deep' }, '{"a":"b"}'],
    ['an element', { InputPath: '$.detail.list[1]' }, '2'],
    ['a hyphenated part', { InputPath: '$.detail-type' }, '"Order"'],
    ['all elements', { InputPath: '$.detail.list[*]' }, '[1,2]'],
  ])('%s', async (_what, target, body) => {
    expect(await got(target)).toBe(body);
  });

  it.each([
    ['a text in quotes', '"<n> was ordered"', { n: '$.detail.name' }, '"x was ordered"'],
    ['a bare text', '<n> was ordered', { n: '$.detail.name' }, 'x was ordered'],
    ['a text as a JSON value', '{"name": <n>}', { n: '$.detail.name' }, '{"name": "x"}'],
    ['a list as a JSON value', '{"all": <l>}', { l: '$.detail.list' }, '{"all": [1,2]}'],
    ['an object as a JSON value', '{"o": <o>}', { o: '$.detail.deep' }, '{"o": {"a":"b"}}'],
    ['an object within a text', '{"o": "is <o>"}', { o: '$.detail.deep' }, '{"o": "is {a:b}"}'],
    [
      'a value that is not there, within a text',
      '{"o": "is <o>"}',
      { o: '$.detail.none' },
      '{"o": "is "}',
    ],
    ['a value that is not there', '{"o": <o>}', { o: '$.detail.none' }, '{"o": ""}'],
    ['the rule', '{"rule": <aws.events.rule-name>}', {}, '{"rule": "rule"}'],
    [
      'the rule by ARN',
      '"<aws.events.rule-arn>"',
      {},
      `"arn:aws:events:${HERE.region}:${HERE.account}:rule/rule"`,
    ],
    ['when it came', '<aws.events.event.ingestion-time>', {}, new Date(START).toISOString()],
  ])('a template with %s', async (_what, template, paths, body) => {
    expect(await transformed(template, paths)).toBe(body);
  });

  it('a template with the event, whole or without its detail', async () => {
    const whole = JSON.parse((await transformed('{"e": <aws.events.event.json>}')) ?? '').e;
    expect(whole).toMatchObject({ id: 'the-id', detail: { name: 'x' } });
    const bare = JSON.parse((await transformed('{"e": <aws.events.event>}')) ?? '').e;
    expect(bare).toMatchObject({ id: 'the-id', source: 'shop' });
    expect(bare).not.toHaveProperty('detail');
  });

  it.each([
    ['a variable that is not defined', '<missing>', {}, 'no variable missing'],
    ['a reserved variable', '<aws.x>', { 'aws.x': '$.id' }, 'reserved key'],
    ['a path that is none', '<n>', { n: 'detail' }, 'not a valid JSON path'],
  ])('no template with %s', async (_what, template, paths, message) => {
    await expect(transformed(template, paths as Record<string, string>)).rejects.toThrow(message);
  });
});
