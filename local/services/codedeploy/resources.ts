import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';

type Properties = Readonly<Record<string, unknown>>;

const physicalName = (given: unknown, context: ResourceContext): string =>
  typeof given === 'string'
    ? given
    : `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;

const call = (context: ResourceContext, operation: string, input: unknown): Promise<unknown> =>
  context.cloud.call('codedeploy', operation, input, context);

const NUMBERS: ReadonlySet<string> = new Set([
  'canaryInterval',
  'canaryPercentage',
  'linearInterval',
  'linearPercentage',
]);
const BOOLEANS: ReadonlySet<string> = new Set(['enabled', 'ignorePollAlarmFailure']);

const decapitalized = (key: string): string => key.charAt(0).toLowerCase() + key.slice(1);

/** CloudFormation writes CodeDeploy's properties with capitals; the API has none. */
const apiShape = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((item) => apiShape(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const lower = decapitalized(name);
        return [lower, apiShape(inner, lower)];
      }),
    );
  }
  if (typeof value !== 'string') return value;
  if (NUMBERS.has(key)) return Number(value);
  return BOOLEANS.has(key) ? value === 'true' : value;
};

const input = (properties: Properties): Record<string, unknown> =>
  apiShape(properties) as Record<string, unknown>;

const made = (physicalId: string): ResourceState => ({ physicalId, attributes: {} });

const createApplication = async (
  name: string,
  properties: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  const computePlatform = properties['ComputePlatform'];
  await call(context, 'CreateApplication', { applicationName: name, computePlatform });
  return made(name);
};

const createGroup = async (
  name: string,
  properties: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  await call(context, 'CreateDeploymentGroup', { ...input(properties), deploymentGroupName: name });
  return made(name);
};

const createConfig = async (
  name: string,
  properties: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  await call(context, 'CreateDeploymentConfig', {
    ...input(properties),
    deploymentConfigName: name,
  });
  return made(name);
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** CodeDeploy's resource types. */
export const codeDeployResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::CodeDeploy::Application': {
    create: (properties: Properties, context) =>
      createApplication(physicalName(properties['ApplicationName'], context), properties, context),
    update: (properties: Properties, previous, context) => {
      const before: Properties = previous.properties;
      if (
        same(before['ApplicationName'], properties['ApplicationName']) &&
        same(before['ComputePlatform'], properties['ComputePlatform'])
      ) {
        return made(previous.physicalId);
      }
      return createApplication(
        physicalName(properties['ApplicationName'], context),
        properties,
        context,
      );
    },
    remove: async ({ physicalId }, context) => {
      await call(context, 'DeleteApplication', { applicationName: physicalId });
    },
  },
  'AWS::CodeDeploy::DeploymentGroup': {
    create: (properties: Properties, context) =>
      createGroup(physicalName(properties['DeploymentGroupName'], context), properties, context),
    update: async (properties: Properties, previous, context) => {
      const before: Properties = previous.properties;
      if (
        !same(before['ApplicationName'], properties['ApplicationName']) ||
        !same(before['DeploymentGroupName'], properties['DeploymentGroupName'])
      ) {
        const name = physicalName(properties['DeploymentGroupName'], context);
        return createGroup(name, properties, context);
      }
      const { deploymentGroupName: _name, ...rest } = input(properties);
      await call(context, 'UpdateDeploymentGroup', {
        alarmConfiguration: { enabled: false, alarms: [] },
        autoRollbackConfiguration: { enabled: false, events: [] },
        ...rest,
        currentDeploymentGroupName: previous.physicalId,
      });
      return made(previous.physicalId);
    },
    remove: async ({ physicalId, properties }, context) => {
      const { ApplicationName: applicationName } = properties as Properties;
      await call(context, 'DeleteDeploymentGroup', {
        applicationName,
        deploymentGroupName: physicalId,
      });
    },
  },
  'AWS::CodeDeploy::DeploymentConfig': {
    create: (properties: Properties, context) =>
      createConfig(physicalName(properties['DeploymentConfigName'], context), properties, context),
    update: (properties: Properties, previous, context) =>
      same(previous.properties, properties)
        ? made(previous.physicalId)
        : createConfig(
            physicalName(properties['DeploymentConfigName'], context),
            properties,
            context,
          ),
    remove: async ({ physicalId }, context) => {
      await call(context, 'DeleteDeploymentConfig', { deploymentConfigName: physicalId });
    },
  },
};
