import type { Service } from '../service.ts';
import type { DataPlane } from './data-plane.ts';
import type { BalancerState } from './state.ts';
import type { TargetHealth } from './target-health.ts';
import type { TrafficMetrics } from './traffic-metrics.ts';

/** Elastic Load Balancing of one account and Region, as its neighbours see it. */
export interface BalancerService extends Service {
  readonly state: BalancerState;
  readonly health: TargetHealth;
  readonly dataPlane: DataPlane;
  readonly metrics: TrafficMetrics;
}
