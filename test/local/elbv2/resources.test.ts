import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import type { ResourceContext, ResourceProvider } from '../../../local/services/service.ts';
import { context, place, testCloud } from '../traffic/test-cloud.ts';

const launch = () => {
  const world = testCloud({ clock: new VirtualClock(Date.UTC(2026, 0, 1)) });
  const at = (logicalId: string): ResourceContext => ({
    ...context,
    stackName: 'shop',
    stackId: 'arn:aws:cloudformation:eu-west-1:333333333333:stack/shop/1',
    logicalId,
    cloud: world.cloud,
  });
  const provider = (type: string): ResourceProvider => {
    const found = world.cloud.provider(type);
    if (found === undefined) throw new Error(`no provider of ${type}`);
    return found;
  };
  const create = (type: string, properties: object) =>
    provider(`AWS::${type}`).create(properties, at('Thing'));
  return { world, at, provider, create };
};

const elb = 'ElasticLoadBalancingV2';

const route = async () => {
  const base = launch();
  const loadBalancer = await base.create(`${elb}::LoadBalancer`, {
    Subnets: ['subnet-1', 'subnet-2'],
    Scheme: 'internal',
    LoadBalancerAttributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '30' }],
  });
  const group = await base.create(`${elb}::TargetGroup`, {
    Name: 'blue',
    Port: '8080',
    Protocol: 'HTTP',
    TargetType: 'ip',
    VpcId: 'vpc-1',
    TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }],
  });
  const listener = await base.create(`${elb}::Listener`, {
    LoadBalancerArn: loadBalancer.physicalId,
    Port: '80',
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  });
  const properties = {
    ListenerArn: listener.physicalId,
    Priority: '100',
    Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: ['a.example.com'] } }],
    Actions: [
      {
        Type: 'forward',
        ForwardConfig: { TargetGroups: [{ TargetGroupArn: group.physicalId, Weight: '100' }] },
      },
    ],
  };
  const rule = await base.create(`${elb}::ListenerRule`, properties);
  return { ...base, loadBalancer, group, listener, rule, properties };
};

describe('elbv2: resources', () => {
  test('attributes are those that templates ask for', async () => {
    const { loadBalancer, group, listener, rule, world } = await route();
    const { attributes } = loadBalancer;
    expect(loadBalancer.physicalId).toMatch(
      /^arn:aws:elasticloadbalancing:eu-west-1:333333333333:loadbalancer\/app\/[A-Za-z0-9-]+\/[0-9a-f]{16}$/,
    );
    expect(loadBalancer.physicalId.endsWith(String(attributes['LoadBalancerFullName']))).toBe(true);
    expect(attributes['DNSName']).toMatch(/^internal-.+\.eu-west-1\.elb\.amazonaws\.com$/);
    expect(group.attributes['TargetGroupFullName']).toMatch(/^targetgroup\/blue\/[0-9a-f]{16}$/);
    expect(rule.attributes['RuleArn']).toBe(rule.physicalId);
    expect(listener.attributes['ListenerArn']).toBe(listener.physicalId);
    const kept = world.elb().state.loadBalancer(loadBalancer.physicalId).attributes;
    expect(kept.get('idle_timeout.timeout_seconds')).toBe('30');
  });

  test('an update of a rule sends the template’s actions over those that it has come to', async () => {
    const { world, provider, at, rule, properties, group } = await route();
    await world.call('elasticloadbalancingv2', 'ModifyRule', {
      RuleArn: rule.physicalId,
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }],
    });
    const changed = { ...properties, Priority: '90' };
    await provider(`AWS::${elb}::ListenerRule`).update?.(
      changed,
      { ...rule, properties },
      at('Thing'),
    );
    const record = world.elb().state.rule(rule.physicalId);
    expect(record.priority).toBe(90);
    expect(record.actions[0]?.ForwardConfig?.TargetGroups).toEqual([
      { TargetGroupArn: group.physicalId, Weight: 100 },
    ]);
  });

  test('what cannot change in place is replaced', async () => {
    const { provider, at, group } = await route();
    const properties = {
      Name: 'blue',
      Port: 8080,
      Protocol: 'HTTP',
      TargetType: 'ip',
      VpcId: 'vpc-1',
    };
    const renamed = await provider(`AWS::${elb}::TargetGroup`).update?.(
      { ...properties, Name: 'green' },
      { ...group, properties },
      at('Thing'),
    );
    expect(renamed?.physicalId).not.toBe(group.physicalId);
  });

  test('all are taken away in the order of their use', async () => {
    const { world, provider, at, loadBalancer, listener, group, rule } = await route();
    for (const [type, state] of [
      ['ListenerRule', rule],
      ['Listener', listener],
      ['TargetGroup', group],
      ['LoadBalancer', loadBalancer],
    ] as const) {
      await provider(`AWS::${elb}::${type}`).remove?.({ ...state, properties: {} }, at('Thing'));
    }
    const { state } = world.elb();
    expect([
      state.loadBalancers.size,
      state.listeners.size,
      state.rules.size,
      state.targetGroups.size,
    ]).toEqual([0, 0, 0, 0]);
  });
});

describe('eks: resources', () => {
  test('a cluster and an access entry of a template', async () => {
    const { world, provider, at, create } = launch();
    const roleArn = `arn:aws:iam::${place.account}:role/slot`;
    const cluster = await create('EKS::Cluster', {
      Name: 'shop',
      RoleArn: roleArn,
      AccessConfig: { AuthenticationMode: 'API' },
      ResourcesVpcConfig: {
        SubnetIds: ['subnet-1'],
        EndpointPublicAccess: false,
        EndpointPrivateAccess: true,
      },
    });
    expect(cluster.physicalId).toBe('shop');
    expect(cluster.attributes['Endpoint']).toMatch(
      /^https:\/\/[0-9A-F]{32}\.gr7\.eu-west-1\.eks\.amazonaws\.com$/,
    );
    const { cluster: described } = await world.call<{
      cluster: { resourcesVpcConfig: object; certificateAuthority: { data: string } };
    }>('eks', 'DescribeCluster', { name: 'shop' });
    expect(described.resourcesVpcConfig).toMatchObject({
      endpointPublicAccess: false,
      endpointPrivateAccess: true,
    });
    expect(cluster.attributes['CertificateAuthorityData']).toBe(
      described.certificateAuthority.data,
    );

    const policy = (name: string) => ({
      PolicyArn: `arn:aws:eks::aws:cluster-access-policy/${name}`,
      AccessScope: { Type: 'namespace', Namespaces: ['shop'] },
    });
    const properties = {
      ClusterName: 'shop',
      PrincipalArn: roleArn,
      KubernetesGroups: ['slot'],
      AccessPolicies: [policy('AmazonEKSEditPolicy')],
    };
    const entry = await create('EKS::AccessEntry', properties);
    const changed = {
      ...properties,
      KubernetesGroups: ['other'],
      AccessPolicies: [policy('AmazonEKSViewPolicy')],
    };
    await provider('AWS::EKS::AccessEntry').update?.(
      changed,
      { ...entry, properties },
      at('Thing'),
    );
    const record = world.eks().clusters.get('shop').access.get(roleArn);
    expect(record?.entry.kubernetesGroups).toEqual(['other']);
    expect(record?.policies.map((each) => each.policyArn)).toEqual([
      policy('AmazonEKSViewPolicy').PolicyArn,
    ]);
    await provider('AWS::EKS::AccessEntry').remove?.(
      { ...entry, properties: changed },
      at('Thing'),
    );
    expect(world.eks().clusters.get('shop').access.size).toBe(0);
  });
});
