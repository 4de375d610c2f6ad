import type { CompositeAlarm, MetricAlarm, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { AlarmRecord, AlarmState, CompositeAlarmRecord, MetricAlarmRecord } from './alarm.ts';
import { alarmTime } from './alarm-reason.ts';
import { dimensionsOf } from './query-parts.ts';
import type { SuppressedBy } from './suppression.ts';

const stateOf = ({ state }: AlarmRecord) => ({
  StateValue: state.value,
  StateReason: state.reason,
  ...(state.reasonData === undefined ? {} : { StateReasonData: state.reasonData }),
  StateUpdatedTimestamp: new Date(state.at),
  StateTransitionedTimestamp: new Date(state.since),
});

const common = (alarm: AlarmRecord) => ({
  AlarmName: alarm.name,
  AlarmArn: alarm.arn,
  ...(alarm.input.AlarmDescription === undefined
    ? {}
    : { AlarmDescription: alarm.input.AlarmDescription }),
  AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
  ActionsEnabled: alarm.actionsEnabled,
  OKActions: alarm.input.OKActions ?? [],
  AlarmActions: alarm.input.AlarmActions ?? [],
  InsufficientDataActions: alarm.input.InsufficientDataActions ?? [],
  ...stateOf(alarm),
});

/** A metric alarm as DescribeAlarms answers it. */
export const metricAlarmView = (alarm: MetricAlarmRecord): MetricAlarm => {
  const { input } = alarm;
  const metric = input.Metrics
    ? { Metrics: input.Metrics, Dimensions: [] }
    : {
        MetricName: input.MetricName,
        Namespace: input.Namespace,
        Dimensions: input.Dimensions ?? [],
        Period: input.Period,
        ...(input.Statistic === undefined ? {} : { Statistic: input.Statistic }),
        ...(input.ExtendedStatistic === undefined
          ? {}
          : { ExtendedStatistic: input.ExtendedStatistic }),
        ...(input.Unit === undefined ? {} : { Unit: input.Unit }),
      };
  return {
    ...common(alarm),
    ...metric,
    EvaluationPeriods: input.EvaluationPeriods,
    ...(input.DatapointsToAlarm === undefined
      ? {}
      : { DatapointsToAlarm: input.DatapointsToAlarm }),
    ...(input.Threshold === undefined ? {} : { Threshold: input.Threshold }),
    ...(input.ThresholdMetricId === undefined
      ? {}
      : { ThresholdMetricId: input.ThresholdMetricId }),
    ComparisonOperator: input.ComparisonOperator,
    ...(input.TreatMissingData === undefined ? {} : { TreatMissingData: input.TreatMissingData }),
  };
};

/** A composite alarm as DescribeAlarms answers it. */
export const compositeAlarmView = (
  alarm: CompositeAlarmRecord,
  suppressedBy?: SuppressedBy,
): CompositeAlarm => ({
  ...common(alarm),
  AlarmRule: alarm.input.AlarmRule,
  ...suppressorOf(alarm),
  ...(suppressedBy === undefined
    ? {}
    : {
        ActionsSuppressedBy: suppressedBy,
        ActionsSuppressedReason: `Actions suppressed by ${suppressedBy}`,
      }),
});

const suppressorOf = ({ input }: CompositeAlarmRecord) =>
  input.ActionsSuppressor === undefined
    ? {}
    : {
        ActionsSuppressor: input.ActionsSuppressor,
        ActionsSuppressorWaitPeriod: input.ActionsSuppressorWaitPeriod,
        ActionsSuppressorExtensionPeriod: input.ActionsSuppressorExtensionPeriod,
      };

const metricOf = (query: MetricDataQuery, id: string): object => {
  const base = {
    id,
    ...(query.Label === undefined ? {} : { label: query.Label }),
    returnData: query.ReturnData ?? true,
  };
  const stat = query.MetricStat;
  if (!stat) {
    const period = query.Period === undefined ? {} : { period: query.Period };
    return { ...base, expression: query.Expression, ...period };
  }
  return {
    ...base,
    metricStat: {
      metric: {
        namespace: stat.Metric?.Namespace,
        name: stat.Metric?.MetricName,
        dimensions: dimensionsOf(stat.Metric?.Dimensions),
      },
      period: stat.Period,
      stat: stat.Stat,
      ...(stat.Unit === undefined ? {} : { unit: stat.Unit }),
    },
  };
};

/** An alarm's configuration as events carry it; a single metric gets `id`. */
export const configurationView = (alarm: AlarmRecord, id: string): object => {
  const { input } = alarm;
  const description =
    input.AlarmDescription === undefined ? {} : { description: input.AlarmDescription };
  if (alarm.type === 'CompositeAlarm') {
    const { input: own } = alarm;
    return {
      ...description,
      alarmRule: own.AlarmRule,
      ...(own.ActionsSuppressor === undefined
        ? {}
        : {
            actionsSuppressor: own.ActionsSuppressor,
            actionsSuppressorWaitPeriod: own.ActionsSuppressorWaitPeriod,
            actionsSuppressorExtensionPeriod: own.ActionsSuppressorExtensionPeriod,
          }),
    };
  }
  const single: MetricDataQuery = {
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: alarm.input.Namespace,
        MetricName: alarm.input.MetricName,
        Dimensions: alarm.input.Dimensions,
      },
      Period: alarm.input.Period,
      Stat: alarm.input.Statistic ?? alarm.input.ExtendedStatistic,
      Unit: alarm.input.Unit,
    },
  };
  const queries = alarm.input.Metrics ?? [single];
  return { ...description, metrics: queries.map((query) => metricOf(query, query.Id ?? id)) };
};

/** A state as events carry it. */
export const stateView = ({ value, reason, reasonData, at }: AlarmState): object => ({
  value,
  reason,
  ...(reasonData === undefined ? {} : { reasonData }),
  timestamp: alarmTime(at),
});
