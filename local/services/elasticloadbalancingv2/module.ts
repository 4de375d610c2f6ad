/**
 * Imitates Application Load Balancers of one account and Region: listeners, rules with all conditions but
 * regular expressions, weighted forward actions with group stickiness, fixed responses, redirects, target
 * groups of IP targets with health checks, draining, slow start and the documented attributes, and the data
 * plane with its CloudWatch metrics and sampled traces.
 *
 * Does not: Network and Gateway Load Balancers, instance and Lambda targets, authentication actions, URL
 * transforms, trust stores, capacity reservations, TLS (an HTTPS listener answers plain HTTP),
 * metrics per Availability Zone, `app_cookie` stickiness.
 */
import type { CloudContext, Place, ServiceModule } from '../service.ts';
import type { BalancerService } from './balancer-service.ts';
import { DataPlane } from './data-plane.ts';
import { HostCounts } from './host-counts.ts';
import { loadBalancerOperations } from './load-balancers.ts';
import { balancerResources } from './resources.ts';
import { ruleOperations } from './rules.ts';
import { BalancerState } from './state.ts';
import { tagOperations } from './tags.ts';
import { targetGroupOperations } from './target-groups.ts';
import { TargetHealth } from './target-health.ts';
import { TrafficMetrics } from './traffic-metrics.ts';

export type { BalancerService } from './balancer-service.ts';

export interface BalancerOptions {
  /** From a rule's change to the first request that meets it; 0 unless told. */
  readonly propagationMs?: number;
  /** Whether HealthyHostCount and UnHealthyHostCount are reported each minute; true unless told. */
  readonly hostCounts?: boolean;
}

/** Makes the module with options other than the defaults. */
export const balancerModule = (options: BalancerOptions = {}): ServiceModule<BalancerService> => ({
  name: 'elasticloadbalancingv2',
  create: (cloud: CloudContext, place: Place): BalancerService => {
    const state = new BalancerState(cloud, place);
    const health = new TargetHealth(state);
    const dataPlane = new DataPlane(state, options.propagationMs ?? 0);
    const hostCounts = new HostCounts(state);
    state.onRoutingChange = () => {
      dataPlane.follow();
      health.followUse();
    };
    if (options.hostCounts ?? true) health.onRegistered = () => hostCounts.ensureRunning();
    return {
      state,
      health,
      dataPlane,
      metrics: new TrafficMetrics(state),
      operations: {
        ...loadBalancerOperations(state),
        ...ruleOperations(state),
        ...targetGroupOperations(state, health),
        ...tagOperations(state),
      },
    };
  },
  resources: balancerResources,
});

/** Elastic Load Balancing with rules that take effect at once. */
export const elasticloadbalancingv2Module: ServiceModule<BalancerService> = balancerModule();
