/*
 * Imitates EventBridge: buses with resource policies, rules with event patterns (every operator, refused in
 * EventBridge's words where invalid) or schedules, input paths and transformers, PutEvents with its limits, and
 * delivery at least once after a little while: retries with growing waits, dead letters. Targets: Lambda, SQS, SNS,
 * Step Functions, other buses (also of other accounts and Regions), log groups.
 * Does not: archives and replay, connections and API destinations, partner sources, global endpoints, the check of
 * wildcard patterns for complexity; a pattern that repeats a path inside and outside `$or` means both.
 */
import type { ServiceModule } from '../service.ts';
import { EventBridge } from './eventbridge-service.ts';
import { eventBridgeResources } from './resources.ts';

/** EventBridge as the cloud loads it. */
export const eventbridgeModule: ServiceModule<EventBridge> = {
  name: 'eventbridge',
  create: (cloud, place) => new EventBridge(cloud, place),
  resources: eventBridgeResources,
};
