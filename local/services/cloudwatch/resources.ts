import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';

type Properties = Readonly<Record<string, unknown>>;

const physicalName = (given: unknown, context: ResourceContext): string =>
  typeof given === 'string'
    ? given
    : `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;

const call = (context: ResourceContext, operation: string, input: unknown): Promise<unknown> =>
  context.cloud.call('cloudwatch', operation, input, context);

/** CloudFormation gives numbers as it finds them in the template; the API wants numbers and booleans. */
const TYPED: Readonly<Record<string, 'number' | 'boolean'>> = {
  ActionsEnabled: 'boolean',
  ActionsSuppressorExtensionPeriod: 'number',
  ActionsSuppressorWaitPeriod: 'number',
  DatapointsToAlarm: 'number',
  EvaluationPeriods: 'number',
  Period: 'number',
  ReturnData: 'boolean',
  Threshold: 'number',
};

const typed = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((item) => typed(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, typed(inner, name)]),
    );
  }
  if (typeof value !== 'string') return value;
  if (TYPED[key] === 'number') return Number(value);
  return TYPED[key] === 'boolean' ? value === 'true' : value;
};

const putAlarm = async (
  operation: 'PutMetricAlarm' | 'PutCompositeAlarm',
  name: string,
  properties: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  const input = typed(properties) as Record<string, unknown>;
  await call(context, operation, { ...input, AlarmName: name });
  const arn = `arn:aws:cloudwatch:${context.region}:${context.account}:alarm:${name}`;
  return { physicalId: name, attributes: { Arn: arn } };
};

const alarmProvider = (operation: 'PutMetricAlarm' | 'PutCompositeAlarm'): ResourceProvider => ({
  create: (properties: Properties, context) =>
    putAlarm(operation, physicalName(properties['AlarmName'], context), properties, context),
  update: (properties: Properties, previous, context) => {
    const given = properties['AlarmName'];
    const before: Properties = previous.properties;
    const name = given === before['AlarmName'] ? previous.physicalId : physicalName(given, context);
    return putAlarm(operation, name, properties, context);
  },
  remove: async ({ physicalId }, context) => {
    await call(context, 'DeleteAlarms', { AlarmNames: [physicalId] });
  },
});

const putDashboard = async (
  name: string,
  properties: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  const { DashboardBody } = properties;
  await call(context, 'PutDashboard', { DashboardName: name, DashboardBody });
  return { physicalId: name, attributes: {} };
};

const putMuteRule = async (
  properties: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  const Name = physicalName(properties['Name'], context);
  const dates = Object.fromEntries(
    ['StartDate', 'ExpireDate'].flatMap((key) => {
      const given = properties[key];
      return typeof given === 'string' ? [[key, new Date(given)]] : [];
    }),
  );
  await call(context, 'PutAlarmMuteRule', { ...properties, ...dates, Name });
  const Arn = `arn:aws:cloudwatch:${context.region}:${context.account}:alarm-mute-rule:${Name}`;
  return { physicalId: Name, attributes: { AlarmMuteRuleArn: Arn } };
};

/** CloudWatch's resource types. */
export const cloudWatchResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::CloudWatch::Alarm': alarmProvider('PutMetricAlarm'),
  'AWS::CloudWatch::CompositeAlarm': alarmProvider('PutCompositeAlarm'),
  'AWS::CloudWatch::AnomalyDetector': {
    create: async (properties: Properties, context) => {
      const answer = (await call(context, 'PutAnomalyDetector', typed(properties))) as {
        AnomalyDetectorId: string;
      };
      return { physicalId: answer.AnomalyDetectorId, attributes: { Id: answer.AnomalyDetectorId } };
    },
    remove: async ({ physicalId }, context) => {
      await call(context, 'DeleteAnomalyDetector', { AnomalyDetectorId: physicalId });
    },
  },
  'AWS::CloudWatch::AlarmMuteRule': {
    create: (properties: Properties, context) => putMuteRule(properties, context),
    update: (properties: Properties, _previous, context) => putMuteRule(properties, context),
    remove: async ({ physicalId }, context) => {
      await call(context, 'DeleteAlarmMuteRule', { AlarmMuteRuleName: physicalId });
    },
  },
  'AWS::CloudWatch::Dashboard': {
    create: (properties: Properties, context) =>
      putDashboard(physicalName(properties['DashboardName'], context), properties, context),
    update: (properties: Properties, previous, context) => {
      const before: Properties = previous.properties;
      const given = properties['DashboardName'];
      const name =
        given === before['DashboardName'] ? previous.physicalId : physicalName(given, context);
      return putDashboard(name, properties, context);
    },
    remove: async ({ physicalId }, context) => {
      await call(context, 'DeleteDashboards', { DashboardNames: [physicalId] });
    },
  },
};
