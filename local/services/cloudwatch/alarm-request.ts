import type {
  MetricDataQuery,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import type { EvaluationRule } from './alarm-evaluation.ts';
import { type AlarmRule, alarmNamed, alarmsIn, parseAlarmRule } from './alarm-rule.ts';
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

const BAND_COMPARISONS = [
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
];

const UNSUPPORTED = [
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

const watchedOf = (queries: readonly MetricDataQuery[], band: string | undefined): string => {
  const returned = queries.filter(({ Id, ReturnData }) => ReturnData !== false && Id !== band);
  const [only] = returned;
  if (returned.length !== 1 || !only?.Id) {
    throw validationError('Exactly one element of the metrics list should return data.');
  }
  return only.Id;
};

const bandOf = (
  queries: readonly MetricDataQuery[],
  id: string | undefined,
): string | undefined => {
  if (id === undefined) return undefined;
  const query = queries.find(({ Id }) => Id === id);
  if (/^\s*ANOMALY_DETECTION_BAND\s*\(/.test(query?.Expression ?? '')) return id;
  throw validationError(`ThresholdMetricId ${id} must be the id of an ANOMALY_DETECTION_BAND.`);
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
  if (input.ThresholdMetricId !== undefined) {
    if (!BAND_COMPARISONS.includes(input.ComparisonOperator ?? '') || threshold !== undefined) {
      throw invalidCombination(
        'An alarm with ThresholdMetricId has no Threshold, and a ComparisonOperator for a band.',
      );
    }
    // What is outside depends on the band at the time: the evaluation says.
    return { evaluationPeriods, datapointsToAlarm, treatMissingData, breaches: () => false };
  }
  if (BAND_COMPARISONS.includes(input.ComparisonOperator ?? '')) {
    throw invalidCombination(`${input.ComparisonOperator} needs a ThresholdMetricId.`);
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
  readonly band: string | undefined;
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
  const band = bandOf(list, input.ThresholdMetricId);
  const watched = watchedOf(list, band);
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
    band,
    period,
    rule: dynamo ? { ...rule, treatMissingData: 'ignore' } : rule,
  };
};

const checkSuppressor = (
  name: string,
  input: PutCompositeAlarmInput,
  exists: (alarm: string) => boolean,
): void => {
  const periods = [input.ActionsSuppressorWaitPeriod, input.ActionsSuppressorExtensionPeriod];
  if (input.ActionsSuppressor === undefined) {
    if (periods.every((period) => period === undefined)) return;
    throw validationError('ActionsSuppressor must be given with its wait and extension periods.');
  }
  const suppressor = alarmNamed(input.ActionsSuppressor);
  if (suppressor === name || !exists(suppressor)) {
    throw validationError(
      `Could not save the composite alarm as its actions suppressor ${suppressor} does not exist`,
    );
  }
  if (periods.some((period) => period === undefined || period < 0)) {
    throw validationError(
      'ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must be given with ActionsSuppressor.',
    );
  }
};

/** Checks a PutCompositeAlarm request against the alarms there are. */
export const checkCompositeAlarm = (
  input: PutCompositeAlarmInput,
  exists: (alarm: string) => boolean,
): { readonly name: string; readonly rule: AlarmRule } => {
  const name = checkName(input.AlarmName);
  if (input.ActionConfiguration !== undefined) {
    throw unsupportedField('PutCompositeAlarm', 'ActionConfiguration');
  }
  checkSuppressor(name, input, exists);
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
