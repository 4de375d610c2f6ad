import { readFileSync } from 'node:fs';
import type { Cloud } from '../../../local/cloud.ts';
import type { EksService } from '../../../local/services/eks/module.ts';
import { lambdaModule } from '../../../local/services/lambda/module.ts';
import { type Ask, arn, CONTEXT, functionArn, PLACE, role } from './place.ts';

/** The pointer function. */
export const POINTER = 'slipway-checkout-production-pointer';
const APP = 'slipway-checkout-production';

/** A load balancer with the three rules and the two groups of a target. */
export const makeEdge = async (call: Ask) => {
  const elb = (operation: string, input: object) =>
    call('elasticloadbalancingv2', operation, input);
  const { LoadBalancers } = await elb('CreateLoadBalancer', {
    Name: 'edge',
    Subnets: ['subnet-1', 'subnet-2'],
  });
  const { LoadBalancerArn: loadBalancerArn, DNSName: dnsName } = LoadBalancers[0];
  const { Listeners } = await elb('CreateListener', {
    LoadBalancerArn: loadBalancerArn,
    Port: 80,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  });
  const listenerArn = Listeners[0].ListenerArn;
  const group = async (color: string): Promise<string> => {
    const { TargetGroups } = await elb('CreateTargetGroup', {
      Name: `checkout-${color}`,
      Port: 8080,
      Protocol: 'HTTP',
      TargetType: 'ip',
      VpcId: 'vpc-1',
      HealthCheckPath: '/healthz',
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
    });
    await elb('ModifyTargetGroupAttributes', {
      TargetGroupArn: TargetGroups[0].TargetGroupArn,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }],
    });
    return TargetGroups[0].TargetGroupArn;
  };
  const targetGroupArns = { blue: await group('blue'), green: await group('green') };
  const rule = async (Priority: number, condition: object): Promise<string> => {
    const { Rules } = await elb('CreateRule', {
      ListenerArn: listenerArn,
      Priority,
      Conditions: [condition],
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: targetGroupArns.blue, Weight: 100 },
              { TargetGroupArn: targetGroupArns.green, Weight: 0 },
            ],
          },
        },
      ],
    });
    return Rules[0].RuleArn;
  };
  const host = (name: string) => ({ Field: 'host-header', HostHeaderConfig: { Values: [name] } });
  const testRuleArn = await rule(100, {
    Field: 'http-header',
    HttpHeaderConfig: { HttpHeaderName: 'x-slipway-test', Values: ['nobody-knows'] },
  });
  const overrideRuleArn = await rule(101, host('0.slipway.invalid'));
  const weightedRuleArn = await rule(102, host('checkout.example.com'));
  return {
    loadBalancerArn,
    plainRuleArn: weightedRuleArn,
    route: {
      loadBalancerArn,
      loadBalancerFullName: loadBalancerArn.split(':loadbalancer/')[1] ?? '',
      dnsName,
      listenerArn,
      weightedRuleArn,
      overrideRuleArn,
      testRuleArn,
      targetGroupArns,
    },
  };
};

/** The pointer function with its first version and its alias. */
export const makePointer = async (cloud: Cloud, call: Ask): Promise<void> => {
  await lambdaModule.resources['AWS::Lambda::Function']?.create(
    {
      FunctionName: POINTER,
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: role('pointer'),
      Code: { ZipFile: 'exports.handler = async () => null' },
    },
    {
      ...CONTEXT,
      stackName: 'target',
      stackId: 'stack',
      logicalId: 'Pointer',
      cloud,
    },
  );
  await call('lambda', 'PublishVersion', { FunctionName: POINTER });
  await call('lambda', 'CreateAlias', {
    FunctionName: POINTER,
    Name: 'live',
    FunctionVersion: '1',
  });
};

/** CodeDeploy as a target's stack makes it: two steps, five minutes apart. */
export const makeCodeDeploy = async (call: Ask): Promise<void> => {
  await call('codedeploy', 'CreateApplication', {
    applicationName: APP,
    computePlatform: 'Lambda',
  });
  await call('codedeploy', 'CreateDeploymentConfig', {
    deploymentConfigName: 'slipway-linear-50-every-5m',
    computePlatform: 'Lambda',
    trafficRoutingConfig: {
      type: 'TimeBasedLinear',
      timeBasedLinear: { linearPercentage: 50, linearInterval: 5 },
    },
  });
  await call('codedeploy', 'CreateDeploymentGroup', {
    applicationName: APP,
    deploymentGroupName: APP,
    deploymentConfigName: 'slipway-linear-50-every-5m',
    serviceRoleArn: role('codedeploy'),
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    alarmConfiguration: { enabled: true, alarms: [{ name: 'checkout-errors' }] },
    autoRollbackConfiguration: {
      enabled: true,
      events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
    },
  });
};

