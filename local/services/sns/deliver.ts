import type { CloudContext, Place, Service } from '../service.ts';
import type { PublishInput, Subscription } from './sns.ts';

/** How messages leave a topic. */
export const PROTOCOLS: readonly string[] = ['sqs', 'lambda'];

interface Queues extends Service {
  send(queue: string, body: string): unknown;
}

interface Functions extends Service {
  invoke(
    functionName: string,
    payload: unknown,
    options: { invocationType: 'Event' },
  ): Promise<unknown>;
}

interface Message extends PublishInput {
  readonly Message: string;
  readonly messageId: string;
}

const placeOf = (arn: string): Place => {
  const [, , , region = '', account = ''] = arn.split(':');
  return { account, region };
};

const attributes = (message: Message): Record<string, { Type: string; Value: string }> =>
  Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType, StringValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? '' },
    ]),
  );

/** What a topic says: the same for a queue's body and a function's `Sns` member. */
const notification = (message: Message, subscription: Subscription, at: number) => {
  const region = placeOf(subscription.topicArn).region;
  const unsubscribe = `https://sns.${region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`;
  const said = attributes(message);
  return {
    Type: 'Notification',
    MessageId: message.messageId,
    TopicArn: subscription.topicArn,
    ...(message.Subject !== undefined && { Subject: message.Subject }),
    Message: message.Message,
    Timestamp: new Date(at).toISOString(),
    SignatureVersion: '1',
    Signature: 'local',
    SigningCertURL: `https://sns.${region}.amazonaws.com/SimpleNotificationService.pem`,
    UnsubscribeURL: unsubscribe,
    ...(Object.keys(said).length > 0 && { MessageAttributes: said }),
  };
};

const toFunction = async (
  cloud: CloudContext,
  subscription: Subscription,
  body: ReturnType<typeof notification>,
): Promise<void> => {
  const { SigningCertURL, UnsubscribeURL, ...rest } = body;
  const Sns = {
    ...rest,
    Subject: rest.Subject ?? null,
    MessageAttributes: rest.MessageAttributes ?? {},
    SigningCertUrl: SigningCertURL,
    UnsubscribeUrl: UnsubscribeURL,
  };
  const record = {
    EventSource: 'aws:sns',
    EventVersion: '1.0',
    EventSubscriptionArn: subscription.arn,
    Sns,
  };
  await cloud
    .service<Functions>('lambda', placeOf(subscription.endpoint))
    .invoke(subscription.endpoint, { Records: [record] }, { invocationType: 'Event' });
};

/** Hands a message to one subscriber, in the next moment of the clock; what cannot be delivered is said. */
export const deliver = (
  cloud: CloudContext,
  subscription: Subscription,
  message: Message,
): void => {
  const body = notification(message, subscription, cloud.clock.now());
  const lost = (error: unknown): void =>
    cloud.warn(
      `sns: ${message.messageId} of ${subscription.topicArn} did not reach ${subscription.endpoint}: ${String(error)}`,
    );
  cloud.clock.at(cloud.clock.now(), () => {
    if (subscription.protocol === 'lambda') {
      toFunction(cloud, subscription, body).catch(lost);
      return;
    }
    try {
      const text = subscription.raw ? message.Message : JSON.stringify(body);
      cloud
        .service<Queues>('sqs', placeOf(subscription.endpoint))
        .send(subscription.endpoint, text);
    } catch (error) {
      lost(error);
    }
  });
};
