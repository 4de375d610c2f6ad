import type { CloudContext, Place } from '../services/service.ts';
import type { Network } from '../traffic/network.ts';
import type { WorkloadRuntime } from '../traffic/workload-runtime.ts';
import type { KubeObject } from './objects.ts';
import type { ObjectStore } from './store.ts';

/** What controllers and kubelet of one cluster work with. */
export interface ClusterContext {
  readonly name: string;
  readonly cloud: CloudContext;
  readonly place: Place;
  readonly store: ObjectStore;
  readonly network: Network;
  readonly runtime: WorkloadRuntime;
  /** From a pod's start to its image being there. */
  readonly pullMs: number;
  /** Refuses by throwing what quotas do not allow, and injects readiness gates into new pods. */
  admit<O extends KubeObject>(object: O): O;
}
