import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';
import type { BalancerService } from './balancer-service.ts';

type Properties = Readonly<Record<string, unknown>>;

const call = <T>(context: ResourceContext, operation: string, input: unknown): Promise<T> =>
  context.cloud.call<T>('elasticloadbalancingv2', operation, input, context);

const service = (context: ResourceContext): BalancerService =>
  context.cloud.service<BalancerService>('elasticloadbalancingv2', context);

/** Templates carry some numbers and booleans as strings. */
const number = (value: unknown): number | undefined =>
  value === undefined ? undefined : Number(value);

/** Drops what the template leaves out, so that inputs have no undefined members. */
const given = (input: Properties): Properties =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));

const without = (properties: Properties, ...names: string[]): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));

const generatedName = (context: ResourceContext): string =>
  `${context.stackName.slice(0, 10)}-${context.logicalId.slice(0, 8)}-${context.cloud.token(12).toUpperCase()}`.replace(
    /[^A-Za-z0-9-]/g,
    '',
  );

const changed = (before: Properties, after: Properties, names: readonly string[]): boolean =>
  names.some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));

/** Actions of a template: weights and durations as numbers. */
const actions = (given: unknown): unknown =>
  JSON.parse(JSON.stringify(given), (key, value) =>
    ['Weight', 'Order', 'DurationSeconds'].includes(key) ? Number(value) : value,
  );

const loadBalancerState = (context: ResourceContext, arn: string): ResourceState => {
  const { settings, fullName } = service(context).state.loadBalancer(arn);
  return {
    physicalId: arn,
    attributes: {
      LoadBalancerArn: arn,
      LoadBalancerFullName: fullName,
      LoadBalancerName: settings.LoadBalancerName,
      DNSName: settings.DNSName,
      CanonicalHostedZoneID: settings.CanonicalHostedZoneId,
      SecurityGroups: settings.SecurityGroups,
    },
  };
};

const loadBalancer: ResourceProvider = {
  create: async (properties: Properties, context) => {
    const { LoadBalancers } = await call<{ LoadBalancers: { LoadBalancerArn: string }[] }>(
      context,
      'CreateLoadBalancer',
      given({
        ...without(properties, 'LoadBalancerAttributes'),
        Name: properties['Name'] ?? generatedName(context),
      }),
    );
    const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? '';
    await call(context, 'ModifyLoadBalancerAttributes', {
      LoadBalancerArn,
      Attributes: properties['LoadBalancerAttributes'] ?? [],
    });
    return loadBalancerState(context, LoadBalancerArn);
  },
  update: async (properties: Properties, previous, context) => {
    if (changed(previous.properties, properties, ['Name', 'Scheme', 'Type'])) {
      return loadBalancer.create(properties, context);
    }
    await call(context, 'ModifyLoadBalancerAttributes', {
      LoadBalancerArn: previous.physicalId,
      Attributes: properties['LoadBalancerAttributes'] ?? [],
    });
    return loadBalancerState(context, previous.physicalId);
  },
  remove: async (previous, context) => {
    await call(context, 'DeleteLoadBalancer', { LoadBalancerArn: previous.physicalId });
  },
};

const listenerInput = (properties: Properties): Properties =>
  given({
    Port: number(properties['Port']),
    Protocol: properties['Protocol'],
    Certificates: properties['Certificates'],
    SslPolicy: properties['SslPolicy'],
    DefaultActions: actions(properties['DefaultActions']),
  });

