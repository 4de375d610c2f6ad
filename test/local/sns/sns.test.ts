import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { cloudformationModule } from '../../../local/services/cloudformation/module.ts';
import type { ServiceModule } from '../../../local/services/service.ts';
import { snsModule } from '../../../local/services/sns/module.ts';
import { deployStack } from '../../../local/template/deploy-stack.ts';
import type { StackStore } from '../../../local/template/stack.ts';
import { readTemplate } from '../../../local/template/template.ts';

const place = { account: '111111111111', region: 'eu-west-1' };
const QUEUE = 'arn:aws:sqs:eu-west-1:111111111111:q';
const FUNCTION = 'arn:aws:lambda:eu-west-1:111111111111:function:f';

const make = async (subscriptions: Record<string, unknown>[]) => {
  const sent: [string, string][] = [];
  const invoked: [string, { Records: Record<string, unknown>[] }][] = [];
  const warnings: string[] = [];
  const sqs: ServiceModule = {
    name: 'sqs',
    resources: {},
    create: () => ({
      operations: {},
      send: (queue: string, body: string) => {
        if (queue.endsWith(':gone')) throw new Error('no such queue');
        sent.push([queue, body]);
      },
    }),
  };
  const lambda: ServiceModule = {
    name: 'lambda',
    resources: {},
    create: () => ({
      operations: {},
      invoke: async (name: string, payload: { Records: Record<string, unknown>[] }) => {
        invoked.push([name, payload]);
      },
    }),
  };
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const cloud = new Cloud({
    clock,
    seed: 1,
    modules: [sqs, lambda, snsModule, cloudformationModule],
    warn: (message) => warnings.push(message),
  });
  const store = cloud.service<StackStore & { operations: never }>('cloudformation', place);
  const Resources = Object.fromEntries([
    ['Topic', { Type: 'AWS::SNS::Topic', Properties: { TopicName: 't' } }],
    ...subscriptions.map((subscription, index) => [
      `S${index}`,
      {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'Topic' }, ...subscription },
      },
    ]),
  ]);
  await deployStack(cloud, store, { name: 'S', template: readTemplate({ Resources }) });
  const publish = async (input: object) => {
    const answer = await cloud.call<{ MessageId: string }>(
      'sns',
      'Publish',
      { TopicArn: 'arn:aws:sns:eu-west-1:111111111111:t', ...input },
      { ...place, principal: operatorOf(place.account) },
    );
    await clock.settle();
    return answer;
  };
  return { publish, sent, invoked, warnings };
};

describe('sns', () => {
  test('sns: publish: queues get an envelope, or the message itself', async () => {
    const { publish, sent } = await make([
      { Protocol: 'sqs', Endpoint: QUEUE },
      { Protocol: 'sqs', Endpoint: `${QUEUE}2`, RawMessageDelivery: true },
    ]);
    const { MessageId } = await publish({ Message: 'hello', Subject: 's' });
    expect(JSON.parse(sent[0]?.[1] ?? '')).toMatchObject({
      Type: 'Notification',
      MessageId,
      TopicArn: 'arn:aws:sns:eu-west-1:111111111111:t',
      Subject: 's',
      Message: 'hello',
      Timestamp: '2026-01-01T00:00:00.000Z',
    });
    expect(sent[1]).toEqual([`${QUEUE}2`, 'hello']);
  });

  test('sns: publish: functions get a record', async () => {
    const { publish, invoked } = await make([{ Protocol: 'lambda', Endpoint: FUNCTION }]);
    await publish({
      Message: 'm',
      MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } },
    });
    expect(invoked[0]?.[0]).toBe(FUNCTION);
    expect(invoked[0]?.[1].Records).toMatchObject([
      {
        EventSource: 'aws:sns',
        Sns: {
          Message: 'm',
          Subject: null,
          MessageAttributes: { a: { Type: 'String', Value: 'x' } },
        },
      },
    ]);
  });

  test('sns: publish: one subscriber that is gone keeps nothing from the others', async () => {
    const { publish, sent, warnings } = await make([
      { Protocol: 'sqs', Endpoint: 'arn:aws:sqs:eu-west-1:111111111111:gone' },
      { Protocol: 'sqs', Endpoint: QUEUE },
    ]);
    await publish({ Message: 'm' });
    expect(sent).toHaveLength(1);
    expect(warnings[0]).toContain('did not reach arn:aws:sqs:eu-west-1:111111111111:gone');
  });

  test('sns: refuses what it does not do, by name', async () => {
    const { publish } = await make([]);
    await expect(publish({ Message: 'm', MessageStructure: 'json' })).rejects.toThrow(
      'sns:Publish.MessageStructure',
    );
    await expect(publish({ Message: '' })).rejects.toThrow('Empty message');
    await expect(
      publish({ TopicArn: 'arn:aws:sns:eu-west-1:111111111111:other', Message: 'm' }),
    ).rejects.toThrow('Topic does not exist');
    await expect(make([{ Protocol: 'email', Endpoint: 'a@b' }])).rejects.toThrow(
      'the protocol email',
    );
    await expect(make([{ Protocol: 'sqs', Endpoint: QUEUE, FilterPolicy: {} }])).rejects.toThrow(
      'Subscribe.FilterPolicy',
    );
  });
});
