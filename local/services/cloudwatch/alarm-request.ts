import type {
  MetricDataQuery,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import type { EvaluationRule } from './alarm-evaluation.ts';
import { type AlarmRule, alarmsIn, parseAlarmRule } from './alarm-rule.ts';
import {
  invalidCombination,
  invalidParameter,
  unsupportedField,
  validationError,
} from './cloudwatch-error.ts';
import { MetricQueries } from './metric-query.ts';

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

const UNSUPPORTED = [
  'ThresholdMetricId',
  'EvaluationWindow',
  'WarmUpConfiguration',
  'EvaluationCriteria',
  'EvaluationInterval',
  'ActionConfiguration',
] as const satisfies readonly (keyof PutMetricAlarmInput)[];

const MISSING = ['breaching', 'notBreaching', 'ignore', 'missing'];
const DAY = 86_400;

const checkName = (name: string | undefined): string => {
  if (name && name.length <= 255) return name;
  throw validationError(
    `1 validation error detected: Value '${name ?? ''}' at 'alarmName' failed to satisfy constraint: Member must have length between 1 and 255`,
  );
};

const checkActions = (input: PutMetricAlarmInput | PutCompositeAlarmInput): void => {
  for (const key of ['OKActions', 'AlarmActions', 'InsufficientDataActions'] as const) {
    const actions = input[key] ?? [];
    if (actions.length > 5) {
      throw validationError(`The collection ${key} must not have a size greater than 5.`);
    }
    for (const action of actions) {
      if (!action.startsWith('arn:')) throw validationError(`Invalid arn syntax: ${action}`);
      if (!/^arn:aws[\w-]*:(sns|lambda):/.test(action)) {
        throw new AwsError(
          'NotImplemented',
          `the local cloud does not do the alarm action ${action}; it does SNS topics and Lambda functions`,
          { status: 501 },
        );
      }
    }
  }
};

const queriesOf = (name: string, input: PutMetricAlarmInput): readonly MetricDataQuery[] => {
  if (input.Metrics && input.Metrics.length > 0) {
    for (const key of [
      'MetricName',
      'Namespace',
      'Period',
      'Statistic',
      'ExtendedStatistic',
    ] as const) {
      if (input[key] !== undefined) {
        throw invalidCombination(`Metrics and ${key} must not be given together (alarm ${name}).`);
      }
    }
    return input.Metrics;
  }
  if (!input.MetricName || !input.Namespace) {
    throw validationError('Exactly one of MetricName (with Namespace) or Metrics must be given.');
  }
  if ((input.Statistic === undefined) === (input.ExtendedStatistic === undefined)) {
    throw invalidCombination('Exactly one of Statistic and ExtendedStatistic must be given.');
  }
  const unit = input.Unit === undefined ? {} : { Unit: input.Unit };
  return [
    {
      Id: 'm1',
      MetricStat: {
        Metric: {
          Namespace: input.Namespace,
          MetricName: input.MetricName,
          Dimensions: input.Dimensions,
        },
        Period: input.Period,
        Stat: input.Statistic ?? input.ExtendedStatistic,
        ...unit,
      },
      ReturnData: true,
    },
  ];
};

const watchedOf = (queries: readonly MetricDataQuery[]): string => {
  const returned = queries.filter(({ ReturnData }) => ReturnData !== false);
  const [only] = returned;
  if (returned.length !== 1 || !only?.Id) {
    throw validationError('Exactly one element of the metrics list should return data.');
  }
  return only.Id;
};

const checkAlarmPeriod = (seconds: number, evaluationPeriods: number): void => {
  if (![10, 20, 30].includes(seconds) && (seconds < 60 || seconds % 60 !== 0)) {
    throw validationError('Period must be 10, 20, 30 or a multiple of 60');
  }
  const limit = seconds >= 3_600 ? 7 * DAY : DAY;
  if (seconds * evaluationPeriods > limit) {
    throw validationError(
      `Metrics cannot be checked across more than ${limit === DAY ? 'a day' : '7 days'} (EvaluationPeriods * Period must be <= ${limit})`,
    );
  }
};

const evaluationRuleOf = (input: PutMetricAlarmInput): EvaluationRule => {
  const evaluationPeriods = input.EvaluationPeriods ?? 0;
  const datapointsToAlarm = input.DatapointsToAlarm ?? evaluationPeriods;
  const treatMissingData = input.TreatMissingData ?? 'missing';
  const threshold = input.Threshold;
  const compare = COMPARISONS[input.ComparisonOperator ?? ''];
  if (evaluationPeriods < 1) throw validationError('EvaluationPeriods must be at least 1');
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw validationError('DatapointsToAlarm must be between 1 and EvaluationPeriods');
  }
  if (!MISSING.includes(treatMissingData)) {
    throw validationError(
      `TreatMissingData was set to an unsupported value: ${treatMissingData}. Valid values: [${MISSING.join(', ')}]`,
    );
  }
  if (/Threshold$/.test(input.ComparisonOperator ?? '') && !compare) {
    throw unsupportedField('PutMetricAlarm', `ComparisonOperator ${input.ComparisonOperator}`);
  }
  if (!compare) throw invalidParameter(`Invalid ComparisonOperator ${input.ComparisonOperator}`);
  if (threshold === undefined) throw validationError('Threshold must be given');
  return {
    evaluationPeriods,
    datapointsToAlarm,
    treatMissingData,
    breaches: (value) => compare(value, threshold),
  };
};

