import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';

type Properties = Readonly<Record<string, unknown>>;

interface Sli {
  readonly SliMetric?: unknown;
  readonly RequestBasedSliMetric?: unknown;
}

/** CloudFormation calls the indicators as answers do, the API's requests call them configurations. */
const inputOf = ({ Sli: sli, RequestBasedSli: requests, ...rest }: Properties): Properties => {
  const period = sli as Sli | undefined;
  const byRequest = requests as Sli | undefined;
  if (rest['ExclusionWindows'] !== undefined) {
    throw new Error('the local cloud does not do ExclusionWindows of a service level objective');
  }
  return {
    ...rest,
    Goal: datesIn(rest['Goal']),
    ...(period === undefined
      ? {}
      : { SliConfig: { ...period, SliMetricConfig: period.SliMetric } }),
    ...(byRequest === undefined
      ? {}
      : {
          RequestBasedSliConfig: {
            ...byRequest,
            RequestBasedSliMetricConfig: byRequest.RequestBasedSliMetric,
          },
        }),
  };
};

/** A template gives the first interval's start as epoch seconds. */
const datesIn = (goal: unknown): unknown => {
  const given = goal as { Interval?: { CalendarInterval?: { StartTime?: number } } } | undefined;
  const calendar = given?.Interval?.CalendarInterval;
  if (calendar?.StartTime === undefined) return goal;
  const StartTime = new Date(Number(calendar.StartTime) * 1000);
  return { ...given, Interval: { CalendarInterval: { ...calendar, StartTime } } };
};

const stateOf = async (
  operation: 'CreateServiceLevelObjective' | 'UpdateServiceLevelObjective',
  input: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  const { Slo } = await context.cloud.call<{
    Slo: { Arn: string; EvaluationType: string; CreatedTime: Date; LastUpdatedTime: Date };
  }>('applicationsignals', operation, input, context);
  return {
    physicalId: Slo.Arn,
    attributes: {
      Arn: Slo.Arn,
      EvaluationType: Slo.EvaluationType,
      CreatedTime: Slo.CreatedTime.getTime() / 1000,
      LastUpdatedTime: Slo.LastUpdatedTime.getTime() / 1000,
    },
  };
};

/** Application Signals' resource types. */
export const applicationSignalsResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::ApplicationSignals::ServiceLevelObjective': {
    create: (properties: Properties, context) =>
      stateOf('CreateServiceLevelObjective', inputOf(properties), context),
    update: (properties: Properties, previous, context) => {
      const before: Properties = previous.properties;
      return properties['Name'] === before['Name']
        ? stateOf(
            'UpdateServiceLevelObjective',
            { ...inputOf(properties), Id: previous.physicalId },
            context,
          )
        : stateOf('CreateServiceLevelObjective', inputOf(properties), context);
    },
    remove: async ({ physicalId }, context) => {
      await context.cloud.call(
        'applicationsignals',
        'DeleteServiceLevelObjective',
        { Id: physicalId },
        context,
      );
    },
  },
};
