import { type Cloud, operatorOf } from '../../local/cloud.ts';
import type { Place } from '../../local/services/service.ts';

export const PLACE: Place = { account: '333333333333', region: 'eu-west-1' };

/** A load balancer with one weighted rule over two groups. */
export interface Route {
  readonly loadBalancerArn: string;
  readonly ruleArn: string;
  readonly blue: string;
  readonly green: string;
  actions(blue: number, green: number): object[];
}

interface Made {
  readonly LoadBalancers: readonly { readonly LoadBalancerArn: string }[];
  readonly Listeners: readonly { readonly ListenerArn: string }[];
  readonly TargetGroups: readonly { readonly TargetGroupArn: string }[];
  readonly Rules: readonly { readonly RuleArn: string }[];
}

/** Makes one whose groups let go as those of a target's stack do (infra/constructs/target-groups.ts). */
export const makeRoute = async (cloud: Cloud, host: string): Promise<Route> => {
  const principal = operatorOf(PLACE.account);
  const call = (operation: string, input: object): Promise<Made> =>
    cloud.call<Made>('elasticloadbalancingv2', operation, input, { ...PLACE, principal });
  const balancer = await call('CreateLoadBalancer', {
    Name: 'edge',
    Subnets: ['subnet-1', 'subnet-2'],
  });
  const loadBalancerArn = balancer.LoadBalancers[0]?.LoadBalancerArn ?? '';
  const listener = await call('CreateListener', {
    LoadBalancerArn: loadBalancerArn,
    Port: 80,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  });
  const group = async (color: string): Promise<string> => {
    const made = await call('CreateTargetGroup', {
      Name: `shop-${color}`,
      Port: 8080,
      Protocol: 'HTTP',
      TargetType: 'ip',
      VpcId: 'vpc-1',
      HealthCheckPath: '/healthz',
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 5,
    });
    const TargetGroupArn = made.TargetGroups[0]?.TargetGroupArn ?? '';
    await call('ModifyTargetGroupAttributes', {
      TargetGroupArn,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }],
    });
    return TargetGroupArn;
  };
  const blue = await group('blue');
  const green = await group('green');
  const actions = (blueWeight: number, greenWeight: number): object[] => [
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
  const rule = await call('CreateRule', {
    ListenerArn: listener.Listeners[0]?.ListenerArn ?? '',
    Priority: 100,
    Conditions: [{ Field: 'host-header', Values: [host] }],
    Actions: actions(100, 0),
  });
  return { loadBalancerArn, ruleArn: rule.Rules[0]?.RuleArn ?? '', blue, green, actions };
};
