import type { ReceiveMessageResult, SendMessageResult } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { HERE, SmallCloud, START, within } from '../lambda/small-cloud.ts';

const MINUTE = 60_000;

const queued = async (properties: object = {}, name = 'work') => {
  const cloud = new SmallCloud();
  const queue = await cloud.makeQueue(name, properties);
  const call = <T = Record<string, never>>(operation: string, input: object = {}) =>
    cloud.ask<T>('sqs', operation, { QueueUrl: queue.url, ...input });
  const send = (MessageBody: string, more: object = {}) =>
    call<SendMessageResult>('SendMessage', { MessageBody, ...more });
  const receive = (more: object = {}) =>
    call<ReceiveMessageResult>('ReceiveMessage', { MaxNumberOfMessages: 10, ...more });
  const bodies = async (more: object = {}) =>
    ((await receive(more)).Messages ?? []).map(({ Body }) => Body);
  return { cloud, queue, call, send, receive, bodies };
};

describe('sqs: sending', () => {
  it('answers the id and the digests, and gives back what was sent', async () => {
    const { send, receive } = await queued();
    const attributes = { kind: { DataType: 'String', StringValue: 'note' } };
    const sent = await send('hello', { MessageAttributes: attributes });
    expect(sent.MD5OfMessageBody).toBe('5d41402abc4b2a76b9719d911017c592');
    const { Messages } = await receive({
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    expect(Messages).toHaveLength(1);
    expect(Messages?.[0]).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'hello',
      MessageAttributes: attributes,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(START) },
    });
  });

  it('digests attributes as the documented algorithm says', async () => {
    const { send } = await queued();
    // The value of moto's tests, taken from SQS: https://github.com/getmoto/moto/blob/master/tests/test_sqs/test_sqs.py
    const { MD5OfMessageAttributes } = await send('x', {
      MessageAttributes: { timestamp: { DataType: 'Number', StringValue: '1493147359900' } },
    });
    expect(MD5OfMessageAttributes).toBe('235c5c510d26fb653d073faed50ae77c');
  });

  it.each([
    ['an empty body', '', {}, 'MissingParameter'],
    ['a body over the limit', 'x'.repeat(2_000), {}, 'InvalidParameterValue'],
    ['a delay over 15 minutes', 'x', { DelaySeconds: 901 }, 'InvalidParameterValue'],
  ])('refuses %s', async (_what, body, more, name) => {
    const { send } = await queued({ MaximumMessageSize: 1_024 });
    await expect(send(body, more)).rejects.toMatchObject({ name });
  });

  it('refuses a queue that is not there', async () => {
    const { call } = await queued();
    await expect(
      call('SendMessage', {
        QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/111111111111/no',
        MessageBody: 'x',
      }),
    ).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      message: 'The specified queue does not exist.',
    });
  });

  it('finds the queue of another account by its URL', async () => {
    const { cloud, queue } = await queued();
    const there = { ...HERE, account: '222222222222' };
    await cloud.ask('sqs', 'SendMessage', { QueueUrl: queue.url, MessageBody: 'from afar' }, there);
    expect(queue.messages().map(({ body }) => body)).toEqual(['from afar']);
  });
});

describe('sqs: visibility', () => {
  it('hides a received message until its timeout, then shows it again', async () => {
    const { cloud, send, bodies } = await queued({ VisibilityTimeout: 30 });
    await send('once');
    expect(await bodies()).toEqual(['once']);
    await cloud.clock.advance(29_999);
    expect(await bodies()).toEqual([]);
    await cloud.clock.advance(1);
    expect(await bodies()).toEqual(['once']);
  });

  it('can be made shorter and longer', async () => {
    const { cloud, call, send, receive, bodies } = await queued();
    await send('held');
    const { Messages } = await receive();
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    await call('ChangeMessageVisibility', { ReceiptHandle, VisibilityTimeout: 120 });
    await cloud.clock.advance(119_000);
    expect(await bodies()).toEqual([]);
    await call('ChangeMessageVisibility', { ReceiptHandle, VisibilityTimeout: 0 });
    expect(await bodies()).toEqual(['held']);
  });

  it('is not changed of a message that is not in flight', async () => {
    const { cloud, call, send, receive } = await queued({ VisibilityTimeout: 5 });
    await send('gone');
    const { Messages } = await receive();
    await cloud.clock.advance(6_000);
    await expect(
      call('ChangeMessageVisibility', {
        ReceiptHandle: Messages?.[0]?.ReceiptHandle,
        VisibilityTimeout: 10,
      }),
    ).rejects.toMatchObject({ name: 'MessageNotInflight' });
  });

  it('lets an outdated receipt handle delete nothing', async () => {
    const { cloud, call, queue, send, receive } = await queued({ VisibilityTimeout: 5 });
    await send('twice');
    const first = (await receive()).Messages?.[0]?.ReceiptHandle;
    await cloud.clock.advance(6_000);
    const second = (await receive()).Messages?.[0]?.ReceiptHandle;
    await call('DeleteMessage', { ReceiptHandle: first });
    expect(queue.messages()).toHaveLength(1);
    await call('DeleteMessage', { ReceiptHandle: second });
    expect(queue.messages()).toHaveLength(0);
  });

  it('refuses a receipt handle of another queue', async () => {
    const { call } = await queued();
    await expect(call('DeleteMessage', { ReceiptHandle: 'nonsense' })).rejects.toMatchObject({
      name: 'ReceiptHandleIsInvalid',
    });
  });

  it('keeps a delayed message back', async () => {
    const { cloud, send, bodies } = await queued({ DelaySeconds: 10 });
    await send('late');
    await send('later', { DelaySeconds: 20 });
    expect(await bodies()).toEqual([]);
    await cloud.clock.advance(10_000);
    expect(await bodies()).toEqual(['late']);
    await cloud.clock.advance(10_000);
    expect(await bodies()).toEqual(['later']);
  });

  it('forgets a message after its retention', async () => {
    const { cloud, queue, send } = await queued({ MessageRetentionPeriod: 60 });
    await send('old');
    await cloud.clock.advance(61_000);
    expect(queue.messages()).toHaveLength(0);
  });
});

