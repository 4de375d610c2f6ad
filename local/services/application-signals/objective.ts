import type {
  CreateServiceLevelObjectiveInput,
  Goal,
  MetricDataQuery,
  ServiceLevelObjective,
} from '@aws-sdk/client-application-signals';
import { AwsError } from '../aws-error.ts';

/** A service level objective as it was made. */
export interface Objective {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly description: string | undefined;
  readonly goal: { readonly attainment: number; readonly warning: number; readonly of: Goal };
  readonly sli: PeriodBased | RequestBased;
}

/** A period is good when its value compares as asked. */
export interface PeriodBased {
  readonly kind: 'PeriodBased';
  readonly queries: readonly MetricDataQuery[];
  readonly threshold: number;
  readonly comparison: string;
}

/** Good requests, or what is left of all when bad ones are counted. */
export interface RequestBased {
  readonly kind: 'RequestBased';
  readonly total: readonly MetricDataQuery[];
  readonly counted: readonly MetricDataQuery[];
  readonly counts: 'good' | 'bad';
}

/** What Application Signals answers to a request that fails its checks. */
export const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

const notDone = (what: string): AwsError =>
  new AwsError(
    'NotImplemented',
    `the local cloud does not do application-signals:CreateServiceLevelObjective with ${what}; use MetricDataQueries of CloudWatch metrics`,
    { status: 501 },
  );

/** Whether a period's value is good. */
export const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> =
  {
    GreaterThanOrEqualTo: (value, threshold) => value >= threshold,
    GreaterThan: (value, threshold) => value > threshold,
    LessThan: (value, threshold) => value < threshold,
    LessThanOrEqualTo: (value, threshold) => value <= threshold,
  };

const goalOf = (goal: Goal | undefined): Objective['goal'] => {
  const attainment = goal?.AttainmentGoal ?? 99;
  const warning = goal?.WarningThreshold ?? 50;
  if (attainment <= 0 || attainment > 100) throw invalid('AttainmentGoal must be in (0, 100].');
  if (warning < 0 || warning > 100) throw invalid('WarningThreshold must be from 0 to 100.');
  return {
    attainment,
    warning,
    of: {
      Interval: goal?.Interval ?? { RollingInterval: { DurationUnit: 'DAY', Duration: 7 } },
      AttainmentGoal: attainment,
      WarningThreshold: warning,
    },
  };
};

const sliOf = (input: CreateServiceLevelObjectiveInput): Objective['sli'] => {
  const { SliConfig: periods, RequestBasedSliConfig: requests } = input;
  if ((periods === undefined) === (requests === undefined)) {
    throw invalid('Exactly one of SliConfig and RequestBasedSliConfig must be given.');
  }
  const metric = periods?.SliMetricConfig ?? requests?.RequestBasedSliMetricConfig;
  if (metric?.KeyAttributes || metric?.MetricType || metric?.DependencyConfig) {
    throw notDone("Application Signals' own metrics (KeyAttributes)");
  }
  if (periods) {
    const queries = periods.SliMetricConfig?.MetricDataQueries;
    if (queries === undefined) throw notDone('MetricName');
    if (periods.MetricThreshold === undefined) throw invalid('MetricThreshold must be given.');
    if (!COMPARISONS[periods.ComparisonOperator ?? '']) {
      throw invalid(`Invalid ComparisonOperator ${periods.ComparisonOperator}`);
    }
    return {
      kind: 'PeriodBased',
      queries,
      threshold: periods.MetricThreshold,
      comparison: periods.ComparisonOperator ?? '',
    };
  }
  const { TotalRequestCountMetric: total, MonitoredRequestCountMetric: monitored } =
    requests?.RequestBasedSliMetricConfig ?? {};
  const counted = monitored?.GoodCountMetric ?? monitored?.BadCountMetric;
  if (total === undefined || counted === undefined) {
    throw invalid('TotalRequestCountMetric and MonitoredRequestCountMetric must be given.');
  }
  const counts = monitored?.GoodCountMetric === undefined ? 'bad' : 'good';
  return { kind: 'RequestBased', total, counted, counts };
};

/** Checks a request and makes what it asks for. */
export const objectiveOf = (
  input: CreateServiceLevelObjectiveInput,
  at: { readonly arn: string; readonly createdAt: number; readonly updatedAt: number },
): Objective => {
  const { Name = '' } = input;
  if (!/^[0-9A-Za-z][-._0-9A-Za-z ]{0,126}[0-9A-Za-z]$/.test(Name)) {
    throw invalid(`Invalid name ${Name}`);
  }
  if (input.BurnRateConfigurations?.length) throw notDone('BurnRateConfigurations');
  return {
    ...at,
    name: Name,
    description: input.Description,
    goal: goalOf(input.Goal),
    sli: sliOf(input),
  };
};

/** The indicator of an objective as answers carry it. */
export const sliView = ({ sli }: Objective) =>
  sli.kind === 'PeriodBased'
    ? {
        Sli: {
          SliMetric: { MetricDataQueries: [...sli.queries] },
          MetricThreshold: sli.threshold,
          ComparisonOperator: sli.comparison as 'LessThan',
        },
      }
    : {
        RequestBasedSli: {
          RequestBasedSliMetric: {
            TotalRequestCountMetric: [...sli.total],
            MonitoredRequestCountMetric:
              sli.counts === 'good'
                ? { GoodCountMetric: [...sli.counted] }
                : { BadCountMetric: [...sli.counted] },
          },
        },
      };

/** An objective as answers carry it. */
export const objectiveView = (objective: Objective): ServiceLevelObjective => ({
  Arn: objective.arn,
  Name: objective.name,
  ...(objective.description === undefined ? {} : { Description: objective.description }),
  CreatedTime: new Date(objective.createdAt),
  LastUpdatedTime: new Date(objective.updatedAt),
  EvaluationType: objective.sli.kind,
  Goal: objective.goal.of,
  MetricSourceType: 'CloudWatchMetric',
  ...sliView(objective),
});
