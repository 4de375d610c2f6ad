/*
 * Imitates CloudWatch Logs: groups with retention, streams, PutLogEvents with its limits, reading and filtering
 * (terms, phrases, JSON), metric filters, resource policies, and metrics embedded in lines (EMF).
 * Does not: subscriptions, exports, Insights queries, data protection, regular expressions and
 * space-delimited filter patterns.
 */
import type { ServiceModule } from '../service.ts';
import { CloudWatchLogs } from './logs-service.ts';
import { logsResources } from './resources.ts';

/** CloudWatch Logs as the cloud loads it. */
export const cloudwatchlogsModule: ServiceModule<CloudWatchLogs> = {
  name: 'cloudwatchlogs',
  create: (cloud, place) => new CloudWatchLogs(cloud, place),
  resources: logsResources,
};
