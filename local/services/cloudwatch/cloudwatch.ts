import type {
  DescribeAlarmsForMetricInput,
  DescribeAlarmsInput,
  GetMetricDataInput,
  GetMetricDataOutput,
  GetMetricStatisticsInput,
  ListMetricsInput,
  PutDashboardInput,
  PutMetricDataInput,
  SetAlarmStateInput,
  StateValue,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Datum, Operation, Place, Service } from '../service.ts';
import type { AlarmRecord } from './alarm.ts';
import { alarmsIn } from './alarm-rule.ts';
import { compositeAlarmView, metricAlarmView } from './alarm-view.ts';
import { Alarms } from './alarms.ts';
import { AnomalyDetectors } from './anomaly-detectors.ts';
import { invalidParameter, unsupportedField, validationError } from './cloudwatch-error.ts';
import type { CloudWatchSettings } from './cloudwatch-settings.ts';
import { Dashboards } from './dashboards.ts';
import { getMetricData, getMetricStatistics, listMetrics, observationsOf } from './metric-data.ts';
import { MetricStore, type Observation } from './metric-store.ts';
import { MuteRules } from './mute-rules.ts';
import { page } from './page.ts';
import { dimensionsOf } from './query-parts.ts';

/** CloudWatch of one place, with what its neighbours use directly. */
export interface CloudWatchService extends Service {
  readonly settings: CloudWatchSettings;
  /** Takes in a service's own data point. */
  record(datum: Datum): void;
  /** The value of an alarm's state, if the alarm exists. */
  alarmState(name: string): StateValue | undefined;
}

