import { AwsError, notImplemented } from '../aws-error.ts';
import type { CloudContext, Operation, Place, Service } from '../service.ts';
import { deliver, PROTOCOLS } from './deliver.ts';

/** A topic. */
export interface Topic {
  readonly arn: string;
  readonly name: string;
  displayName: string;
  policy: unknown;
}

/** Who gets a topic's messages. */
export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly raw: boolean;
}

export interface PublishInput {
  readonly TopicArn?: string;
  readonly TargetArn?: string;
  readonly Message?: string;
  readonly Subject?: string;
  readonly MessageAttributes?: Record<string, { DataType: string; StringValue?: string }>;
}

const SUPPORTED = ['TopicArn', 'TargetArn', 'Message', 'Subject', 'MessageAttributes'];
const LONGEST = 262_144;

/** SNS of one account and Region. */
export class Sns implements Service {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly #cloud: CloudContext;
  readonly #place: Place;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
    this.operations = {
      CreateTopic: (input: { Name?: string; Attributes?: object; Tags?: object[] }) => {
        if (Object.keys(input.Attributes ?? {}).length > 0) {
          throw notImplemented('sns', 'CreateTopic.Attributes');
        }
        return { TopicArn: this.addTopic(input.Name ?? '').arn };
      },
      DeleteTopic: ({ TopicArn = '' }: { TopicArn?: string }) => {
        this.removeTopic(TopicArn);
        return {};
      },
      ListTopics: () => ({ Topics: [...this.topics.keys()].map((TopicArn) => ({ TopicArn })) }),
      Subscribe: (input: {
        TopicArn?: string;
        Protocol?: string;
        Endpoint?: string;
        Attributes?: Record<string, string>;
      }) => ({
        SubscriptionArn: this.subscribe({
          topicArn: input.TopicArn ?? '',
          protocol: input.Protocol ?? '',
          endpoint: input.Endpoint ?? '',
          attributes: input.Attributes ?? {},
        }).arn,
      }),
      Unsubscribe: ({ SubscriptionArn = '' }: { SubscriptionArn?: string }) => {
        this.subscriptions.delete(SubscriptionArn);
        return {};
      },
      ListSubscriptionsByTopic: ({ TopicArn = '' }: { TopicArn?: string }) => {
        this.topic(TopicArn);
        return {
          Subscriptions: this.#of(TopicArn).map(({ arn, protocol, endpoint }) => ({
            SubscriptionArn: arn,
            Owner: place.account,
            Protocol: protocol,
            Endpoint: endpoint,
            TopicArn,
          })),
        };
      },
      Publish: (input: PublishInput) => this.publish(input),
    };
  }

  topic(arn: string): Topic {
    const topic = this.topics.get(arn);
    if (topic) return topic;
    throw new AwsError('NotFoundException', 'Topic does not exist', { status: 404 });
  }

  addTopic(name: string, displayName = ''): Topic {
    if (name.endsWith('.fifo')) throw notImplemented('sns', 'FIFO topics');
    if (!/^[\w-]{1,256}$/.test(name)) {
      throw new AwsError('InvalidParameterException', 'Invalid parameter: Topic Name');
    }
    const arn = `arn:aws:sns:${this.#place.region}:${this.#place.account}:${name}`;
    const topic = this.topics.get(arn) ?? { arn, name, displayName, policy: undefined };
    this.topics.set(arn, topic);
    return topic;
  }

  removeTopic(arn: string): void {
    this.topics.delete(arn);
    for (const subscription of this.#of(arn)) this.subscriptions.delete(subscription.arn);
  }

  subscribe(asked: {
    topicArn: string;
    protocol: string;
    endpoint: string;
    attributes: Readonly<Record<string, unknown>>;
  }): Subscription {
    const { topicArn, protocol, endpoint } = asked;
    this.topic(topicArn);
    if (!PROTOCOLS.includes(protocol)) throw notImplemented('sns', `the protocol ${protocol}`);
    for (const [name, value] of Object.entries(asked.attributes)) {
      if (name !== 'RawMessageDelivery' && value !== undefined) {
        throw notImplemented('sns', `Subscribe.${name}`);
      }
    }
    const raw = String(asked.attributes['RawMessageDelivery']) === 'true';
    if (raw && protocol !== 'sqs') {
      throw new AwsError(
        'InvalidParameterException',
        `Invalid parameter: Delivery protocol [${protocol}] does not support raw message delivery.`,
      );
    }
    const arn = `${topicArn}:${this.#cloud.uuid()}`;
    const subscription = { arn, topicArn, protocol, endpoint, raw };
    this.subscriptions.set(arn, subscription);
    return subscription;
  }

  publish(input: PublishInput): { MessageId: string } {
    for (const [name, value] of Object.entries(input)) {
      if (!SUPPORTED.includes(name) && value !== undefined) {
        throw notImplemented('sns', `Publish.${name}`);
      }
    }
    const { Message = '', TopicArn, TargetArn } = input;
    const topic = this.topic(TopicArn ?? TargetArn ?? '');
    if (Message === '') {
      throw new AwsError('InvalidParameterException', 'Invalid parameter: Empty message');
    }
    if (Buffer.byteLength(Message) > LONGEST) {
      throw new AwsError('InvalidParameterException', 'Invalid parameter: Message too long');
    }
    const messageId = this.#cloud.uuid();
    for (const subscription of this.#of(topic.arn)) {
      deliver(this.#cloud, subscription, { ...input, Message, messageId });
    }
    return { MessageId: messageId };
  }

  #of(topicArn: string): Subscription[] {
    return [...this.subscriptions.values()].filter((one) => one.topicArn === topicArn);
  }
}
