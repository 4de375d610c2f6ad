import type { CloudContext, Place, Principal } from '../service.ts';
import type { AlarmRecord, AlarmState } from './alarm.ts';
import { alarmTime } from './alarm-reason.ts';
import { configurationView, stateView } from './alarm-view.ts';

const asService = (place: Place, arn: string): Principal => ({ arn, account: place.account });

const snsMessage = (alarm: AlarmRecord, previous: AlarmState, place: Place): string =>
  JSON.stringify({
    AlarmName: alarm.name,
    AlarmDescription: alarm.input.AlarmDescription ?? null,
    AWSAccountId: place.account,
    AlarmConfigurationUpdatedTimestamp: alarmTime(alarm.configuredAt),
    NewStateValue: alarm.state.value,
    NewStateReason: alarm.state.reason,
    StateChangeTime: alarmTime(alarm.state.at),
    Region: place.region,
    AlarmArn: alarm.arn,
    OldStateValue: previous.value,
    OKActions: alarm.input.OKActions ?? [],
    AlarmActions: alarm.input.AlarmActions ?? [],
    InsufficientDataActions: alarm.input.InsufficientDataActions ?? [],
    ...(alarm.type === 'CompositeAlarm'
      ? { AlarmRule: alarm.input.AlarmRule }
      : { Trigger: trigger(alarm) }),
  });

const trigger = (alarm: AlarmRecord & { type: 'MetricAlarm' }): object => {
  const { input } = alarm;
  const metric = input.Metrics
    ? { Metrics: input.Metrics }
    : {
        MetricName: input.MetricName,
        Namespace: input.Namespace,
        StatisticType: input.Statistic ? 'Statistic' : 'ExtendedStatistic',
        Statistic: (input.Statistic ?? input.ExtendedStatistic ?? '').toUpperCase(),
        Unit: input.Unit ?? null,
        Dimensions: (input.Dimensions ?? []).map(({ Name, Value }) => ({
          value: Value,
          name: Name,
        })),
      };
  return {
    ...metric,
    Period: alarm.period / 1_000,
    EvaluationPeriods: input.EvaluationPeriods,
    DatapointsToAlarm: alarm.rule.datapointsToAlarm,
    ComparisonOperator: input.ComparisonOperator,
    Threshold: input.Threshold,
    TreatMissingData: input.TreatMissingData ?? 'missing',
    EvaluateLowSampleCountPercentile: input.EvaluateLowSampleCountPercentile ?? '',
  };
};

/** The actions that an alarm has for the state it is in. */
export const actionsOf = (alarm: AlarmRecord): readonly string[] => {
  const { OKActions, AlarmActions, InsufficientDataActions } = alarm.input;
  if (alarm.state.value === 'ALARM') return AlarmActions ?? [];
  return (alarm.state.value === 'OK' ? OKActions : InsufficientDataActions) ?? [];
};

/** Runs one action: publishes to a topic or invokes a function, as CloudWatch's own principal. */
export const runAction = async (
  cloud: CloudContext,
  place: Place,
  alarm: AlarmRecord,
  previous: AlarmState,
  action: string,
): Promise<void> => {
  if (/^arn:aws[\w-]*:sns:/.test(action)) {
    const subject = `${alarm.state.value}: "${alarm.name}" in ${place.region}`.slice(0, 100);
    await cloud.call(
      'sns',
      'Publish',
      { TopicArn: action, Subject: subject, Message: snsMessage(alarm, previous, place) },
      { ...place, principal: asService(place, 'cloudwatch.amazonaws.com') },
    );
    return;
  }
  const event = {
    source: 'aws.cloudwatch',
    alarmArn: alarm.arn,
    accountId: place.account,
    time: alarmTime(alarm.state.at),
    region: place.region,
    alarmData: {
      alarmName: alarm.name,
      state: stateView(alarm.state),
      previousState: stateView(previous),
      configuration: configurationView(alarm, 'm1'),
    },
  };
  await cloud.call(
    'lambda',
    'Invoke',
    {
      FunctionName: action,
      InvocationType: 'Event',
      Payload: new TextEncoder().encode(JSON.stringify(event)),
    },
    { ...place, principal: asService(place, 'lambda.alarms.cloudwatch.amazonaws.com') },
  );
};
