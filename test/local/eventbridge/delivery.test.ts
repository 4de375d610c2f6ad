import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/services/aws-error.ts';
import type { EventBridge } from '../../../local/services/eventbridge/eventbridge-service.ts';
import type { CallContext, Operation } from '../../../local/services/service.ts';
import { HERE, SmallCloud, START, serviceOf } from '../lambda/small-cloud.ts';

const MINUTE = 60_000;
const RULE_ROLE = `arn:aws:iam::${HERE.account}:role/events`;
const MACHINE = `arn:aws:states:${HERE.region}:${HERE.account}:stateMachine:m`;

interface PutAnswer {
  readonly FailedEntryCount: number;
  readonly Entries: { EventId?: string; ErrorCode?: string; ErrorMessage?: string }[];
}

const put = (cloud: SmallCloud, entry: object = {}) =>
  cloud.ask<PutAnswer>('eventbridge', 'PutEvents', {
    Entries: [{ Source: 'shop', DetailType: 'Order', Detail: '{"n":1}', ...entry }],
  });

/** A cloud whose rule sends all orders to a queue. */
const ruled = async (target: object = {}, rule: object = {}) => {
  const cloud = new SmallCloud();
  const queue = await cloud.makeQueue('orders');
  await cloud.make('AWS::Events::Rule', {
    Name: 'orders',
    EventPattern: { source: ['shop'] },
    Targets: [{ Id: 'queue', Arn: queue.arn, ...target }],
    ...rule,
  });
  const received = () => queue.messages().map(({ body }) => body);
  return { cloud, queue, received };
};

describe('eventbridge: delivery', () => {
  it('brings an event to a queue after a little while', async () => {
    const { cloud, received } = await ruled();
    const { Entries } = await put(cloud, { Resources: ['arn:x'] });
    await cloud.clock.advance(150);
    expect(received()).toEqual([]);
    await cloud.clock.advance(400);
    expect(received().map((body) => JSON.parse(body))).toEqual([
      {
        version: '0',
        id: Entries[0]?.EventId,
        'detail-type': 'Order',
        source: 'shop',
        account: HERE.account,
        time: '2026-11-21T12:00:00Z',
        region: HERE.region,
        resources: ['arn:x'],
        detail: { n: 1 },
      },
    ]);
  });

  it('takes events of AWS services', async () => {
    const { cloud, received } = await ruled({}, { EventPattern: { source: ['aws.ecr'] } });
    cloud.emit(
      { source: 'aws.ecr', 'detail-type': 'ECR Image Action', detail: { result: 'SUCCESS' } },
      HERE,
    );
    await cloud.clock.advance(1_000);
    expect(received()).toHaveLength(1);
  });

  it('invokes a function, starts a state machine, notifies a topic and writes a log', async () => {
    const seen: [string, unknown, CallContext][] = [];
    const note =
      (operation: string): Operation =>
      (input, context) => {
        seen.push([operation, input, context]);
        return {};
      };
    const cloud = new SmallCloud([
      serviceOf('sfn', { StartExecution: note('StartExecution') }),
      serviceOf('sns', { Publish: note('Publish') }),
    ]);
    await cloud.makeFunction(
      'worker',
      'export const handler = (event) => { globalThis.delivered = event.detail; };',
    );
    await cloud.make('AWS::Logs::LogGroup', { LogGroupName: '/aws/events/all' });
    const arn = (service: string, rest: string) =>
      `arn:aws:${service}:${HERE.region}:${HERE.account}:${rest}`;
    await cloud.make('AWS::Events::Rule', {
      Name: 'all',
      EventPattern: { source: ['shop'] },
      Targets: [
        { Id: 'function', Arn: arn('lambda', 'function:worker') },
        { Id: 'machine', Arn: MACHINE, RoleArn: RULE_ROLE },
        { Id: 'topic', Arn: arn('sns', 'topic') },
        { Id: 'log', Arn: arn('logs', 'log-group:/aws/events/all') },
      ],
    });
    await put(cloud);
    await cloud.clock.advance(1_000);
    expect((globalThis as { delivered?: unknown }).delivered).toEqual({ n: 1 });
    expect(seen.map(([operation]) => operation).sort()).toEqual(['Publish', 'StartExecution']);
    const [, input, context] = seen.find(([operation]) => operation === 'StartExecution') ?? [];
    expect(JSON.parse((input as { input: string }).input).detail).toEqual({ n: 1 });
    expect((input as { name: string }).name).toMatch(/^[0-9a-f-]{36}_[0-9a-f-]{36}$/);
    expect(context?.principal.roleArn).toBe(RULE_ROLE);
    const logs = await cloud.ask<{ events: object[] }>('cloudwatchlogs', 'FilterLogEvents', {
      logGroupName: '/aws/events/all',
    });
    expect(logs.events).toHaveLength(1);
  });

  it('does nothing for a rule that is disabled, and goes on when it is enabled', async () => {
    const { cloud, received } = await ruled({}, { State: 'DISABLED' });
    await put(cloud);
    await cloud.clock.advance(1_000);
    expect(received()).toEqual([]);
    await cloud.ask('eventbridge', 'EnableRule', { Name: 'orders' });
    await put(cloud);
    await cloud.clock.advance(1_000);
    expect(received()).toHaveLength(1);
  });

  it('shows events and the rules that they matched', async () => {
    const { cloud } = await ruled();
    const seen: unknown[] = [];
    cloud.events.onEvent(({ busName, event, matchedRules }) =>
      seen.push([busName, event.source, matchedRules]),
    );
    await put(cloud);
    await put(cloud, { Source: 'other' });
    expect(seen).toEqual([
      ['default', 'shop', ['orders']],
      ['default', 'other', []],
    ]);
  });

  it.each([
    ['loses', { copies: 0 }, 0],
    ['repeats', { copies: 3 }, 3],
  ])('%s a delivery where a listener says so', async (_what, change, count) => {
    const { cloud, received } = await ruled();
    cloud.events.interceptDeliveries(() => change);
    await put(cloud);
    await cloud.clock.advance(1_000);
    expect(received()).toHaveLength(count);
  });

  it('delays a delivery where a listener says so', async () => {
    const { cloud, received } = await ruled();
    cloud.events.interceptDeliveries(({ ruleName }) =>
      ruleName === 'orders' ? { delayMs: 5 * MINUTE } : undefined,
    );
    await put(cloud);
    await cloud.clock.advance(4 * MINUTE);
    expect(received()).toEqual([]);
    await cloud.clock.advance(2 * MINUTE);
    expect(received()).toHaveLength(1);
  });
});

