import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { Queue } from './queue.ts';
import type { SqsService } from './sqs-service.ts';

type Property = string | number | boolean | object;
type Properties = Readonly<Record<string, Property | undefined>>;

const ATTRIBUTES = [
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'VisibilityTimeout',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
];

const sqsOf = (context: ResourceContext): SqsService =>
  context.cloud.service<SqsService>('sqs', context);

const textOf = (value: Property): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** CloudFormation's properties as the API's attributes; what is absent is unset. */
const attributesOf = (properties: Properties, queue: Queue): Record<string, string> => {
  const attributes: Record<string, string> = {};
  for (const name of ATTRIBUTES) {
    const value = properties[name];
    if (value !== undefined) {
      attributes[name] = textOf(value);
    } else if (queue.attributes[name] !== undefined) {
      attributes[name] = '';
    }
  }
  return attributes;
};

const settle = (queue: Queue, properties: Properties): void => {
  queue.setAttributes(attributesOf(properties, queue));
  const tags = (properties['Tags'] ?? []) as readonly { Key: string; Value: string }[];
  queue.tags = Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
};

const stateOf = (queue: Queue) => ({
  physicalId: queue.url,
  attributes: { Arn: queue.arn, QueueName: queue.name, QueueUrl: queue.url },
});

const queueResource: ResourceProvider = {
  create(properties: Properties, context) {
    const sqs = sqsOf(context);
    const isFifo = textOf(properties['FifoQueue'] ?? false) === 'true';
    const generated = `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;
    const name =
      (properties['QueueName'] as string | undefined) ?? `${generated}${isFifo ? '.fifo' : ''}`;
    const queue = sqs.find(name) ?? sqs.create(name);
    settle(queue, properties);
    return stateOf(queue);
  },
  update(properties: Properties, previous, context) {
    const replaced = ['QueueName', 'FifoQueue'].some(
      (name) => properties[name] !== previous.properties[name],
    );
    if (replaced) return queueResource.create(properties, context);
    const queue = sqsOf(context).queue(previous.physicalId);
    settle(queue, properties);
    return stateOf(queue);
  },
  remove(previous, context) {
    const sqs = sqsOf(context);
    const queue = sqs.find(previous.physicalId);
    if (queue !== undefined) sqs.remove(queue);
  },
};

interface PolicyProperties {
  readonly Queues: readonly string[];
  readonly PolicyDocument: unknown;
}

const setPolicies = (properties: PolicyProperties, context: ResourceContext): void => {
  for (const url of properties.Queues) {
    sqsOf(context)
      .queue(url)
      .setAttributes({ Policy: JSON.stringify(properties.PolicyDocument) });
  }
};

const unsetPolicies = (urls: readonly string[], context: ResourceContext): void => {
  for (const url of urls) sqsOf(context).find(url)?.setAttributes({ Policy: '' });
};

const queuePolicy: ResourceProvider = {
  create(properties: PolicyProperties, context) {
    setPolicies(properties, context);
    const id = `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;
    return { physicalId: id, attributes: { Id: id } };
  },
  update(properties: PolicyProperties, previous, context) {
    const before = previous.properties as PolicyProperties;
    unsetPolicies(
      before.Queues.filter((url) => !properties.Queues.includes(url)),
      context,
    );
    setPolicies(properties, context);
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove(previous, context) {
    unsetPolicies((previous.properties as PolicyProperties).Queues, context);
  },
};

/** CloudFormation's resource types of SQS. */
export const sqsResources: Record<string, ResourceProvider> = {
  'AWS::SQS::Queue': queueResource,
  'AWS::SQS::QueuePolicy': queuePolicy,
};
