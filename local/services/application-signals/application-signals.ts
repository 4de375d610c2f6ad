import type {
  BatchGetServiceLevelObjectiveBudgetReportInput,
  CreateServiceLevelObjectiveInput,
  DeleteServiceLevelObjectiveInput,
  GetServiceLevelObjectiveInput,
  ListServiceLevelObjectivesInput,
  MetricDataQuery,
  ServiceLevelObjectiveBudgetReport,
  ServiceLevelObjectiveBudgetReportError,
  UpdateServiceLevelObjectiveInput,
} from '@aws-sdk/client-application-signals';
import type { GetMetricDataOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import { pageFrom, startOf } from '../paging.ts';
import type { CallContext, CloudContext, Place, Service } from '../service.ts';
import { budgetFigures, type ReadSeries } from './budget-report.ts';
import { invalid, type Objective, objectiveOf, objectiveView, sliView } from './objective.ts';

/** Application Signals of one place. */
export type ApplicationSignalsService = Service;

const unknown = (id: string): AwsError =>
  new AwsError('ResourceNotFoundException', `The service level objective ${id} does not exist.`, {
    status: 404,
  });

/** Makes Application Signals of one place. */
export const createApplicationSignals = (
  cloud: CloudContext,
  place: Place,
): ApplicationSignalsService => {
  const objectives = new Map<string, Objective>();
  const now = () => cloud.clock.now();
  const arnOf = (name: string) =>
    `arn:aws:application-signals:${place.region}:${place.account}:slo/${name}`;
  const nameIn = (id: string) => (id.startsWith('arn:') ? id.slice(id.lastIndexOf('/') + 1) : id);
  const find = (id: string): Objective | undefined => {
    const objective = objectives.get(nameIn(id));
    return id.startsWith('arn:') && objective?.arn !== id ? undefined : objective;
  };
  const get = (id: string | undefined): Objective => {
    const objective = find(id ?? '');
    if (objective) return objective;
    throw unknown(id ?? '');
  };

  /** AWS reads its customers' metrics itself: no principal's permissions are asked. */
  const read: ReadSeries = async (queries, range) => {
    const cloudWatch = cloud.service('cloudwatch', place);
    const operation = cloudWatch.operations['GetMetricData'];
    const returned = queries.find(({ ReturnData }) => ReturnData !== false)?.Id;
    const list: MetricDataQuery[] = queries.map((query) => ({
      ...query,
      ReturnData: query.Id === returned,
    }));
    const context: CallContext = {
      ...place,
      principal: { arn: 'application-signals.cloudwatch.amazonaws.com', account: place.account },
    };
    const answer = (await operation?.(
      {
        MetricDataQueries: list,
        StartTime: new Date(range.from),
        EndTime: new Date(Math.floor(range.to / 60_000) * 60_000),
      },
      context,
    )) as GetMetricDataOutput | undefined;
    return answer?.MetricDataResults?.[0]?.Values ?? [];
  };

  const report = async (id: string, at: number): Promise<ServiceLevelObjectiveBudgetReport> => {
    const objective = get(id);
    return {
      Arn: objective.arn,
      Name: objective.name,
      EvaluationType: objective.sli.kind,
      Goal: objective.goal.of,
      ...sliView(objective),
      ...(await budgetFigures(objective, at, read)),
    };
  };

  return {
    operations: {
      CreateServiceLevelObjective: (input: CreateServiceLevelObjectiveInput) => {
        const at = { arn: arnOf(input.Name ?? ''), createdAt: now(), updatedAt: now() };
        const objective = objectiveOf(input, at);
        if (objectives.has(objective.name)) {
          throw new AwsError(
            'ConflictException',
            `A service level objective ${objective.name} exists already.`,
            { status: 409 },
          );
        }
        objectives.set(objective.name, objective);
        return { Slo: objectiveView(objective) };
      },
      UpdateServiceLevelObjective: (input: UpdateServiceLevelObjectiveInput) => {
        const before = get(input.Id);
        const view = objectiveView(before);
        const changed = objectiveOf(
          {
            Name: before.name,
            Description: input.Description ?? before.description,
            Goal: input.Goal ?? view.Goal,
            ...(input.SliConfig || input.RequestBasedSliConfig
              ? { SliConfig: input.SliConfig, RequestBasedSliConfig: input.RequestBasedSliConfig }
              : configOf(before)),
            BurnRateConfigurations: input.BurnRateConfigurations,
          },
          { arn: before.arn, createdAt: before.createdAt, updatedAt: now() },
        );
        objectives.set(before.name, changed);
        return { Slo: objectiveView(changed) };
      },
      GetServiceLevelObjective: ({ Id }: GetServiceLevelObjectiveInput) => ({
        Slo: objectiveView(get(Id)),
      }),
      ListServiceLevelObjectives: (input: ListServiceLevelObjectivesInput) => {
        if (input.KeyAttributes || input.OperationName || input.DependencyConfig) {
          throw new AwsError(
            'NotImplemented',
            'the local cloud does not do application-signals:ListServiceLevelObjectives by service',
            { status: 501 },
          );
        }
        const start = startOf(input.NextToken);
        if (start === undefined) throw invalid('The NextToken is invalid.');
        const { page, next } = pageFrom([...objectives.values()], start, input.MaxResults ?? 50);
        return {
          SloSummaries: page.map((objective) => ({
            Arn: objective.arn,
            Name: objective.name,
            CreatedTime: new Date(objective.createdAt),
            EvaluationType: objective.sli.kind,
            MetricSourceType: 'CloudWatchMetric',
          })),
          ...(next.nextToken === undefined ? {} : { NextToken: next.nextToken }),
        };
      },
      DeleteServiceLevelObjective: ({ Id }: DeleteServiceLevelObjectiveInput) => {
        objectives.delete(get(Id).name);
        return {};
      },
      BatchGetServiceLevelObjectiveBudgetReport: async (
        input: BatchGetServiceLevelObjectiveBudgetReportInput,
      ) => {
        const ids = input.SloIds ?? [];
        if (ids.length < 1 || ids.length > 50) throw invalid('SloIds must have 1 to 50 members.');
        const at = input.Timestamp?.getTime() ?? now();
        const Errors: ServiceLevelObjectiveBudgetReportError[] = [];
        const Reports: ServiceLevelObjectiveBudgetReport[] = [];
        for (const id of ids) {
          if (find(id)) Reports.push(await report(id, at));
          else {
            const { name: ErrorCode, message: ErrorMessage } = unknown(id);
            const Name = nameIn(id);
            Errors.push({ Name, Arn: arnOf(Name), ErrorCode, ErrorMessage });
          }
        }
        return { Timestamp: new Date(at), Reports, Errors };
      },
    },
  };
};

const configOf = (objective: Objective) => {
  const { Sli, RequestBasedSli } = objectiveView(objective);
  return Sli
    ? {
        SliConfig: {
          SliMetricConfig: { MetricDataQueries: Sli.SliMetric?.MetricDataQueries },
          MetricThreshold: Sli.MetricThreshold,
          ComparisonOperator: Sli.ComparisonOperator,
        },
      }
    : {
        RequestBasedSliConfig: {
          RequestBasedSliMetricConfig: {
            TotalRequestCountMetric:
              RequestBasedSli?.RequestBasedSliMetric?.TotalRequestCountMetric,
            MonitoredRequestCountMetric:
              RequestBasedSli?.RequestBasedSliMetric?.MonitoredRequestCountMetric,
          },
        },
      };
};
