import { describe, expect, it } from 'vitest';
import { compileFilterPattern } from '../../../local/services/cloudwatchlogs/filter-pattern.ts';
import type { CloudWatchLogs } from '../../../local/services/cloudwatchlogs/logs-service.ts';
import { HERE, SmallCloud, START } from '../lambda/small-cloud.ts';

const DAY = 86_400_000;
const GROUP = '/aws/lambda/f';

const logging = async (properties: object = {}) => {
  const cloud = new SmallCloud();
  await cloud.make('AWS::Logs::LogGroup', { LogGroupName: GROUP, ...properties });
  const logs = cloud.service<CloudWatchLogs>('cloudwatchlogs', HERE);
  const ask = <T = Record<string, never>>(operation: string, input: object = {}) =>
    cloud.ask<T>('cloudwatchlogs', operation, { logGroupName: GROUP, ...input });
  const messages = async (input: object = {}) =>
    (await ask<{ events: { message: string }[] }>('FilterLogEvents', input)).events.map(
      ({ message }) => message,
    );
  return { cloud, logs, ask, messages };
};

describe('logs: events', () => {
  it('are put into a stream and read back', async () => {
    const { ask, messages } = await logging();
    await ask('CreateLogStream', { logStreamName: 's' });
    await ask('PutLogEvents', {
      logStreamName: 's',
      logEvents: [
        { timestamp: START - 2, message: 'first' },
        { timestamp: START - 1, message: 'second' },
      ],
    });
    expect(await messages()).toEqual(['first', 'second']);
    const { events, nextForwardToken } = await ask<{
      events: { message: string }[];
      nextForwardToken: string;
    }>('GetLogEvents', { logStreamName: 's', limit: 1, startFromHead: true });
    expect(events.map(({ message }) => message)).toEqual(['first']);
    const next = await ask<{ events: { message: string }[] }>('GetLogEvents', {
      logStreamName: 's',
      nextToken: nextForwardToken,
    });
    expect(next.events.map(({ message }) => message)).toEqual(['second']);
  });

  it.each([
    [
      'out of order',
      [
        { timestamp: START, message: 'b' },
        { timestamp: START - 1, message: 'a' },
      ],
      'chronological order',
    ],
    ['empty', [{ timestamp: START, message: '' }], 'Log event too large'],
    [
      'too many bytes',
      Array.from({ length: 3 }, () => ({ timestamp: START, message: 'x'.repeat(400_000) })),
      'Upload too large',
    ],
  ])('are refused when %s', async (_what, logEvents, message) => {
    const { ask } = await logging();
    await ask('CreateLogStream', { logStreamName: 's' });
    await expect(ask('PutLogEvents', { logStreamName: 's', logEvents })).rejects.toThrow(message);
  });

  it('are rejected when too old or too new, the others taken', async () => {
    const { ask, messages } = await logging();
    await ask('CreateLogStream', { logStreamName: 's' });
    const answer = await ask('PutLogEvents', {
      logStreamName: 's',
      logEvents: [
        { timestamp: START - 15 * DAY, message: 'old' },
        { timestamp: START, message: 'now' },
        { timestamp: START + DAY, message: 'new' },
      ],
    });
    expect(answer).toMatchObject({
      rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 },
    });
    expect(await messages()).toEqual(['now']);
  });

  it('are forgotten after the retention of their group', async () => {
    const { cloud, logs, messages } = await logging({ RetentionInDays: 7 });
    logs.write(GROUP, 's', 'old');
    await cloud.clock.advance(5 * DAY);
    logs.write(GROUP, 's', 'newer');
    await cloud.clock.advance(3 * DAY);
    expect(await messages()).toEqual(['newer']);
  });

  it('are filtered by time, stream and pattern', async () => {
    const { cloud, logs, messages } = await logging();
    logs.write(GROUP, 'a', 'ERROR one');
    await cloud.clock.advance(1_000);
    logs.write(GROUP, 'b', 'ERROR two');
    logs.write(GROUP, 'b', 'INFO three');
    expect(await messages({ filterPattern: 'ERROR' })).toEqual(['ERROR one', 'ERROR two']);
    expect(await messages({ logStreamNames: ['b'], filterPattern: 'ERROR' })).toEqual([
      'ERROR two',
    ]);
    expect(await messages({ endTime: START + 1 })).toEqual(['ERROR one']);
  });

  it('are told of a group that is not there', async () => {
    const { ask } = await logging();
    await expect(ask('FilterLogEvents', { logGroupName: '/none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    });
  });
});

describe('logs: filter patterns', () => {
  it.each([
    ['', 'anything', true],
    ['ERROR', 'an ERROR', true],
    ['ERROR', 'an error', false],
    ['ERROR timeout', 'timeout: ERROR', true],
    ['ERROR timeout', 'ERROR', false],
    ['"two words"', 'has two words', true],
    ['"two words"', 'words two', false],
    ['?ERROR ?WARN', 'WARN', true],
    ['?ERROR ?WARN', 'INFO', false],
    ['ERROR -ignored', 'ERROR', true],
    ['ERROR -ignored', 'ERROR ignored', false],
    ['{ $.level = "ERROR" }', '{"level":"ERROR"}', true],
    ['{ $.level = "ERR*" }', '{"level":"ERROR"}', true],
    ['{ $.level != "ERROR" }', '{"level":"INFO"}', true],
    ['{ $.level = "ERROR" }', 'level ERROR', false],
    ['{ $.a.b[1].c = 3 }', '{"a":{"b":[0,{"c":3}]}}', true],
    ['{ $.latency > 100 }', '{"latency":101}', true],
    ['{ $.latency >= 100 && $.latency < 200 }', '{"latency":200}', false],
    ['{ $.latency < 1.5e2 }', '{"latency":149}', true],
    ['{ ($.a = 1 || $.b = 2) && $.c = 3 }', '{"b":2,"c":3}', true],
    ['{ $.a = 1 || $.b = 2 && $.c = 3 }', '{"a":1}', true],
    ['{ $.ok IS TRUE }', '{"ok":true}', true],
    ['{ $.ok IS FALSE }', '{"ok":true}', false],
    ['{ $.none IS NULL }', '{"none":null}', true],
    ['{ $.none NOT EXISTS }', '{}', true],
    ['{ $.x = * }', '{"x":"anything"}', true],
  ])('%s on %s: %s', (pattern, message, expected) => {
    expect(compileFilterPattern(pattern)(message)).toBe(expected);
  });

  it.each([
    ['{ $.a }', 'InvalidParameterException'],
    ['{ a = 1 }', 'InvalidParameterException'],
    ['{ $.a > x }', 'InvalidParameterException'],
    ['{ $.a = 1 } more', 'InvalidParameterException'],
    ['a,b', 'InvalidParameterException'],
    ['[ip, user]', 'NotImplemented'],
    ['%err.r%', 'NotImplemented'],
  ])('%s is refused', (pattern, name) => {
    expect(() => compileFilterPattern(pattern)).toThrow(expect.objectContaining({ name }));
  });
});

describe('logs: metrics', () => {
  const line = (more: object = {}) =>
    JSON.stringify({
      _aws: {
        Timestamp: START - 5,
        CloudWatchMetrics: [
          {
            Namespace: 'Shop',
            Dimensions: [['service'], ['service', 'region']],
            Metrics: [{ Name: 'orders', Unit: 'Count' }, { Name: 'times' }],
          },
        ],
      },
      service: 'till',
      orders: 3,
      times: [1, 2],
      ...more,
    });

  it('embedded in a line are measured, by each set of dimensions that it has', async () => {
    const { cloud, logs } = await logging();
    logs.write(GROUP, 's', line());
    expect(cloud.measured).toEqual([
      {
        namespace: 'Shop',
        name: 'orders',
        dimensions: { service: 'till' },
        value: 3,
        unit: 'Count',
        at: START - 5,
      },
      {
        namespace: 'Shop',
        name: 'times',
        dimensions: { service: 'till' },
        value: 1,
        at: START - 5,
      },
      {
        namespace: 'Shop',
        name: 'times',
        dimensions: { service: 'till' },
        value: 2,
        at: START - 5,
      },
    ]);
    cloud.measured.length = 0;
    logs.write(GROUP, 's', line({ region: 'here' }));
    expect(cloud.measured).toHaveLength(6);
  });

  it.each([
    ['no JSON', '"_aws" "CloudWatchMetrics" {'],
    ['no directives', '{"_aws":{"CloudWatchMetrics":1}}'],
    [
      'odd directives',
      '{"_aws":{"CloudWatchMetrics":[null,{"Namespace":1},{"Namespace":"N","Metrics":[{}]}]}}',
    ],
    [
      'no numbers',
      '{"_aws":{"CloudWatchMetrics":[{"Namespace":"N","Metrics":[{"Name":"x"}]}]},"x":"many"}',
    ],
  ])('are not found in a line with %s', async (_what, message) => {
    const { cloud, logs } = await logging();
    logs.write(GROUP, 's', message);
    expect(cloud.measured).toEqual([]);
  });

  it('come from metric filters', async () => {
    const { cloud, logs } = await logging();
    await cloud.make('AWS::Logs::MetricFilter', {
      LogGroupName: GROUP,
      FilterPattern: '{ $.latency > 0 }',
      MetricTransformations: [
        {
          MetricName: 'latency',
          MetricNamespace: 'Shop',
          MetricValue: '$.latency',
          Dimensions: [{ Key: 'path', Value: '$.path' }],
          Unit: 'Milliseconds',
        },
      ],
    });
    logs.write(GROUP, 's', '{"latency":12.5,"path":"/"}');
    logs.write(GROUP, 's', '{"latency":0,"path":"/"}');
    expect(cloud.measured).toEqual([
      {
        namespace: 'Shop',
        name: 'latency',
        dimensions: { path: '/' },
        value: 12.5,
        unit: 'Milliseconds',
        at: START,
      },
    ]);
  });
});

describe('logs: groups', () => {
  it('are described with their retention', async () => {
    const { ask } = await logging({ RetentionInDays: 30 });
    expect(await ask('DescribeLogGroups', { logGroupNamePrefix: '/aws/' })).toMatchObject({
      logGroups: [
        {
          logGroupName: GROUP,
          retentionInDays: 30,
          arn: `arn:aws:logs:${HERE.region}:${HERE.account}:log-group:${GROUP}:*`,
        },
      ],
    });
  });

  it.each([
    ['a retention that AWS does not offer', { RetentionInDays: 8 }, 'enum value set'],
    ['a bad name', { LogGroupName: 'a b' }, 'regular expression'],
  ])('are refused with %s', async (_what, properties, message) => {
    await expect(logging(properties)).rejects.toThrow(message);
  });

  it('are not made twice', async () => {
    const { ask } = await logging();
    await expect(ask('CreateLogGroup')).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
  });

  it('are left out of subscriptions, which are not imitated', async () => {
    const { ask } = await logging();
    await expect(ask('PutSubscriptionFilter')).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});
