import type {
  CreateQueueRequest,
  GetQueueAttributesRequest,
  ReceiveMessageRequest,
  SendMessageRequest,
  SetQueueAttributesRequest,
} from '@aws-sdk/client-sqs';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { CloudContext, Operation } from '../service.ts';
import { batchOperations } from './batch-operations.ts';
import { md5, md5OfAttributes, type StoredMessage } from './message.ts';
import type { Queue } from './queue.ts';
import { describedAttributes } from './queue-attributes.ts';
import { newMessage, sentAnswer } from './sending.ts';
import type { Sqs } from './sqs-service.ts';

const systemAttributesOf = (message: StoredMessage): Record<string, string> => {
  const all: Record<string, string | number | undefined> = {
    SenderId: message.senderId,
    SentTimestamp: message.sentAt,
    ApproximateReceiveCount: message.receiveCount,
    ApproximateFirstReceiveTimestamp: message.firstReceivedAt,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: message.sequenceNumber,
    DeadLetterQueueSourceArn: message.deadLetterQueueSourceArn,
    ...message.systemAttributes,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
};

const chosen = <T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(
    Object.entries(all).filter(
      ([name]) =>
        names.includes('All') ||
        names.includes('.*') ||
        names.some((one) =>
          one.endsWith('.*') ? name.startsWith(one.slice(0, -1)) : one === name,
        ),
    ),
  );

const receivedAnswer = (message: StoredMessage, input: ReceiveMessageRequest) => {
  const asked = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
  const system = chosen(systemAttributesOf(message), asked);
  const attributes = chosen(message.attributes, input.MessageAttributeNames ?? []);
  const attributesMd5 = md5OfAttributes(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(Object.keys(system).length === 0 ? {} : { Attributes: system }),
    ...(attributesMd5 === undefined
      ? {}
      : { MessageAttributes: attributes, MD5OfMessageAttributes: attributesMd5 }),
  };
};

/** Receives now, or as soon as something comes within the wait. */
const receive = (
  cloud: CloudContext,
  queue: Queue,
  input: ReceiveMessageRequest,
): StoredMessage[] | Promise<StoredMessage[]> => {
  const maximum = input.MaxNumberOfMessages ?? 1;
  if (!Number.isInteger(maximum) || maximum < 1 || maximum > 10) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${maximum} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
    );
  }
  const wait = input.WaitTimeSeconds ?? queue.settings.receiveMessageWaitTimeSeconds;
  if (!(wait >= 0 && wait <= 20)) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
    );
  }
  const first = queue.receive(maximum, input.VisibilityTimeout);
  if (first.length > 0 || wait === 0) return first;
  return new Promise((resolve) => {
    const end = (messages: StoredMessage[]): void => {
      timer.cancel();
      unwatch();
      resolve(messages);
    };
    const timer = cloud.clock.at(cloud.clock.now() + wait * 1_000, () => end([]));
    const unwatch = queue.watch(() => {
      const messages = queue.receive(maximum, input.VisibilityTimeout);
      if (messages.length > 0) end(messages);
    });
  });
};