/** What an alarm on metrics comes to once its request is checked. */
export interface CheckedMetricAlarm {
  readonly name: string;
  readonly queries: MetricQueries;
  readonly watched: string;
  /** Milliseconds. */
  readonly period: number;
  readonly rule: EvaluationRule;
}

/** Checks a PutMetricAlarm request. */
export const checkMetricAlarm = (input: PutMetricAlarmInput): CheckedMetricAlarm => {
  const name = checkName(input.AlarmName);
  for (const field of UNSUPPORTED) {
    if (input[field] !== undefined) throw unsupportedField('PutMetricAlarm', field);
  }
  if (input.EvaluateLowSampleCountPercentile === 'ignore') {
    throw unsupportedField('PutMetricAlarm', 'EvaluateLowSampleCountPercentile: ignore');
  }
  checkActions(input);
  const list = queriesOf(name, input);
  if (list.some(({ Expression }) => /\bSEARCH\s*\(/.test(Expression ?? ''))) {
    throw validationError('SEARCH is not supported on Metric Alarms.');
  }
  const queries = new MetricQueries(list);
  const watched = watchedOf(list);
  const period = queries.periodOf(watched);
  const rule = evaluationRuleOf(input);
  checkAlarmPeriod(period / 1_000, rule.evaluationPeriods);
  const metrics = queries.metricsOf(watched);
  if (metrics.length === 0) {
    throw validationError(`The expression '${watched}' must use at least one metric.`);
  }
  const dynamo = metrics.every(({ namespace }) => namespace === 'AWS/DynamoDB');
  // "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data."
  return {
    name,
    queries,
    watched,
    period,
    rule: dynamo ? { ...rule, treatMissingData: 'ignore' } : rule,
  };
};

/** Checks a PutCompositeAlarm request against the alarms there are. */
export const checkCompositeAlarm = (
  input: PutCompositeAlarmInput,
  exists: (alarm: string) => boolean,
): { readonly name: string; readonly rule: AlarmRule } => {
  const name = checkName(input.AlarmName);
  for (const field of [
    'ActionsSuppressor',
    'ActionsSuppressorWaitPeriod',
    'ActionsSuppressorExtensionPeriod',
    'ActionConfiguration',
  ] as const) {
    if (input[field] !== undefined) throw unsupportedField('PutCompositeAlarm', field);
  }
  checkActions(input);
  const rule = parseAlarmRule(input.AlarmRule ?? '');
  const children = alarmsIn(rule);
  if (children.length > 100) {
    throw validationError('AlarmRule must not contain more than 100 children');
  }
  const absent = children.filter((child) => child !== name && !exists(child));
  if (absent.length > 0) {
    throw validationError(
      `Could not save the composite alarm as alarms [${absent.join(', ')}] in the alarm rule do not exist`,
    );
  }
  if (children.includes(name)) throw validationError('AlarmRule must not contain the alarm itself');
  return { name, rule };
};
