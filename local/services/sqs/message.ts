import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

/** What a sender gives. */
export interface NewMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, MessageAttributeValue>> | undefined;
  readonly systemAttributes?: Readonly<Record<string, string>> | undefined;
  readonly delaySeconds?: number | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  readonly senderId?: string | undefined;
}

/** A message in a queue. */
export interface StoredMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly systemAttributes: Readonly<Record<string, string>>;
  readonly senderId: string;
  readonly sentAt: number;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  readonly sequenceNumber: string | undefined;
  readonly deadLetterQueueSourceArn: string | undefined;
  visibleAt: number;
  /** In flight until `visibleAt`, as opposed to delayed until then. */
  inFlight: boolean;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  lastReceivedAt: number | undefined;
  receiptHandle: string | undefined;
}

/** MD5 of a text, in hex, as SQS answers it. */
export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const lengthPrefixed = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/**
 * MD5 of message attributes: by name, each of name, type and value length-prefixed.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export const md5OfAttributes = (
  attributes: Readonly<Record<string, MessageAttributeValue>>,
): string | undefined => {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  for (const name of names) {
    const attribute = attributes[name];
    const isBinary = attribute?.BinaryValue !== undefined;
    hash.update(lengthPrefixed(Buffer.from(name)));
    hash.update(lengthPrefixed(Buffer.from(attribute?.DataType ?? '')));
    hash.update(Buffer.from([isBinary ? 2 : 1]));
    hash.update(
      lengthPrefixed(attribute?.BinaryValue ?? Buffer.from(attribute?.StringValue ?? '')),
    );
  }
  return hash.digest('hex');
};

/** Bytes that count against the size limits: body, and each attribute's name, type and value. */
export const sizeOf = (message: NewMessage): number => {
  let bytes = Buffer.byteLength(message.body);
  for (const [name, attribute] of Object.entries(message.attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType ?? '');
    bytes += attribute.BinaryValue?.length ?? Buffer.byteLength(attribute.StringValue ?? '');
  }
  return bytes;
};
