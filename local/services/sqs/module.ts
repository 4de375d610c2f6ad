/*
 * Imitates SQS: standard and FIFO queues (order in a group, deduplication for five minutes), delays, visibility,
 * receipt handles that go stale, long polling on the clock, redrive to a dead-letter queue, batches,
 * the limits on sizes and counts, and the metrics of an active queue each minute.
 * Does not: message move tasks, AddPermission (set the Policy attribute), ReceiveRequestAttemptId,
 * sampling of short polls (a receive sees every visible message), throughput quotas.
 */
import type { ServiceModule } from '../service.ts';
import { sqsResources } from './resources.ts';
import { Sqs } from './sqs-service.ts';

/** SQS as the cloud loads it. */
export const sqsModule: ServiceModule<Sqs> = {
  name: 'sqs',
  create: (cloud, place) => new Sqs(cloud, place),
  resources: sqsResources,
};
