/*
 * Imitates EventBridge Scheduler: schedules in groups by rate, cron in a time zone (skipped hours of spring are
 * skipped, repeated ones of autumn happen once) or a point in time, flexible windows, start and end, retries and dead
 * letters; targets Lambda, SQS, SNS, Step Functions, event buses, called as the schedule's role.
 * Does not: universal targets (aws-sdk), ECS, Kinesis and SageMaker targets, client tokens.
 */
import type { ServiceModule } from '../service.ts';
import { schedulerResources } from './resources.ts';
import { Scheduler } from './scheduler-service.ts';

/** EventBridge Scheduler as the cloud loads it. */
export const schedulerModule: ServiceModule<Scheduler> = {
  name: 'scheduler',
  create: (cloud, place) => new Scheduler(cloud, place),
  resources: schedulerResources,
};
