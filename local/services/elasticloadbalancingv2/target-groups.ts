import type {
  CreateTargetGroupCommandInput,
  DescribeTargetGroupsCommandInput,
  DescribeTargetHealthCommandInput,
  ModifyTargetGroupCommandInput,
  TargetDescription,
  TargetGroup,
  TargetGroupAttribute,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../aws-error.ts';
import type { Operation } from '../service.ts';
import { changeAttributes, defaults, described, targetGroupAttributes } from './attributes.ts';
import { notFound, unsupportedField, validationError } from './errors.ts';
import { page } from './page.ts';
import type { BalancerState, TargetGroupRecord, TargetRecord } from './state.ts';
import { putTags } from './tags.ts';
import type { TargetHealth } from './target-health.ts';

/** Operations on target groups and the targets in them. */
export const targetGroupOperations = (
  state: BalancerState,
  health: TargetHealth,
): Record<string, Operation> => ({
  CreateTargetGroup: (input: CreateTargetGroupCommandInput) => {
    const record = created(state, input);
    return { TargetGroups: [describedGroup(state, record)] };
  },

  ModifyTargetGroup: (input: ModifyTargetGroupCommandInput) => {
    const group = state.targetGroup(input.TargetGroupArn);
    const { TargetGroupArn: _, ...changes } = input;
    const settings = { ...group.settings, ...changes };
    assertHealthCheck(settings);
    Object.assign(group.settings, settings);
    health.recheck(group);
    return { TargetGroups: [describedGroup(state, group)] };
  },

  DeleteTargetGroup: (input: { TargetGroupArn?: string }) => {
    const group = state.targetGroups.get(input.TargetGroupArn ?? '');
    if (group === undefined) return {};
    if (state.loadBalancerOf(group.arn) !== undefined) {
      throw new AwsError(
        'ResourceInUseException',
        `Target group '${group.arn}' is currently in use by a listener or a rule`,
      );
    }
    for (const target of [...group.targets.values()]) health.forget(group, target);
    state.targetGroups.delete(group.arn);
    state.tags.delete(group.arn);
    return {};
  },

  DescribeTargetGroups: (input: DescribeTargetGroupsCommandInput) => {
    let records = [...state.targetGroups.values()];
    if (input.LoadBalancerArn) {
      const loadBalancer = state.loadBalancer(input.LoadBalancerArn);
      records = records.filter((group) => state.loadBalancerOf(group.arn) === loadBalancer);
    }
    if (input.TargetGroupArns) records = input.TargetGroupArns.map((arn) => state.targetGroup(arn));
    if (input.Names) {
      records = input.Names.map((name) => {
        const found = records.find((group) => group.settings.TargetGroupName === name);
        if (found === undefined) throw notFound.targetGroup();
        return found;
      });
    }
    return page('TargetGroups', records, input, (group) => describedGroup(state, group));
  },

  DescribeTargetGroupAttributes: (input: { TargetGroupArn?: string }) => ({
    Attributes: described(state.targetGroup(input.TargetGroupArn).attributes),
  }),

  ModifyTargetGroupAttributes: (input: {
    TargetGroupArn?: string;
    Attributes?: TargetGroupAttribute[];
  }) => ({
    Attributes: changeAttributes(
      state.targetGroup(input.TargetGroupArn).attributes,
      targetGroupAttributes,
      input.Attributes,
      'ModifyTargetGroupAttributes',
    ),
  }),

  RegisterTargets: (input: { TargetGroupArn?: string; Targets?: TargetDescription[] }) => {
    const group = state.targetGroup(input.TargetGroupArn);
    const targets = checkedTargets(group, input.Targets);
    for (const target of targets) health.register(group, target);
    return {};
  },

  DeregisterTargets: (input: { TargetGroupArn?: string; Targets?: TargetDescription[] }) => {
    const group = state.targetGroup(input.TargetGroupArn);
    for (const target of checkedTargets(group, input.Targets)) {
      const registered = group.targets.get(targetKey(target));
      if (registered) health.deregister(group, registered);
    }
    return {};
  },

  DescribeTargetHealth: (input: DescribeTargetHealthCommandInput) => {
    if (input.Include?.length) throw unsupportedField('DescribeTargetHealth', 'Include');
    const group = state.targetGroup(input.TargetGroupArn);
    const wanted = input.Targets && checkedTargets(group, input.Targets);
    const described = wanted
      ? wanted.map((target) => {
          const registered = group.targets.get(targetKey(target));
          return registered ? describedTarget(group, registered) : notRegistered(target);
        })
      : [...group.targets.values()].map((target) => describedTarget(group, target));
    return { TargetHealthDescriptions: described };
  },
});

/** How a target is told from the others of its group. */
export const targetKey = (target: { id: string; port: number }): string =>
  `${target.id}:${target.port}`;

type CheckedTarget = Pick<TargetRecord, 'id' | 'port' | 'availabilityZone'>;

const checkedTargets = (
  group: TargetGroupRecord,
  targets: readonly TargetDescription[] | undefined,
): CheckedTarget[] => {
  if (!targets?.length) throw validationError('At least one target must be specified');
  return targets.map(({ Id = '', Port, AvailabilityZone }) => {
    if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(Id)) {
      throw validationError(`The IP address '${Id}' is not a valid IPv4 address`);
    }
    return { id: Id, port: Port ?? group.settings.Port ?? 80, availabilityZone: AvailabilityZone };
  });
};

