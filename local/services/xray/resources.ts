import type { SamplingRule } from '@aws-sdk/client-xray';
import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';

type Properties = Readonly<Record<string, unknown>>;

const call = <T>(context: ResourceContext, operation: string, input: unknown): Promise<T> =>
  context.cloud.call<T>('xray', operation, input, context);

const groupInput = (properties: Properties): Properties => {
  const { FilterExpression, InsightsConfiguration } = properties;
  return {
    ...(FilterExpression === undefined ? {} : { FilterExpression }),
    ...(InsightsConfiguration === undefined ? {} : { InsightsConfiguration }),
  };
};

const createGroup = async (
  properties: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  const GroupName =
    properties['GroupName'] ??
    `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`.slice(-32);
  const { Group } = await call<{ Group: { GroupARN: string } }>(context, 'CreateGroup', {
    GroupName,
    ...groupInput(properties),
  });
  return { physicalId: Group.GroupARN, attributes: { GroupARN: Group.GroupARN } };
};

const NUMBERS = ['Priority', 'FixedRate', 'ReservoirSize', 'Version'];

const ruleOf = (properties: Properties): Record<string, unknown> => {
  const rule = properties['SamplingRule'] as Properties;
  return Object.fromEntries(
    Object.entries(rule).map(([key, value]) => [
      key,
      NUMBERS.includes(key) ? Number(value) : value,
    ]),
  );
};

const createRule = async (
  properties: Properties,
  context: ResourceContext,
): Promise<ResourceState> => {
  const { SamplingRuleRecord } = await call<{ SamplingRuleRecord: { SamplingRule: SamplingRule } }>(
    context,
    'CreateSamplingRule',
    { SamplingRule: { Version: 1, ...ruleOf(properties) } },
  );
  const arn = SamplingRuleRecord.SamplingRule.RuleARN ?? '';
  return { physicalId: arn, attributes: { RuleARN: arn } };
};

/** X-Ray's resource types. */
export const xrayResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::XRay::Group': {
    create: createGroup,
    update: async (properties: Properties, previous, context) => {
      const before: Properties = previous.properties;
      if (before['GroupName'] !== properties['GroupName']) return createGroup(properties, context);
      await call(context, 'UpdateGroup', {
        GroupARN: previous.physicalId,
        FilterExpression: '',
        ...groupInput(properties),
      });
      return { physicalId: previous.physicalId, attributes: previous.attributes };
    },
    remove: async ({ physicalId }, context) => {
      await call(context, 'DeleteGroup', { GroupARN: physicalId });
    },
  },
  'AWS::XRay::SamplingRule': {
    create: createRule,
    update: async (properties: Properties, previous, context) => {
      const before = ruleOf(previous.properties as Properties);
      const { RuleName, Version: _version, ...rest } = ruleOf(properties);
      if (before['RuleName'] !== RuleName) return createRule(properties, context);
      await call(context, 'UpdateSamplingRule', {
        SamplingRuleUpdate: { RuleARN: previous.physicalId, ...rest },
      });
      return { physicalId: previous.physicalId, attributes: previous.attributes };
    },
    remove: async ({ physicalId }, context) => {
      await call(context, 'DeleteSamplingRule', { RuleARN: physicalId });
    },
  },
};