const STATES: readonly string[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

const incompleteResults = (
  output: GetMetricDataOutput,
  status: 'PartialData' | 'InternalError' | undefined,
): GetMetricDataOutput =>
  status === undefined
    ? output
    : {
        ...output,
        MetricDataResults: (output.MetricDataResults ?? []).map((result) => ({
          ...result,
          StatusCode: status,
        })),
      };

const describeAlarms = (alarms: Alarms, input: DescribeAlarmsInput) => {
  if (input.AlarmNames && input.AlarmNamePrefix !== undefined) {
    throw validationError('AlarmNames and AlarmNamePrefix must not be given together.');
  }
  if ((input.AlarmNames?.length ?? 0) > 100) {
    throw validationError('The collection AlarmNames must not have a size greater than 100.');
  }
  // "If you omit this parameter, only metric alarms are returned."
  const types: readonly string[] = input.AlarmTypes ?? ['MetricAlarm'];
  const related = (alarm: AlarmRecord): boolean => {
    if (input.ChildrenOfAlarmName !== undefined) {
      const parent = alarms.get(input.ChildrenOfAlarmName);
      return parent.type === 'CompositeAlarm' && alarmsIn(parent.rule).includes(alarm.name);
    }
    if (input.ParentsOfAlarmName === undefined) return true;
    return alarms.parentsOf(input.ParentsOfAlarmName).some(({ name }) => name === alarm.name);
  };
  const byFamily =
    input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined;
  const acts = ({ input: { OKActions, AlarmActions, InsufficientDataActions } }: AlarmRecord) =>
    [OKActions, AlarmActions, InsufficientDataActions]
      .flatMap((actions) => actions ?? [])
      .some((action) => action.startsWith(input.ActionPrefix ?? ''));
  const found = alarms
    .all()
    .filter(
      (alarm) =>
        (byFamily || types.includes(alarm.type)) &&
        (input.AlarmNames?.includes(alarm.name) ?? true) &&
        alarm.name.startsWith(input.AlarmNamePrefix ?? '') &&
        (input.StateValue === undefined || input.StateValue === alarm.state.value) &&
        (input.ActionPrefix === undefined || acts(alarm)) &&
        related(alarm),
    );
  // Named alarms come on one page.
  const size = input.MaxRecords ?? (input.AlarmNames ? 100 : 50);
  const { items, NextToken } = page(found, size, input.NextToken);
  return {
    MetricAlarms: items.flatMap((a) => (a.type === 'MetricAlarm' ? [metricAlarmView(a)] : [])),
    CompositeAlarms: items.flatMap((a) =>
      a.type === 'CompositeAlarm' ? [compositeAlarmView(a, alarms.suppressedBy(a.name))] : [],
    ),
    ...(NextToken === undefined ? {} : { NextToken }),
  };
};

const describeForMetric = (alarms: Alarms, input: DescribeAlarmsForMetricInput) => {
  const dimensions = JSON.stringify(Object.entries(dimensionsOf(input.Dimensions)).sort());
  const found = alarms.all().flatMap((alarm) => {
    if (alarm.type !== 'MetricAlarm') return [];
    const { input: own } = alarm;
    const same =
      own.MetricName === input.MetricName &&
      own.Namespace === input.Namespace &&
      JSON.stringify(Object.entries(dimensionsOf(own.Dimensions)).sort()) === dimensions &&
      (input.Statistic === undefined || input.Statistic === own.Statistic) &&
      (input.ExtendedStatistic === undefined ||
        input.ExtendedStatistic === own.ExtendedStatistic) &&
      (input.Period === undefined || input.Period === own.Period) &&
      (input.Unit === undefined || input.Unit === own.Unit);
    return same ? [metricAlarmView(alarm)] : [];
  });
  return { MetricAlarms: found };
};

const setAlarmState = (alarms: Alarms, input: SetAlarmStateInput): void => {
  if (!STATES.includes(input.StateValue ?? '')) {
    throw validationError(
      `1 validation error detected: Value '${input.StateValue}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]`,
    );
  }
  if (input.StateReasonData !== undefined) {
    try {
      JSON.parse(input.StateReasonData);
    } catch {
      throw new AwsError('InvalidFormatFault', 'StateReasonData was not syntactically valid JSON');
    }
  }
  alarms.setState(
    input.AlarmName ?? '',
    (input.StateValue ?? 'OK') as StateValue,
    input.StateReason ?? '',
    input.StateReasonData,
  );
};

const taggedAlarm = (alarms: Alarms, arn: string | undefined): AlarmRecord => {
  const found = alarms.all().find((alarm) => alarm.arn === arn);
  if (found) return found;
  if (!arn?.startsWith('arn:')) throw invalidParameter(`Invalid ARN ${arn}`);
  throw new AwsError('ResourceNotFoundException', `Unknown resource ${arn}`, { status: 404 });
};

const tagOperations = (alarms: Alarms): Record<string, Operation> => ({
  ListTagsForResource: ({ ResourceARN }: { ResourceARN?: string }) => ({
    Tags: Object.entries(taggedAlarm(alarms, ResourceARN).tags).map(([Key, Value]) => ({
      Key,
      Value,
    })),
  }),
  TagResource: (input: TagResourceInput) => {
    const alarm = taggedAlarm(alarms, input.ResourceARN);
    const added = (input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''] as const);
    alarm.tags = { ...alarm.tags, ...Object.fromEntries(added) };
    return {};
  },
  UntagResource: (input: UntagResourceInput) => {
    const alarm = taggedAlarm(alarms, input.ResourceARN);
    const kept = Object.entries(alarm.tags).filter(([key]) => !input.TagKeys?.includes(key));
    alarm.tags = Object.fromEntries(kept);
    return {};
  },
});

const enableActions =
  (alarms: Alarms, enabled: boolean): Operation =>
  ({ AlarmNames }: { AlarmNames?: string[] }) => {
    for (const name of AlarmNames ?? []) alarms.get(name).actionsEnabled = enabled;
    return {};
  };

const dashboardOperations = (
  dashboards: Dashboards,
  cloud: CloudContext,
): Record<string, Operation> => ({
  PutDashboard: (input: PutDashboardInput) => {
    if (input.Tags) throw unsupportedField('PutDashboard', 'Tags');
    dashboards.put(input.DashboardName ?? '', input.DashboardBody ?? '', cloud.clock.now());
    return { DashboardValidationMessages: [] };
  },
  GetDashboard: ({ DashboardName }: { DashboardName?: string }) =>
    dashboards.get(DashboardName ?? ''),
  ListDashboards: ({ DashboardNamePrefix }: { DashboardNamePrefix?: string }) => ({
    DashboardEntries: dashboards.list(DashboardNamePrefix ?? ''),
  }),
  DeleteDashboards: ({ DashboardNames }: { DashboardNames?: string[] }) => {
    dashboards.remove(DashboardNames ?? []);
    return {};
  },
});