const created = (state: BalancerState, input: CreateTargetGroupCommandInput): TargetGroupRecord => {
  const name = input.Name ?? '';
  if (!/^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/.test(name)) {
    throw validationError(
      `Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-), 1 to 32 of them, and must not begin or end with a hyphen`,
    );
  }
  if (input.TargetType !== 'ip') {
    throw unsupportedField('CreateTargetGroup', `TargetType '${input.TargetType ?? 'instance'}'`);
  }
  if (input.Protocol !== 'HTTP') {
    throw unsupportedField('CreateTargetGroup', `Protocol '${input.Protocol ?? ''}'`);
  }
  if ([...state.targetGroups.values()].some((group) => group.settings.TargetGroupName === name)) {
    throw new AwsError(
      'DuplicateTargetGroupNameException',
      `A target group with the same name '${name}' exists, but with different settings`,
    );
  }
  const fullName = `targetgroup/${name}/${state.newId()}`;
  const settings: TargetGroup = {
    TargetGroupArn: state.arn(fullName),
    TargetGroupName: name,
    Protocol: 'HTTP',
    ProtocolVersion: input.ProtocolVersion ?? 'HTTP1',
    Port: input.Port ?? 80,
    VpcId: input.VpcId,
    TargetType: 'ip',
    IpAddressType: input.IpAddressType ?? 'ipv4',
    HealthCheckEnabled: input.HealthCheckEnabled ?? true,
    HealthCheckProtocol: input.HealthCheckProtocol ?? 'HTTP',
    HealthCheckPort: input.HealthCheckPort ?? 'traffic-port',
    HealthCheckPath: input.HealthCheckPath ?? '/',
    HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? 30,
    HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? 5,
    HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2,
    Matcher: { HttpCode: input.Matcher?.HttpCode ?? '200' },
  };
  assertHealthCheck(settings);
  const record: TargetGroupRecord = {
    arn: state.arn(fullName),
    fullName,
    settings,
    attributes: defaults(targetGroupAttributes),
    targets: new Map(),
    turn: 0,
  };
  state.targetGroups.set(record.arn, record);
  putTags(state, record.arn, input.Tags);
  return record;
};

const assertHealthCheck = (settings: TargetGroup): void => {
  const limits = {
    HealthCheckIntervalSeconds: [5, 300],
    HealthCheckTimeoutSeconds: [2, 120],
    HealthyThresholdCount: [2, 10],
    UnhealthyThresholdCount: [2, 10],
  } as const;
  for (const [key, [min, max]] of Object.entries(limits)) {
    const value = settings[key as keyof typeof limits] ?? 0;
    if (value < min || value > max) {
      throw validationError(`${key} '${value}' must be between ${min} and ${max}`);
    }
  }
  if ((settings.HealthCheckTimeoutSeconds ?? 0) >= (settings.HealthCheckIntervalSeconds ?? 0)) {
    throw validationError(
      `Health check timeout '${settings.HealthCheckTimeoutSeconds}' must be smaller than the interval '${settings.HealthCheckIntervalSeconds}'`,
    );
  }
};

const describedGroup = (state: BalancerState, group: TargetGroupRecord): TargetGroup => {
  const loadBalancer = state.loadBalancerOf(group.arn);
  return { ...group.settings, LoadBalancerArns: loadBalancer ? [loadBalancer.arn] : [] };
};

const describedTarget = (
  group: TargetGroupRecord,
  target: TargetRecord,
): TargetHealthDescription => {
  const port = group.settings.HealthCheckPort;
  return {
    Target: {
      Id: target.id,
      Port: target.port,
      ...(target.availabilityZone ? { AvailabilityZone: target.availabilityZone } : {}),
    },
    HealthCheckPort: port === 'traffic-port' ? String(target.port) : port,
    TargetHealth: {
      State: target.state,
      ...(target.reason ? { Reason: target.reason as never } : {}),
      ...(target.description ? { Description: target.description } : {}),
    },
  };
};

const notRegistered = (target: CheckedTarget): TargetHealthDescription => ({
  Target: { Id: target.id, Port: target.port },
  TargetHealth: {
    State: 'unused',
    Reason: 'Target.NotRegistered',
    Description: 'Target is not registered to the target group',
  },
});