const listener: ResourceProvider = {
  create: async (properties: Properties, context) => {
    const { Listeners } = await call<{ Listeners: { ListenerArn: string }[] }>(
      context,
      'CreateListener',
      {
        LoadBalancerArn: properties['LoadBalancerArn'],
        ...listenerInput(properties),
      },
    );
    const ListenerArn = Listeners[0]?.ListenerArn ?? '';
    return { physicalId: ListenerArn, attributes: { ListenerArn } };
  },
  update: async (properties: Properties, previous, context) => {
    if (changed(previous.properties, properties, ['LoadBalancerArn'])) {
      return listener.create(properties, context);
    }
    await call(context, 'ModifyListener', {
      ListenerArn: previous.physicalId,
      ...listenerInput(properties),
    });
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: async (previous, context) => {
    if (!service(context).state.listeners.has(previous.physicalId)) return;
    await call(context, 'DeleteListener', { ListenerArn: previous.physicalId });
  },
};

const listenerRule: ResourceProvider = {
  create: async (properties: Properties, context) => {
    const { Rules } = await call<{ Rules: { RuleArn: string }[] }>(context, 'CreateRule', {
      ListenerArn: properties['ListenerArn'],
      Priority: number(properties['Priority']),
      Conditions: properties['Conditions'],
      Actions: actions(properties['Actions']),
      ...given({ Transforms: properties['Transforms'] }),
    });
    const RuleArn = Rules[0]?.RuleArn ?? '';
    return { physicalId: RuleArn, attributes: { RuleArn, IsDefault: false } };
  },
  update: async (properties: Properties, previous, context) => {
    if (changed(previous.properties, properties, ['ListenerArn'])) {
      return listenerRule.create(properties, context);
    }
    // CloudFormation sends the template's actions, whatever the rule has come to since.
    await call(context, 'ModifyRule', {
      RuleArn: previous.physicalId,
      Conditions: properties['Conditions'],
      Actions: actions(properties['Actions']),
    });
    if (changed(previous.properties, properties, ['Priority'])) {
      await call(context, 'SetRulePriorities', {
        RulePriorities: [
          { RuleArn: previous.physicalId, Priority: number(properties['Priority']) },
        ],
      });
    }
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: async (previous, context) => {
    if (!service(context).state.rules.has(previous.physicalId)) return;
    await call(context, 'DeleteRule', { RuleArn: previous.physicalId });
  },
};

const healthCheck = (properties: Properties): Properties =>
  given({
    HealthCheckEnabled: properties['HealthCheckEnabled'],
    HealthCheckIntervalSeconds: number(properties['HealthCheckIntervalSeconds']),
    HealthCheckPath: properties['HealthCheckPath'],
    HealthCheckPort: properties['HealthCheckPort'],
    HealthCheckProtocol: properties['HealthCheckProtocol'],
    HealthCheckTimeoutSeconds: number(properties['HealthCheckTimeoutSeconds']),
    HealthyThresholdCount: number(properties['HealthyThresholdCount']),
    UnhealthyThresholdCount: number(properties['UnhealthyThresholdCount']),
    Matcher: properties['Matcher'],
  });

const targetGroupState = (context: ResourceContext, arn: string): ResourceState => {
  const { state } = service(context);
  const { fullName, settings } = state.targetGroup(arn);
  const attached = state.loadBalancerOf(arn);
  return {
    physicalId: arn,
    attributes: {
      TargetGroupArn: arn,
      TargetGroupFullName: fullName,
      TargetGroupName: settings.TargetGroupName,
      LoadBalancerArns: attached ? [attached.arn] : [],
    },
  };
};

const writeGroup = async (properties: Properties, context: ResourceContext, arn: string) => {
  await call(context, 'ModifyTargetGroupAttributes', {
    TargetGroupArn: arn,
    Attributes: properties['TargetGroupAttributes'] ?? [],
  });
  const Targets = properties['Targets'];
  if (Array.isArray(Targets) && Targets.length > 0) {
    await call(context, 'RegisterTargets', { TargetGroupArn: arn, Targets });
  }
};

const targetGroup: ResourceProvider = {
  create: async (properties: Properties, context) => {
    const { TargetGroups } = await call<{ TargetGroups: { TargetGroupArn: string }[] }>(
      context,
      'CreateTargetGroup',
      given({
        Name: properties['Name'] ?? generatedName(context),
        Port: number(properties['Port']),
        Protocol: properties['Protocol'],
        ProtocolVersion: properties['ProtocolVersion'],
        VpcId: properties['VpcId'],
        TargetType: properties['TargetType'],
        IpAddressType: properties['IpAddressType'],
        Tags: properties['Tags'],
        ...healthCheck(properties),
      }),
    );
    const arn = TargetGroups[0]?.TargetGroupArn ?? '';
    await writeGroup(properties, context, arn);
    return targetGroupState(context, arn);
  },
  update: async (properties: Properties, previous, context) => {
    const replacing = [
      'Name',
      'Port',
      'Protocol',
      'ProtocolVersion',
      'TargetType',
      'VpcId',
      'IpAddressType',
    ];
    if (changed(previous.properties, properties, replacing)) {
      return targetGroup.create(properties, context);
    }
    await call(context, 'ModifyTargetGroup', {
      TargetGroupArn: previous.physicalId,
      ...healthCheck(properties),
    });
    await writeGroup(properties, context, previous.physicalId);
    return targetGroupState(context, previous.physicalId);
  },
  remove: async (previous, context) => {
    await call(context, 'DeleteTargetGroup', { TargetGroupArn: previous.physicalId });
  },
};

/** Resource types of Elastic Load Balancing. */
export const balancerResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancer,
  'AWS::ElasticLoadBalancingV2::Listener': listener,
  'AWS::ElasticLoadBalancingV2::ListenerRule': listenerRule,
  'AWS::ElasticLoadBalancingV2::TargetGroup': targetGroup,
};
