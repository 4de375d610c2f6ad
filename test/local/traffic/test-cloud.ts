import type { Clock } from '../../../local/clock/clock.ts';
import { Cloud } from '../../../local/cloud.ts';
import { AwsError } from '../../../local/services/aws-error.ts';
import type { EksOptions } from '../../../local/services/eks/clusters.ts';
import { type EksService, eksModuleWith } from '../../../local/services/eks/module.ts';
import {
  type BalancerOptions,
  type BalancerService,
  balancerModule,
} from '../../../local/services/elasticloadbalancingv2/module.ts';
import type { TraceRecord } from '../../../local/services/elasticloadbalancingv2/traffic-metrics.ts';
import type { CallContext, Datum, Place, ServiceModule } from '../../../local/services/service.ts';

export const place: Place = { account: '333333333333', region: 'eu-west-1' };
export const registry: Place = { account: '999999999999', region: 'eu-west-1' };
export const context: CallContext = {
  ...place,
  principal: { arn: `arn:aws:iam::${place.account}:root`, account: place.account },
};

/** Images by digest, blobs by digest: what a kubelet needs of a registry. */
export interface Images {
  readonly manifests: Map<string, string>;
  readonly blobs: Map<string, Uint8Array>;
}

const registryModule = (images: Images): ServiceModule => ({
  name: 'ecr',
  create: () => ({
    blob: (digest: string) => images.blobs.get(digest),
    operations: {
      BatchGetImage: ({ imageIds }: { imageIds: { imageDigest?: string }[] }) => {
        const digest = imageIds[0]?.imageDigest ?? '';
        const imageManifest = images.manifests.get(digest);
        return imageManifest === undefined
          ? { images: [], failures: [{ failureCode: 'ImageNotFound' }] }
          : { images: [{ imageManifest, imageId: { imageDigest: digest } }] };
      },
      PutImage: () => {
        throw new AwsError('NotImplemented', 'images are given to this registry');
      },
    },
  }),
  resources: {},
});

/** A cloud of load balancers and clusters, what it measures and traces being kept. */
export const testCloud = (options: {
  clock: Clock;
  balancer?: BalancerOptions;
  eks?: EksOptions;
}) => {
  const images: Images = { manifests: new Map(), blobs: new Map() };
  const data: Datum[] = [];
  const traces: TraceRecord[] = [];
  const warnings: string[] = [];
  const cloud = new Cloud({
    clock: options.clock,
    seed: 7,
    warn: (message) => warnings.push(message),
    modules: [
      balancerModule(options.balancer),
      eksModuleWith(options.eks),
      registryModule(images),
      {
        name: 'cloudwatch',
        create: () => ({ operations: {}, record: (datum: Datum) => data.push(datum) }),
        resources: {},
      },
      {
        name: 'xray',
        create: () => ({
          operations: {},
          sample: (_: object, count: number) => count,
          trace: (trace: TraceRecord) => traces.push(trace),
        }),
        resources: {},
      },
    ],
  });
  const call = <T = Record<string, never>>(
    service: string,
    operation: string,
    input: object,
  ): Promise<T> => cloud.call<T>(service, operation, input, context);
  const sum = (name: string, dimensions: Record<string, string>): number =>
    data
      .filter(
        (datum) =>
          datum.name === name && JSON.stringify(datum.dimensions) === JSON.stringify(dimensions),
      )
      .reduce((total, datum) => total + datum.value * (datum.count ?? 1), 0);
  return {
    cloud,
    call,
    data,
    traces,
    warnings,
    images,
    sum,
    elb: () => cloud.service<BalancerService>('elasticloadbalancingv2', place),
    eks: () => cloud.service<EksService>('eks', place),
  };
};

export type TestCloud = ReturnType<typeof testCloud>;

/** A load balancer with one listener and two target groups behind a weighted rule. */
export const weightedRoute = async ({ call }: TestCloud, options: { host?: string } = {}) => {
  const { LoadBalancers } = await call<{
    LoadBalancers: { LoadBalancerArn: string; DNSName: string }[];
  }>('elasticloadbalancingv2', 'CreateLoadBalancer', {
    Name: 'edge',
    Subnets: ['subnet-1', 'subnet-2'],
  });
  const loadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? '';
  const { Listeners } = await call<{ Listeners: { ListenerArn: string }[] }>(
    'elasticloadbalancingv2',
    'CreateListener',
    {
      LoadBalancerArn: loadBalancerArn,
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    },
  );
  const listenerArn = Listeners[0]?.ListenerArn ?? '';
  const group = async (name: string): Promise<string> => {
    const { TargetGroups } = await call<{ TargetGroups: { TargetGroupArn: string }[] }>(
      'elasticloadbalancingv2',
      'CreateTargetGroup',
      {
        Name: name,
        Port: 8080,
        Protocol: 'HTTP',
        TargetType: 'ip',
        VpcId: 'vpc-1',
        HealthCheckPath: '/healthz',
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 2,
        HealthyThresholdCount: 2,
      },
    );
    return TargetGroups[0]?.TargetGroupArn ?? '';
  };
  const [blue, green] = [await group('shop-blue'), await group('shop-green')];
  const actions = (blueWeight: number, greenWeight: number) => [
    {
      Type: 'forward',
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: blue, Weight: blueWeight },
          { TargetGroupArn: green, Weight: greenWeight },
        ],
      },
    },
  ];
  const { Rules } = await call<{ Rules: { RuleArn: string }[] }>(
    'elasticloadbalancingv2',
    'CreateRule',
    {
      ListenerArn: listenerArn,
      Priority: 100,
      Conditions: [{ Field: 'host-header', Values: [options.host ?? 'shop.example.com'] }],
      Actions: actions(100, 0),
    },
  );
  const ruleArn = Rules[0]?.RuleArn ?? '';
  return {
    loadBalancerArn,
    dnsName: LoadBalancers[0]?.DNSName ?? '',
    listenerArn,
    ruleArn,
    blue,
    green,
    shift: (blueWeight: number, greenWeight: number) =>
      call('elasticloadbalancingv2', 'ModifyRule', {
        RuleArn: ruleArn,
        Actions: actions(blueWeight, greenWeight),
      }),
  };
};

/** The value of a metric's dimension, from an ARN. */
export const fullName = (arn: string): string =>
  arn.includes(':loadbalancer/')
    ? (arn.split(':loadbalancer/')[1] ?? '')
    : (arn.split(':').at(-1) ?? '');

/** Puts an image of one model into the registry; its reference is what a pod names. */
export const modelledImage = (
  images: Images,
  name: string,
  labels: Record<string, string> = {},
): string => {
  const hex = Buffer.from(name.padEnd(32, '-').slice(0, 32)).toString('hex');
  const config = `sha256:${hex.split('').reverse().join('')}`;
  images.blobs.set(
    config,
    Buffer.from(
      JSON.stringify({
        config: { Labels: { 'org.opencontainers.image.version': name, ...labels } },
      }),
    ),
  );
  images.manifests.set(`sha256:${hex}`, JSON.stringify({ config: { digest: config }, layers: [] }));
  return `${registry.account}.dkr.ecr.${registry.region}.amazonaws.com/shop/checkout@sha256:${hex}`;
};