const anomalyOperations = (detectors: AnomalyDetectors): Record<string, Operation> => ({
  PutAnomalyDetector: (input) => detectors.put(input),
  DescribeAnomalyDetectors: (input) => detectors.describe(input),
  DeleteAnomalyDetector: (input) => {
    detectors.remove(input);
    return {};
  },
});

const muteOperations = (mutes: MuteRules): Record<string, Operation> => ({
  PutAlarmMuteRule: (input) => {
    mutes.put(input);
    return {};
  },
  GetAlarmMuteRule: ({ AlarmMuteRuleName }: { AlarmMuteRuleName?: string }) =>
    mutes.get(AlarmMuteRuleName ?? ''),
  ListAlarmMuteRules: (input) => mutes.list(input),
  DeleteAlarmMuteRule: ({ AlarmMuteRuleName }: { AlarmMuteRuleName?: string }) => {
    mutes.remove(AlarmMuteRuleName ?? '');
    return {};
  },
});

/** Makes CloudWatch of one place. */
export const createCloudWatch = (cloud: CloudContext, place: Place): CloudWatchService => {
  const settings: CloudWatchSettings = {
    metricDelayMs: 0,
    evaluationOffsetMs: 5_000,
    incomplete: undefined,
    anomalyTrainingMs: 3 * 3_600_000,
  };
  const store = new MetricStore();
  const detectors = new AnomalyDetectors(cloud, settings);
  const mutes = new MuteRules(cloud, place);
  const alarms = new Alarms(cloud, place, { store, settings, detectors, mutes });
  const now = () => cloud.clock.now();
  const take = (observation: Observation) =>
    store.add(observation, now(), now() + settings.metricDelayMs);
  return {
    settings,
    record: ({ namespace, name, dimensions, value, count, unit, at }) =>
      take({
        namespace,
        name,
        dimensions,
        at: at ?? now(),
        unit,
        resolution: 60,
        values: [{ value, count: count ?? 1 }],
      }),
    alarmState: (name) => alarms.stateOf(name),
    operations: {
      PutMetricData: (input: PutMetricDataInput) => {
        for (const observation of observationsOf(input, now())) take(observation);
        return {};
      },
      GetMetricData: (input: GetMetricDataInput) =>
        incompleteResults(getMetricData(input, store, now(), detectors), settings.incomplete),
      GetMetricStatistics: (input: GetMetricStatisticsInput) =>
        getMetricStatistics(input, store, now()),
      ListMetrics: (input: ListMetricsInput) => listMetrics(input, store, now()),
      PutMetricAlarm: (input) => {
        alarms.putMetric(input);
        return {};
      },
      PutCompositeAlarm: (input) => {
        alarms.putComposite(input);
        return {};
      },
      DescribeAlarms: (input: DescribeAlarmsInput) => describeAlarms(alarms, input),
      DescribeAlarmsForMetric: (input: DescribeAlarmsForMetricInput) =>
        describeForMetric(alarms, input),
      DescribeAlarmHistory: (input) => alarms.history.describe(input, now()),
      SetAlarmState: (input: SetAlarmStateInput) => {
        setAlarmState(alarms, input);
        return {};
      },
      DeleteAlarms: ({ AlarmNames }: { AlarmNames?: string[] }) => {
        alarms.remove(AlarmNames ?? []);
        return {};
      },
      EnableAlarmActions: enableActions(alarms, true),
      DisableAlarmActions: enableActions(alarms, false),
      ...tagOperations(alarms),
      ...anomalyOperations(detectors),
      ...muteOperations(mutes),
      ...dashboardOperations(new Dashboards(place), cloud),
    },
  };
};