describe('sqs: long polling', () => {
  it('answers as soon as something comes', async () => {
    const { cloud, send, bodies } = await queued();
    const waiting = bodies({ WaitTimeSeconds: 20 });
    await cloud.clock.advance(3_000);
    await send('here');
    expect(await within(cloud, waiting)).toEqual(['here']);
    expect(cloud.clock.now()).toBe(START + 3_000);
  });

  it('answers when a message becomes visible again', async () => {
    const { cloud, send, receive, bodies } = await queued({ VisibilityTimeout: 7 });
    await send('back');
    await receive();
    expect(await within(cloud, bodies({ WaitTimeSeconds: 20 }))).toEqual(['back']);
    expect(cloud.clock.now()).toBe(START + 7_000);
  });

  it('gives up after its wait', async () => {
    const { cloud, bodies } = await queued({ ReceiveMessageWaitTimeSeconds: 5 });
    expect(await within(cloud, bodies())).toEqual([]);
    expect(cloud.clock.now()).toBe(START + 5_000);
  });
});

describe('sqs: redrive', () => {
  const withDeadLetters = async (maxReceiveCount: number) => {
    const cloud = new SmallCloud();
    const dead = await cloud.makeQueue('dead');
    const queue = await cloud.makeQueue('alive', {
      VisibilityTimeout: 1,
      RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount },
    });
    return { cloud, dead, queue };
  };

  it('moves what was received too often, with its id and its age', async () => {
    const { cloud, dead, queue } = await withDeadLetters(2);
    const { id } = cloud.sqs.send(queue.arn, 'poison');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(queue.receive(10)).toHaveLength(1);
      await cloud.clock.advance(1_000);
    }
    expect(queue.receive(10)).toHaveLength(0);
    const [letter] = dead.messages();
    expect(letter).toMatchObject({
      id,
      body: 'poison',
      sentAt: START,
      deadLetterQueueSourceArn: queue.arn,
    });
  });

  it('refuses a dead-letter queue that is not there', async () => {
    const cloud = new SmallCloud();
    const RedrivePolicy = {
      deadLetterTargetArn: 'arn:aws:sqs:eu-central-1:111111111111:none',
      maxReceiveCount: 1,
    };
    await expect(cloud.makeQueue('bad', { RedrivePolicy })).rejects.toThrow(
      'Dead letter target does not exist.',
    );
  });

  it('refuses a dead-letter queue that denies it', async () => {
    const cloud = new SmallCloud();
    const dead = await cloud.makeQueue('closed', {
      RedriveAllowPolicy: { redrivePermission: 'denyAll' },
    });
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 };
    await expect(cloud.makeQueue('bad', { RedrivePolicy })).rejects.toThrow('does not permit');
  });
});

describe('sqs: batches', () => {
  it('does each entry for itself', async () => {
    const { call } = await queued({ MaximumMessageSize: 1_024 });
    const answer = await call<{ Successful: { Id: string }[]; Failed: object[] }>(
      'SendMessageBatch',
      {
        Entries: [
          { Id: 'good', MessageBody: 'x' },
          { Id: 'bad', MessageBody: 'x'.repeat(2_000) },
        ],
      },
    );
    expect(answer.Successful.map(({ Id }) => Id)).toEqual(['good']);
    expect(answer.Failed).toMatchObject([
      { Id: 'bad', SenderFault: true, Code: 'InvalidParameterValue' },
    ]);
  });

  it.each([
    ['none', [], 'EmptyBatchRequest'],
    [
      'eleven',
      Array.from({ length: 11 }, (_one, index) => String(index)),
      'TooManyEntriesInBatchRequest',
    ],
    ['the same twice', ['a', 'a'], 'BatchEntryIdsNotDistinct'],
    ['a bad id', ['a b'], 'InvalidBatchEntryId'],
  ])('refuses %s', async (_what, ids, name) => {
    const { call } = await queued();
    const Entries = ids.map((Id) => ({ Id, MessageBody: 'x' }));
    await expect(call('SendMessageBatch', { Entries })).rejects.toMatchObject({ name });
  });
});