describe('eventbridge: retries and dead letters', () => {
  const failing = async (target: object, error: AwsError) => {
    let attempts = 0;
    const cloud = new SmallCloud([
      serviceOf('sfn', {
        StartExecution: () => {
          attempts += 1;
          throw error;
        },
      }),
    ]);
    const dead = await cloud.makeQueue('dead');
    await cloud.make('AWS::Events::Rule', {
      Name: 'failing',
      EventPattern: { source: ['shop'] },
      Targets: [
        {
          Id: 'machine',
          Arn: MACHINE,
          RoleArn: RULE_ROLE,
          DeadLetterConfig: { Arn: dead.arn },
          ...target,
        },
      ],
    });
    await put(cloud);
    return { cloud, dead, attempts: () => attempts };
  };
  const throttled = new AwsError('ThrottlingException', 'Rate exceeded');

  it('tries as often as it may, then writes a dead letter', async () => {
    const { cloud, dead, attempts } = await failing(
      { RetryPolicy: { MaximumRetryAttempts: 3 } },
      throttled,
    );
    await cloud.clock.advance(60 * MINUTE);
    expect(attempts()).toBe(4);
    const [letter] = dead.messages();
    expect(JSON.parse(letter?.body ?? '').detail).toEqual({ n: 1 });
    const attribute = (name: string) => letter?.attributes[name]?.StringValue;
    expect(attribute('RULE_ARN')).toBe(
      `arn:aws:events:${HERE.region}:${HERE.account}:rule/failing`,
    );
    expect(attribute('TARGET_ARN')).toBe(MACHINE);
    expect(attribute('ERROR_CODE')).toBe('THROTTLING');
    expect(attribute('ERROR_MESSAGE')).toBe('Rate exceeded');
    expect(attribute('RETRY_ATTEMPTS')).toBe('3');
    expect(attribute('EXHAUSTED_RETRY_CONDITION')).toBe('MaximumRetryAttempts');
  });

  it('gives up when the event is too old', async () => {
    const { cloud, dead } = await failing(
      { RetryPolicy: { MaximumEventAgeInSeconds: 60 } },
      throttled,
    );
    await cloud.clock.advance(10 * MINUTE);
    expect(dead.messages()[0]?.attributes['EXHAUSTED_RETRY_CONDITION']?.StringValue).toBe(
      'MaximumEventAgeInSeconds',
    );
  });

  it('does not retry what no retry mends', async () => {
    const { cloud, dead, attempts } = await failing(
      {},
      new AwsError('AccessDeniedException', 'not authorized'),
    );
    await cloud.clock.advance(MINUTE);
    expect(attempts()).toBe(1);
    expect(dead.messages()[0]?.attributes['ERROR_CODE']?.StringValue).toBe('NO_PERMISSIONS');
  });

  it('says so when nobody keeps the event', async () => {
    const { cloud } = await failing(
      { DeadLetterConfig: undefined },
      new AwsError('AccessDeniedException', 'not authorized'),
    );
    await cloud.clock.advance(MINUTE);
    expect(cloud.warnings.join()).toContain('there is no dead-letter queue');
  });

  it('retries for a day, 185 times at most', async () => {
    const { cloud, dead, attempts } = await failing({}, throttled);
    await cloud.clock.advance(25 * 60 * MINUTE);
    expect(attempts()).toBeGreaterThan(150);
    expect(attempts()).toBeLessThanOrEqual(186);
    expect(dead.messages()).toHaveLength(1);
  });
});