const queueOperations = (sqs: Sqs): Record<string, Operation> => ({
  CreateQueue: (input: CreateQueueRequest) => {
    const name = input.QueueName ?? '';
    const { FifoQueue, ...attributes } = (input.Attributes ?? {}) as Record<string, string>;
    if ((FifoQueue === 'true') !== name.endsWith('.fifo')) {
      throw new AwsError(
        'InvalidParameterValue',
        'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
      );
    }
    const existing = sqs.find(name);
    if (existing !== undefined) {
      const differs = Object.entries(attributes).find(
        ([key, value]) => describedAttributes(existing.attributes)[key] !== value,
      );
      if (differs === undefined) return { QueueUrl: existing.url };
      throw new AwsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${differs[0]}`,
      );
    }
    const queue = sqs.create(name);
    try {
      queue.setAttributes(attributes);
    } catch (error) {
      sqs.remove(queue);
      throw error;
    }
    queue.tags = { ...input.tags };
    return { QueueUrl: queue.url };
  },
  DeleteQueue: (input: { QueueUrl?: string }) => {
    sqs.remove(sqs.queue(input.QueueUrl));
    return {};
  },
  GetQueueUrl: (input: { QueueName?: string; QueueOwnerAWSAccountId?: string }, context) => {
    const account = input.QueueOwnerAWSAccountId ?? context.account;
    return {
      QueueUrl: sqs.queue(`arn:aws:sqs:${context.region}:${account}:${input.QueueName}`).url,
    };
  },
  ListQueues: (input: { QueueNamePrefix?: string }) => ({
    QueueUrls: sqs
      .queues()
      .filter((queue) => queue.name.startsWith(input.QueueNamePrefix ?? ''))
      .map((queue) => queue.url),
  }),
  GetQueueAttributes: (input: GetQueueAttributesRequest) => {
    const queue = sqs.queue(input.QueueUrl);
    const { visible, notVisible, delayed } = queue.counts();
    const all = {
      QueueArn: queue.arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(notVisible),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(queue.createdAt / 1_000)),
      LastModifiedTimestamp: String(Math.floor(queue.lastModifiedAt / 1_000)),
      ...(queue.isFifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'false' } : {}),
      ...describedAttributes(queue.attributes),
    };
    return { Attributes: chosen(all, input.AttributeNames ?? []) };
  },
  SetQueueAttributes: (input: SetQueueAttributesRequest) => {
    sqs.queue(input.QueueUrl).setAttributes((input.Attributes ?? {}) as Record<string, string>);
    return {};
  },
  PurgeQueue: (input: { QueueUrl?: string }) => {
    sqs.queue(input.QueueUrl).purge();
    return {};
  },
  ListDeadLetterSourceQueues: (input: { QueueUrl?: string }) => {
    const { arn } = sqs.queue(input.QueueUrl);
    return {
      queueUrls: sqs
        .queues()
        .filter((queue) => queue.settings.redrivePolicy?.deadLetterTargetArn === arn)
        .map((queue) => queue.url),
    };
  },
  TagQueue: (input: { QueueUrl?: string; Tags?: Record<string, string> }) => {
    Object.assign(sqs.queue(input.QueueUrl).tags, input.Tags);
    return {};
  },
  UntagQueue: (input: { QueueUrl?: string; TagKeys?: string[] }) => {
    const { tags } = sqs.queue(input.QueueUrl);
    for (const key of input.TagKeys ?? []) delete tags[key];
    return {};
  },
  ListQueueTags: (input: { QueueUrl?: string }) => ({ Tags: sqs.queue(input.QueueUrl).tags }),
});

const messageOperations = (sqs: Sqs, cloud: CloudContext): Record<string, Operation> => ({
  SendMessage: (input: SendMessageRequest, context) =>
    sentAnswer(sqs.queue(input.QueueUrl).send(newMessage(input, context))),
  ReceiveMessage: async (input: ReceiveMessageRequest) => {
    if (input.ReceiveRequestAttemptId !== undefined) {
      throw notImplemented('sqs', 'ReceiveMessage with ReceiveRequestAttemptId');
    }
    const messages = await receive(cloud, sqs.queue(input.QueueUrl), input);
    if (messages.length === 0) return {};
    return { Messages: messages.map((message) => receivedAnswer(message, input)) };
  },
  DeleteMessage: (input: { QueueUrl?: string; ReceiptHandle?: string }) => {
    sqs.queue(input.QueueUrl).delete(input.ReceiptHandle ?? '');
    return {};
  },
  ChangeMessageVisibility: (input: {
    QueueUrl?: string;
    ReceiptHandle?: string;
    VisibilityTimeout?: number;
  }) => {
    sqs
      .queue(input.QueueUrl)
      .changeVisibility(input.ReceiptHandle ?? '', input.VisibilityTimeout ?? 0);
    return {};
  },
});

/** The API of SQS over one account and Region. */
export const sqsOperations = (sqs: Sqs, cloud: CloudContext): Record<string, Operation> => ({
  ...queueOperations(sqs),
  ...messageOperations(sqs, cloud),
  ...batchOperations(sqs),
});
