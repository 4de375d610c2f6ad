/**
 * CloudWatch: metrics (kept per minute for 15 days and, for high resolution, per second for 3 hours),
 * metric math, metric and composite alarms evaluated on the clock by the documented rules for missing
 * data, their events, actions (SNS, Lambda) and history, action suppressors with their wait and extension
 * periods, mute rules in UTC, anomaly detectors, dashboards as stored text.
 *
 * An anomaly model is the mean of the series and its standard deviation over up to two weeks, trained once
 * enough is known (`anomalyTrainingMs`) and then hourly; AWS's knows hours, weekdays and trends.
 *
 * Not imitated: Metrics Insights and SEARCH, trimmed means, metric streams, log alarms, cross-account
 * queries, rollup to 5 minutes and 1 hour; actions that a mute rule held back are not made up for.
 * Not verified: that an alarm on a band makes its detector, the order of a band's two lines, and whether an
 * event tells of the end of a suppression (none is sent here).
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