describe('eventbridge: buses', () => {
  it('carries an event to a bus of another account and Region as it is', async () => {
    const cloud = new SmallCloud();
    const there = { account: '222222222222', region: 'eu-west-1' };
    const central = cloud.service<EventBridge>('eventbridge', there);
    await cloud.ask('eventbridge', 'CreateEventBus', { Name: 'central' }, there);
    await cloud.make('AWS::Events::Rule', {
      Name: 'forward',
      EventPattern: { source: [{ prefix: 'aws.' }] },
      Targets: [
        {
          Id: 'bus',
          Arn: 'arn:aws:events:eu-west-1:222222222222:event-bus/central',
          RoleArn: RULE_ROLE,
        },
      ],
    });
    const seen: unknown[] = [];
    central.onEvent(({ busName, event }) => seen.push([busName, event]));
    cloud.emit(
      { source: 'aws.ecr', 'detail-type': 'ECR Image Action', detail: { a: 1 }, id: 'the-id' },
      HERE,
    );
    await cloud.clock.advance(1_000);
    expect(seen).toEqual([
      [
        'central',
        expect.objectContaining({
          id: 'the-id',
          source: 'aws.ecr',
          account: HERE.account,
          region: HERE.region,
        }),
      ],
    ]);
  });

  it('puts events on the bus of an ARN', async () => {
    const cloud = new SmallCloud();
    await cloud.make('AWS::Events::EventBus', { Name: 'own' });
    const seen: string[] = [];
    cloud.events.onEvent(({ busName }) => seen.push(busName));
    await put(cloud, {
      EventBusName: `arn:aws:events:${HERE.region}:${HERE.account}:event-bus/own`,
    });
    await put(cloud, { EventBusName: 'own' });
    expect(seen).toEqual(['own', 'own']);
  });

  it('keeps the policy that a template gives', async () => {
    const cloud = new SmallCloud();
    await cloud.make('AWS::Events::EventBusPolicy', {
      StatementId: 'organization',
      Statement: { Effect: 'Allow', Principal: '*', Action: 'events:PutEvents', Resource: '*' },
    });
    const policy = cloud.events.policyOf(cloud.events.bus().arn);
    expect(JSON.parse(policy ?? '')).toMatchObject({
      Statement: [{ Sid: 'organization', Action: 'events:PutEvents' }],
    });
  });
});

describe('eventbridge: PutEvents', () => {
  it.each([
    ['no source', { Source: '' }, 'InvalidArgument', 'Source is a required argument.'],
    ['no detail type', { DetailType: '' }, 'InvalidArgument', 'DetailType is a required argument.'],
    ['a detail that is no JSON', { Detail: '{' }, 'MalformedDetail', 'Detail is malformed.'],
    ['a detail that is no object', { Detail: '[1]' }, 'MalformedDetail', 'Detail is malformed.'],
    [
      'a source of AWS',
      { Source: 'aws.ec2' },
      'NotAuthorizedForSourceException',
      'Not authorized for the source.',
    ],
  ])('answers for an entry with %s', async (_what, entry, code, message) => {
    const cloud = new SmallCloud();
    const answer = await put(cloud, entry);
    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries[0]).toMatchObject({
      ErrorCode: code,
      ErrorMessage: expect.stringContaining(message),
    });
  });

  it('refuses more than 256 KB at once', async () => {
    const cloud = new SmallCloud();
    await expect(
      put(cloud, { Detail: JSON.stringify({ a: 'x'.repeat(262_144) }) }),
    ).rejects.toThrow('over the limit of 262144 bytes');
  });

  it('refuses more than ten entries', async () => {
    const cloud = new SmallCloud();
    const entry = { Source: 's', DetailType: 't', Detail: '{}' };
    await expect(
      cloud.ask('eventbridge', 'PutEvents', { Entries: Array.from({ length: 11 }, () => entry) }),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('takes the time that is given', async () => {
    const cloud = new SmallCloud();
    const seen: string[] = [];
    cloud.events.onEvent(({ event }) => seen.push(event.time));
    await put(cloud, { Time: new Date(START - MINUTE) });
    expect(seen).toEqual(['2026-11-21T11:59:00Z']);
  });
});
