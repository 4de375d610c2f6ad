import type { SendMessageRequest } from '@aws-sdk/client-sqs';
import type { CallContext } from '../service.ts';
import { md5, md5OfAttributes, type NewMessage, type StoredMessage } from './message.ts';

type SendFields = Omit<SendMessageRequest, 'QueueUrl'>;

/** A request's message, as the queue takes it. */
export const newMessage = (input: SendFields, context: CallContext): NewMessage => ({
  body: input.MessageBody ?? '',
  attributes: input.MessageAttributes,
  systemAttributes: Object.fromEntries(
    Object.entries(input.MessageSystemAttributes ?? {}).map(([name, value]) => [
      name,
      value?.StringValue ?? '',
    ]),
  ),
  delaySeconds: input.DelaySeconds,
  groupId: input.MessageGroupId,
  deduplicationId: input.MessageDeduplicationId,
  senderId: context.principal.arn,
});

/** What a sender is answered. */
export const sentAnswer = (message: StoredMessage) => {
  const attributesMd5 = md5OfAttributes(message.attributes);
  return {
    MessageId: message.id,
    MD5OfMessageBody: md5(message.body),
    ...(attributesMd5 === undefined ? {} : { MD5OfMessageAttributes: attributesMd5 }),
    ...(message.sequenceNumber === undefined ? {} : { SequenceNumber: message.sequenceNumber }),
  };
};
