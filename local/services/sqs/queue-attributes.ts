import { AwsError } from '../aws-error.ts';

/** Where messages go that were received too often. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** A queue's settings, as numbers where AWS's API has strings. */
export interface QueueSettings {
  readonly delaySeconds: number;
  readonly maximumMessageSize: number;
  readonly messageRetentionPeriod: number;
  readonly receiveMessageWaitTimeSeconds: number;
  readonly visibilityTimeout: number;
  readonly redrivePolicy: RedrivePolicy | undefined;
  readonly contentBasedDeduplication: boolean;
  readonly deduplicationScope: string;
}

const RANGES: Readonly<Record<string, readonly [low: number, high: number, initial: number]>> = {
  DelaySeconds: [0, 900, 0],
  MaximumMessageSize: [1_024, 1_048_576, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  VisibilityTimeout: [0, 43_200, 30],
  KmsDataKeyReusePeriodSeconds: [60, 86_400, 300],
};

/** Attributes that are kept and answered, but need no number. */
const PLAIN = [
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'SqsManagedSseEnabled',
];
const FIFO_ONLY = [
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
];

const invalidValue = (name: string): AwsError =>
  new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);

const redriveOf = (text: string | undefined): RedrivePolicy | undefined => {
  if (text === undefined || text === '') return undefined;
  const bad = (why: string): AwsError =>
    new AwsError(
      'InvalidAttributeValue',
      `Value ${text} for parameter RedrivePolicy is invalid. Reason: ${why}`,
    );
  let policy: { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown };
  try {
    policy = JSON.parse(text);
  } catch {
    throw bad('Redrive policy is not a valid JSON map.');
  }
  const { deadLetterTargetArn } = policy;
  const maxReceiveCount = Number(policy.maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string') {
    throw bad('Redrive policy does not contain mandatory attribute: deadLetterTargetArn.');
  }
  if (policy.maxReceiveCount === undefined) {
    throw bad('Redrive policy does not contain mandatory attribute: maxReceiveCount.');
  }
  if (!Number.isInteger(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > 1_000) {
    throw bad('Invalid value for maxReceiveCount: must be between 1 and 1000.');
  }
  return { deadLetterTargetArn, maxReceiveCount };
};

/** Refuses what AWS would refuse in a set of attributes for a queue of this kind. */
export const checkAttributes = (
  attributes: Readonly<Record<string, string>>,
  isFifo: boolean,
): void => {
  for (const [name, value] of Object.entries(attributes)) {
    const range = RANGES[name];
    if (range !== undefined) {
      const number = Number(value);
      if (!Number.isInteger(number) || number < range[0] || number > range[1]) {
        throw invalidValue(name);
      }
    } else if (FIFO_ONLY.includes(name)) {
      if (!isFifo) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    } else if (!PLAIN.includes(name)) {
      throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
  }
};

/** The settings that attributes say, with AWS's defaults. */
export const settingsOf = (attributes: Readonly<Record<string, string>>): QueueSettings => {
  const number = (name: string): number => Number(attributes[name] ?? RANGES[name]?.[2] ?? 0);
  return {
    delaySeconds: number('DelaySeconds'),
    maximumMessageSize: number('MaximumMessageSize'),
    messageRetentionPeriod: number('MessageRetentionPeriod'),
    receiveMessageWaitTimeSeconds: number('ReceiveMessageWaitTimeSeconds'),
    visibilityTimeout: number('VisibilityTimeout'),
    redrivePolicy: redriveOf(attributes['RedrivePolicy']),
    contentBasedDeduplication: attributes['ContentBasedDeduplication'] === 'true',
    deduplicationScope: attributes['DeduplicationScope'] ?? 'queue',
  };
};

/** Attributes as GetQueueAttributes answers them: those set, and the defaults of the others. */
export const describedAttributes = (
  attributes: Readonly<Record<string, string>>,
): Record<string, string> => {
  const described: Record<string, string> = { SqsManagedSseEnabled: 'true' };
  for (const [name, [, , initial]] of Object.entries(RANGES)) {
    if (name !== 'KmsDataKeyReusePeriodSeconds') described[name] = String(initial);
  }
  return { ...described, ...attributes };
};
