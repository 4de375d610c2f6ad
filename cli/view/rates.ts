import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { Color, type Shiftable } from '../../functions/domain/target.ts';

/** What CloudWatch has counted of one color in its newest minute. */
export interface Rate {
  readonly requestsPerMinute: number;
  readonly failedPercent: number;
}

const MINUTE = 60_000;
/** A minute that has not closed yet would show too little. */
const LOOK_BACK_MINUTES = 3;

const METRICS = { requests: 'RequestCount', failed: 'HTTPCode_Target_5XX_Count' } as const;

/** Requests and bad answers of both colors; a color that got none in the newest closed minutes has no rate. */
export const readRates = async (
  client: CloudWatchClient,
  { route }: Shiftable,
  now: number,
): Promise<Partial<Record<Color, Rate>>> => {
  const end = Math.floor(now / MINUTE) * MINUTE;
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(end - LOOK_BACK_MINUTES * MINUTE),
      EndTime: new Date(end),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: Color.options.flatMap((color) =>
        Object.entries(METRICS).map(([name, MetricName]) => ({
          Id: `${color}_${name}`,
          MetricStat: {
            Metric: {
              Namespace: 'AWS/ApplicationELB',
              MetricName,
              Dimensions: [
                { Name: 'LoadBalancer', Value: route.loadBalancerFullName },
                { Name: 'TargetGroup', Value: groupName(route.targetGroupArns[color]) },
              ],
            },
            Period: 60,
            Stat: 'Sum',
          },
        })),
      ),
    }),
  );
  const series = (id: string) => MetricDataResults.find(({ Id }) => Id === id);
  return Object.fromEntries(
    Color.options.flatMap((color) => {
      const requests = series(`${color}_requests`);
      const [newest] = requests?.Timestamps ?? [];
      const [count = 0] = requests?.Values ?? [];
      if (newest === undefined || count === 0) return [];
      const bad = series(`${color}_failed`);
      const at = bad?.Timestamps?.findIndex((one) => one.getTime() === newest.getTime()) ?? -1;
      const failed = at === -1 ? 0 : (bad?.Values?.[at] ?? 0);
      return [[color, { requestsPerMinute: count, failedPercent: (100 * failed) / count }]];
    }),
  );
};

/** `arn:…:targetgroup/name/id` → `targetgroup/name/id`: the `TargetGroup` dimension. */
const groupName = (arn: string): string => arn.slice(arn.indexOf('targetgroup/'));
