import type { Service } from '../service.ts';
import type { Clusters } from './clusters.ts';

/** EKS of one account and Region, as its neighbours see it. */
export interface EksService extends Service {
  readonly clusters: Clusters;
}
