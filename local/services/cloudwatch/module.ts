/**
 * CloudWatch: metrics (kept per minute for 15 days and, for high resolution, per second for 3 hours),
 * metric math, metric and composite alarms evaluated on the clock by the documented rules for missing
 * data, their events, actions (SNS, Lambda) and history, dashboards as stored text.
 *
 * Not imitated: anomaly detection, Metrics Insights and SEARCH, trimmed statistics, metric streams,
 * alarm mute rules, action suppressors, log alarms, cross-account queries, rollup to 5 minutes and 1 hour.
 */
import type { ServiceModule } from '../service.ts';
import { type CloudWatchService, createCloudWatch } from './cloudwatch.ts';
import { cloudWatchResources } from './resources.ts';

export type { CloudWatchService } from './cloudwatch.ts';

/** CloudWatch for the local cloud. */
export const cloudwatchModule: ServiceModule<CloudWatchService> = {
  name: 'cloudwatch',
  create: createCloudWatch,
  resources: cloudWatchResources,
};
