import { physicalName } from '../physical-name.ts';
import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { Sns } from './sns.ts';

interface TopicProperties {
  readonly TopicName?: string;
  readonly DisplayName?: string;
  readonly FifoTopic?: boolean;
  readonly Subscription?: readonly { readonly Protocol: string; readonly Endpoint: string }[];
}

const sns = ({ cloud, account, region }: ResourceContext): Sns =>
  cloud.service<Sns>('sns', { account, region });

/** `AWS::SNS::Topic`: name and kind replace it. */
export const topicResource: ResourceProvider = {
  create: (properties: TopicProperties, context) => {
    const name = properties.TopicName ?? physicalName(context, 240);
    const service = sns(context);
    const { arn } = service.addTopic(
      properties.FifoTopic ? `${name}.fifo` : name,
      properties.DisplayName ?? '',
    );
    for (const { Protocol, Endpoint } of properties.Subscription ?? []) {
      service.subscribe({ topicArn: arn, protocol: Protocol, endpoint: Endpoint, attributes: {} });
    }
    return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  update: (properties: TopicProperties, previous, context) => {
    const before: TopicProperties = previous.properties;
    const replaces =
      properties.TopicName !== before.TopicName || properties.FifoTopic !== before.FifoTopic;
    const inline = JSON.stringify(properties.Subscription) !== JSON.stringify(before.Subscription);
    if (replaces || inline) return topicResource.create(properties, context);
    sns(context).topic(previous.physicalId).displayName = properties.DisplayName ?? '';
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: (previous, context) => sns(context).removeTopic(previous.physicalId),
};

interface PolicyProperties {
  readonly Topics: readonly string[];
  readonly PolicyDocument: unknown;
}

/** `AWS::SNS::TopicPolicy`: kept for evaluation. */
export const topicPolicyResource: ResourceProvider = {
  create: ({ Topics, PolicyDocument }: PolicyProperties, context) => {
    for (const arn of Topics) sns(context).topic(arn).policy = PolicyDocument;
    const physicalId = physicalName(context);
    return { physicalId, attributes: { Id: physicalId } };
  },
  update: ({ Topics, PolicyDocument }: PolicyProperties, previous, context) => {
    for (const arn of Topics) sns(context).topic(arn).policy = PolicyDocument;
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: (previous, context) => {
    for (const arn of (previous.properties as PolicyProperties).Topics) {
      const topic = sns(context).topics.get(arn);
      if (topic) topic.policy = undefined;
    }
  },
};

/** `AWS::SNS::Subscription`: all that is supported of it replaces it. */
export const subscriptionResource: ResourceProvider = {
  create: ({ TopicArn, Protocol, Endpoint, Region: _region, ...attributes }, context) => {
    const region = String(TopicArn).split(':')[3] ?? context.region;
    const { arn } = context.cloud
      .service<Sns>('sns', { account: context.account, region })
      .subscribe({ topicArn: TopicArn, protocol: Protocol, endpoint: Endpoint, attributes });
    return { physicalId: arn, attributes: { Arn: arn } };
  },
  remove: (previous, context) => {
    const region = previous.physicalId.split(':')[3] ?? context.region;
    context.cloud
      .service<Sns>('sns', { account: context.account, region })
      .subscriptions.delete(previous.physicalId);
  },
};
