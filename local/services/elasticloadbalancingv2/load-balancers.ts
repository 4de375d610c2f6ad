import type {
  CreateListenerCommandInput,
  CreateLoadBalancerCommandInput,
  DescribeListenersCommandInput,
  DescribeLoadBalancersCommandInput,
  Listener,
  LoadBalancerAttribute,
  ModifyListenerCommandInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { answerAtDnsName } from '../../traffic/front-door.ts';
import { serveHost } from '../../traffic/hosting.ts';
import { AwsError } from '../aws-error.ts';
import type { Operation } from '../service.ts';
import { normalizedActions } from './actions.ts';
import {
  changeAttributes,
  defaults,
  described,
  listenerAttributes,
  loadBalancerAttributes,
} from './attributes.ts';
import { notFound, unsupportedField, validationError } from './errors.ts';
import { page } from './page.ts';
import type { BalancerState, ListenerRecord, LoadBalancerRecord, RuleRecord } from './state.ts';
import { putTags } from './tags.ts';

const name = /^(?!internal-)(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/;

/** Operations on load balancers and listeners. */
export const loadBalancerOperations = (state: BalancerState): Record<string, Operation> => ({
  CreateLoadBalancer: (input: CreateLoadBalancerCommandInput) => {
    const record = created(state, input);
    return { LoadBalancers: [record.settings] };
  },

  DescribeLoadBalancers: (input: DescribeLoadBalancersCommandInput) => {
    if (input.LoadBalancerArns && input.Names) {
      throw validationError(
        'Load balancer names and load balancer ARNs cannot be specified at the same time',
      );
    }
    let records = [...state.loadBalancers.values()];
    if (input.LoadBalancerArns)
      records = input.LoadBalancerArns.map((arn) => state.loadBalancer(arn));
    if (input.Names) {
      const missing = input.Names.filter(
        (wanted) => !records.some((record) => named(record, wanted)),
      );
      if (missing.length > 0) throw notFound.loadBalancerNames(missing);
      records = records.filter((record) => input.Names?.some((wanted) => named(record, wanted)));
    }
    return page('LoadBalancers', records, input, (record) => record.settings);
  },

  DeleteLoadBalancer: (input: { LoadBalancerArn?: string }) => {
    const record = state.loadBalancers.get(input.LoadBalancerArn ?? '');
    if (record === undefined) return {};
    if (record.attributes.get('deletion_protection.enabled') === 'true') {
      throw new AwsError(
        'OperationNotPermittedException',
        `Load balancer '${record.arn}' cannot be deleted because deletion protection is enabled`,
      );
    }
    for (const listener of [...record.listeners]) removeListener(state, listener);
    state.loadBalancers.delete(record.arn);
    record.release();
    state.tags.delete(record.arn);
    return {};
  },

  DescribeLoadBalancerAttributes: (input: { LoadBalancerArn?: string }) => ({
    Attributes: described(state.loadBalancer(input.LoadBalancerArn).attributes),
  }),

  ModifyLoadBalancerAttributes: (input: {
    LoadBalancerArn?: string;
    Attributes?: LoadBalancerAttribute[];
  }) => ({
    Attributes: changeAttributes(
      state.loadBalancer(input.LoadBalancerArn).attributes,
      loadBalancerAttributes,
      input.Attributes,
      'ModifyLoadBalancerAttributes',
    ),
  }),

  CreateListener: (input: CreateListenerCommandInput) => {
    const loadBalancer = state.loadBalancer(input.LoadBalancerArn);
    const settings = checkedListener(input, 'CreateListener');
    if (loadBalancer.listeners.some((listener) => listener.settings.Port === settings.Port)) {
      throw new AwsError(
        'DuplicateListenerException',
        `A listener already exists on this port for this load balancer '${loadBalancer.arn}'`,
      );
    }
    const actions = normalizedActions(state, loadBalancer, input.DefaultActions, 'CreateListener');
    const arn = `${loadBalancer.arn.replace(':loadbalancer/', ':listener/')}/${state.newId()}`;
    const listener: ListenerRecord = {
      arn,
      loadBalancer,
      settings: { ListenerArn: arn, LoadBalancerArn: loadBalancer.arn, ...settings },
      attributes: defaults(listenerAttributes),
      rules: [],
      defaultRule: undefined as never,
    };
    const defaultRule: RuleRecord = {
      arn: `${arn.replace(':listener/', ':listener-rule/')}/${state.newId()}`,
      listener,
      priority: 'default',
      conditions: [],
      actions,
    };
    Object.assign(listener, { defaultRule });
    loadBalancer.listeners.push(listener);
    state.listeners.set(arn, listener);
    state.rules.set(defaultRule.arn, defaultRule);
    putTags(state, arn, input.Tags);
    state.onRoutingChange();
    return { Listeners: [describedListener(listener)] };
  },

  ModifyListener: (input: ModifyListenerCommandInput) => {
    const listener = state.listener(input.ListenerArn);
    const { DefaultActions, ListenerArn: _, ...changes } = input;
    const settings = checkedListener({ ...listener.settings, ...changes }, 'ModifyListener');
    const actions =
      DefaultActions &&
      normalizedActions(state, listener.loadBalancer, DefaultActions, 'ModifyListener');
    const taken = listener.loadBalancer.listeners.some(
      (other) => other !== listener && other.settings.Port === settings.Port,
    );
    if (taken) {
      throw new AwsError(
        'DuplicateListenerException',
        `A listener already exists on this port for this load balancer '${listener.loadBalancer.arn}'`,
      );
    }
    Object.assign(listener.settings, settings);
    if (actions) listener.defaultRule.actions = actions;
    state.onRoutingChange();
    return { Listeners: [describedListener(listener)] };
  },

  DeleteListener: (input: { ListenerArn?: string }) => {
    removeListener(state, state.listener(input.ListenerArn));
    return {};
  },

  DescribeListeners: (input: DescribeListenersCommandInput) => {
    if (!input.LoadBalancerArn && !input.ListenerArns) {
      throw validationError('You must specify either listener ARNs or a load balancer ARN');
    }
    const records = input.ListenerArns
      ? input.ListenerArns.map((arn) => state.listener(arn))
      : state.loadBalancer(input.LoadBalancerArn).listeners;
    return page('Listeners', records, input, describedListener);
  },

  DescribeListenerAttributes: (input: { ListenerArn?: string }) => ({
    Attributes: described(state.listener(input.ListenerArn).attributes),
  }),
});

const named = (record: LoadBalancerRecord, wanted: string): boolean =>
  record.settings.LoadBalancerName === wanted;

const created = (
  state: BalancerState,
  input: CreateLoadBalancerCommandInput,
): LoadBalancerRecord => {
  if ((input.Type ?? 'application') !== 'application') {
    throw unsupportedField('CreateLoadBalancer', `Type '${input.Type}'`);
  }
  for (const field of ['CustomerOwnedIpv4Pool', 'IpamPools'] as const) {
    if (input[field] !== undefined) throw unsupportedField('CreateLoadBalancer', field);
  }
  const wanted = input.Name ?? '';
  if (!name.test(wanted)) {
    throw validationError(
      `The load balancer name '${wanted}' can only contain characters that are alphanumeric characters or hyphens(-), 1 to 32 of them, and must not begin or end with a hyphen`,
    );
  }
  const same = [...state.loadBalancers.values()].find((record) => named(record, wanted));
  if (same) {
    throw new AwsError(
      'DuplicateLoadBalancerNameException',
      `A load balancer with the same name '${wanted}' exists, but with different settings`,
    );
  }
  const subnets =
    input.Subnets ?? input.SubnetMappings?.map((mapping) => mapping.SubnetId ?? '') ?? [];
  if (subnets.length < 2) {
    throw validationError(
      'At least two subnets in two different Availability Zones must be specified',
    );
  }
  const id = state.newId();
  const fullName = `app/${wanted}/${id}`;
  const arn = state.arn(`loadbalancer/${fullName}`);
  const scheme = input.Scheme ?? 'internet-facing';
  const dns = `${scheme === 'internal' ? 'internal-' : ''}${wanted}-${Number.parseInt(id.slice(0, 8), 16)}`;
  const record: LoadBalancerRecord = {
    arn,
    fullName,
    settings: {
      LoadBalancerArn: arn,
      DNSName: `${dns}.${state.place.region}.elb.amazonaws.com`.toLowerCase(),
      CanonicalHostedZoneId: 'Z32O12XQLNTSW2',
      CreatedTime: new Date(state.cloud.clock.now()),
      LoadBalancerName: wanted,
      Scheme: scheme,
      VpcId: 'vpc-0a1b2c3d4e5f60718',
      State: { Code: 'active' },
      Type: 'application',
      AvailabilityZones: subnets.map((SubnetId, index) => ({
        ZoneName: `${state.place.region}${'abc'[index % 3]}`,
        SubnetId,
        LoadBalancerAddresses: [],
      })),
      SecurityGroups: input.SecurityGroups ?? [],
      IpAddressType: input.IpAddressType ?? 'ipv4',
    },
    attributes: defaults(loadBalancerAttributes),
    listeners: [],
    release: () => {},
  };
  state.loadBalancers.set(arn, record);
  putTags(state, arn, input.Tags);
  const { cloud, place } = state;
  record.release = serveHost(cloud, record.settings.DNSName ?? '', (url, init) =>
    answerAtDnsName({ cloud, place, loadBalancerArn: arn }, url, init),
  );
  return record;
};

const checkedListener = (
  input: Omit<CreateListenerCommandInput, 'DefaultActions' | 'LoadBalancerArn'>,
  operation: string,
): Listener => {
  const { Port, Protocol, Certificates, SslPolicy } = input;
  if (input.MutualAuthentication?.Mode !== undefined && input.MutualAuthentication.Mode !== 'off') {
    throw unsupportedField(operation, 'MutualAuthentication');
  }
  if (Port === undefined || Port < 1 || Port > 65_535) {
    throw validationError(`A listener port must be between 1 and 65535, got '${Port ?? ''}'`);
  }
  if (Protocol !== 'HTTP' && Protocol !== 'HTTPS') {
    throw validationError(
      `Listener protocol '${Protocol ?? ''}' must be one of 'HTTPS, HTTP' for an application load balancer`,
    );
  }
  if (Protocol === 'HTTPS' && !Certificates?.length) {
    throw new AwsError(
      'CertificateNotFoundException',
      'A certificate must be specified for HTTPS listeners',
    );
  }
  return {
    Port,
    Protocol,
    ...(Protocol === 'HTTPS'
      ? { Certificates, SslPolicy: SslPolicy ?? 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09' }
      : {}),
  };
};

const removeListener = (state: BalancerState, listener: ListenerRecord): void => {
  const { listeners } = listener.loadBalancer;
  listeners.splice(listeners.indexOf(listener), 1);
  state.listeners.delete(listener.arn);
  for (const rule of [listener.defaultRule, ...listener.rules]) {
    state.rules.delete(rule.arn);
    state.tags.delete(rule.arn);
  }
  state.tags.delete(listener.arn);
  state.onRoutingChange();
};

const describedListener = (listener: ListenerRecord): Listener => ({
  ...listener.settings,
  DefaultActions: [...listener.defaultRule.actions],
});