describe('sqs: fifo', () => {
  const fifo = (properties: object = {}) =>
    queued({ FifoQueue: true, ContentBasedDeduplication: true, ...properties }, 'line.fifo');

  it('keeps order within a group, and waits for its first message', async () => {
    const { call, send, receive, bodies } = await fifo();
    for (const [body, group] of [
      ['a1', 'a'],
      ['b1', 'b'],
      ['a2', 'a'],
    ]) {
      await send(body ?? '', { MessageGroupId: group });
    }
    const first = await receive({ MaxNumberOfMessages: 1 });
    expect(first.Messages?.[0]?.Body).toBe('a1');
    expect(await bodies()).toEqual(['b1']);
    await call('DeleteMessage', { ReceiptHandle: first.Messages?.[0]?.ReceiptHandle });
    expect(await bodies()).toEqual(['a2']);
  });

  it('takes the same message once in five minutes', async () => {
    const { cloud, queue, send } = await fifo();
    const first = await send('same', { MessageGroupId: 'g' });
    const second = await send('same', { MessageGroupId: 'g' });
    expect(second.MessageId).toBe(first.MessageId);
    expect(queue.messages()).toHaveLength(1);
    await cloud.clock.advance(5 * MINUTE);
    await send('same', { MessageGroupId: 'g' });
    expect(queue.messages()).toHaveLength(2);
  });

  it('needs a group, and an id where the content is none', async () => {
    const { send } = await fifo({ ContentBasedDeduplication: false });
    await expect(send('x')).rejects.toMatchObject({ name: 'MissingParameter' });
    await expect(send('x', { MessageGroupId: 'g' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});

describe('sqs: queues', () => {
  it('counts what is where', async () => {
    const { call, send, receive } = await queued();
    for (const body of ['a', 'b', 'c']) await send(body);
    await send('d', { DelaySeconds: 60 });
    await receive({ MaxNumberOfMessages: 2 });
    const { Attributes } = await call<{ Attributes: Record<string, string> }>(
      'GetQueueAttributes',
      {
        AttributeNames: ['All'],
      },
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '2',
      ApproximateNumberOfMessagesDelayed: '1',
      VisibilityTimeout: '30',
      QueueArn: 'arn:aws:sqs:eu-central-1:111111111111:work',
    });
  });

  it('reports each minute while it is active, and stops six hours after', async () => {
    const { cloud, queue, send } = await queued();
    await send('seen');
    await cloud.clock.advance(MINUTE);
    const visible = () =>
      cloud.measured.filter(({ name }) => name === 'ApproximateNumberOfMessagesVisible');
    expect(visible()).toMatchObject([
      { namespace: 'AWS/SQS', dimensions: { QueueName: 'work' }, value: 1, at: START + MINUTE },
    ]);
    queue.purge();
    await cloud.clock.advance(7 * 60 * MINUTE);
    const count = visible().length;
    await cloud.clock.advance(60 * MINUTE);
    expect(visible()).toHaveLength(count);
    expect(cloud.clock.pending).toBe(0);
  });

  it('is purged once a minute', async () => {
    const { call, queue, send } = await queued();
    await send('x');
    await call('PurgeQueue');
    expect(queue.messages()).toHaveLength(0);
    await expect(call('PurgeQueue')).rejects.toMatchObject({ name: 'PurgeQueueInProgress' });
  });

  it.each([
    ['VisibilityTimeout', '43201'],
    ['MessageRetentionPeriod', '59'],
    ['RedrivePolicy', '{'],
  ])('refuses %s = %s', async (name, value) => {
    const { call } = await queued();
    await expect(
      call('SetQueueAttributes', { Attributes: { [name]: value } }),
    ).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
    });
  });

  it('refuses attributes that it does not know', async () => {
    const { call } = await queued();
    await expect(
      call('SetQueueAttributes', { Attributes: { Colour: 'red' } }),
    ).rejects.toMatchObject({ name: 'InvalidAttributeName' });
  });

  it('makes the same queue once, and another with that name not at all', async () => {
    const { cloud, queue } = await queued({ VisibilityTimeout: 60 });
    const create = (VisibilityTimeout: string) =>
      cloud.ask('sqs', 'CreateQueue', { QueueName: 'work', Attributes: { VisibilityTimeout } });
    expect(await create('60')).toEqual({ QueueUrl: queue.url });
    await expect(create('61')).rejects.toMatchObject({ name: 'QueueNameExists' });
  });

  it('keeps the policy that a template gives', async () => {
    const { cloud, queue } = await queued();
    const PolicyDocument = { Version: '2012-10-17', Statement: [] };
    await cloud.make('AWS::SQS::QueuePolicy', { Queues: [queue.url], PolicyDocument });
    expect(cloud.sqs.policyOf(queue.arn)).toBe(JSON.stringify(PolicyDocument));
  });
});
