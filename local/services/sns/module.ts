/*
 * Imitates SNS: topics, subscriptions of queues (raw or not) and functions, publishing with subject and attributes.
 * Does not: FIFO topics, filter policies, redrive and delivery policies, e-mail, SMS and HTTP, batches, mobile push,
 * topic policies (kept, not evaluated); signatures are not real.
 */
import type { ServiceModule } from '../service.ts';
import { subscriptionResource, topicPolicyResource, topicResource } from './resources.ts';
import { Sns } from './sns.ts';

/** SNS as the cloud loads it. */
export const snsModule: ServiceModule<Sns> = {
  name: 'sns',
  create: (cloud, place) => new Sns(cloud, place),
  resources: {
    'AWS::SNS::Topic': topicResource,
    'AWS::SNS::TopicPolicy': topicPolicyResource,
    'AWS::SNS::Subscription': subscriptionResource,
  },
};