/** An alarm that stays as it is set: its missing data is ignored. It is fed, so that it could fire. */
export const makeAlarm = async (call: Ask, AlarmName: string): Promise<void> => {
  await call('cloudwatch', 'PutMetricAlarm', {
    AlarmName,
    Namespace: 'Shop',
    MetricName: 'OrdersFailing',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'ignore',
  });
  await call('cloudwatch', 'SetAlarmState', {
    AlarmName,
    StateValue: 'OK',
    StateReason: 'from the start',
  });
};

/** A machine of `statemachines/`, published, behind its alias. */
export const makeMachine = async (call: Ask, noun: string): Promise<void> => {
  const definition = readFileSync(
    new URL(`../../../statemachines/${noun}.asl.json`, import.meta.url),
    'utf8',
  )
    .replace(/\$\{(\w+)Fn\}/g, (_, name: string) => functionArn(name))
    .replace(/\$\{TicksMax\}/g, '600');
  const { stateMachineArn } = await call('sfn', 'CreateStateMachine', {
    name: `slipway-${noun}`,
    definition,
    roleArn: role('machines'),
  });
  const { stateMachineVersionArn } = await call('sfn', 'PublishStateMachineVersion', {
    stateMachineArn,
  });
  await call('sfn', 'CreateStateMachineAlias', {
    name: 'live',
    routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
  });
};

/** The ledger, the locks, and the fast path's own table. */
export const makeTables = async (call: Ask): Promise<void> => {
  for (const [TableName, keys] of [
    ['slipway-ledger', ['pk', 'sk']],
    ['slipway-locks', ['pk']],
    ['slipway-checkout-production-fast-path', ['pk']],
  ] as const) {
    await call('dynamodb', 'CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys.map((AttributeName, index) => ({
        AttributeName,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    });
  }
};

/** All that the cluster functions may do. */
const CLUSTER_ROLE = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'slipway' },
  rules: [
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ...[
      ['', 'services'],
      ['apps', 'deployments'],
      ['autoscaling', 'horizontalpodautoscalers'],
      ['policy', 'poddisruptionbudgets'],
      ['elbv2.k8s.aws', 'targetgroupbindings'],
    ].map(([group, resource]) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: ['get', 'list', 'create', 'patch', 'delete'],
    })),
  ],
};

/** The target's cluster: the namespace, and who may do what in it. */
export const makeCluster = async (cloud: Cloud, call: Ask): Promise<void> => {
  await call('eks', 'CreateCluster', {
    name: 'shop',
    roleArn: role('eks'),
    resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
    accessConfig: { authenticationMode: 'API' },
  });
  await call('eks', 'CreateAccessEntry', {
    clusterName: 'shop',
    principalArn: role('cluster'),
    kubernetesGroups: ['slipway'],
  });
  const { kubernetes } = cloud.service<EksService>('eks', PLACE).clusters.get('shop');
  const make = (path: string, object: object) =>
    kubernetes.request(new URL(`https://shop${path}`), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(object),
    });
  await make('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'checkout' },
  });
  const rbac = 'rbac.authorization.k8s.io';
  const inNamespace = `/apis/${rbac}/v1/namespaces/checkout`;
  await make(`${inNamespace}/roles`, CLUSTER_ROLE);
  await make(`${inNamespace}/rolebindings`, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'slipway' },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'slipway' },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: 'slipway' }],
  });
};

/** From alarms to the fast path, from it to the pipeline, and from what ended badly to its rollback. */
export const makeRules = async (ask: Ask): Promise<void> => {
  await ask('eventbridge', 'PutRule', {
    Name: 'alarm-fired',
    State: 'ENABLED',
    EventPattern: JSON.stringify({
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { state: { value: ['ALARM'] } },
    }),
  });
  await ask('eventbridge', 'PutTargets', {
    Rule: 'alarm-fired',
    Targets: [{ Id: 'fast-path', Arn: functionArn('AlarmFastPath') }],
  });
  await ask('eventbridge', 'PutRule', {
    Name: 'rollback-requested',
    EventBusName: 'slipway',
    State: 'ENABLED',
    EventPattern: JSON.stringify({ 'detail-type': ['Rollback Requested'] }),
  });
  await ask('eventbridge', 'PutTargets', {
    Rule: 'rollback-requested',
    EventBusName: 'slipway',
    Targets: [{ Id: 'request', Arn: functionArn('RequestRollback') }],
  });
  await ask('eventbridge', 'PutRule', {
    Name: 'rollout-ended',
    State: 'ENABLED',
    EventPattern: JSON.stringify({
      source: ['aws.states'],
      detail: {
        stateMachineArn: ['rollout', 'rollback'].map((noun) =>
          arn('states', `stateMachine:slipway-${noun}`),
        ),
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    }),
  });
  await ask('eventbridge', 'PutTargets', {
    Rule: 'rollout-ended',
    Targets: [{ Id: 'request', Arn: functionArn('RequestRollback') }],
  });
};
