import { CfnTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import type { ConfiguredTarget } from '../../config/targets.ts';
import type { Edge } from './edge.ts';

/** One slot's target group. Pods are put into it by a TargetGroupBinding, so it names addresses. */
export const targetGroup = (
  scope: Construct,
  id: string,
  target: ConfiguredTarget,
  edge: Edge,
  color: string,
): CfnTargetGroup =>
  new CfnTargetGroup(scope, id, {
    name: `${target.service}-${target.environment}-${color}`,
    targetType: 'ip',
    protocol: 'HTTP',
    port: target.settings.workload.port,
    vpcId: edge.vpcId,
    healthCheckProtocol: 'HTTP',
    healthCheckPath: target.settings.workload.readiness,
    healthCheckIntervalSeconds: 10,
    healthCheckTimeoutSeconds: 5,
    healthyThresholdCount: 2,
    unhealthyThresholdCount: 3,
    matcher: { httpCode: '200' },
    targetGroupAttributes: [
      { key: 'deregistration_delay.timeout_seconds', value: '30' },
      // A sticky client would stay on the candidate after a rollback; a slow start would skew the comparison.
      { key: 'stickiness.enabled', value: 'false' },
      { key: 'slow_start.duration_seconds', value: '0' },
      // An idle slot without healthy targets must not take the whole load balancer out of DNS.
      { key: 'target_group_health.dns_failover.minimum_healthy_targets.count', value: 'off' },
    ],
  });
