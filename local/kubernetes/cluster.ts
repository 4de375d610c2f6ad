import type { CloudContext, Place } from '../services/service.ts';
import { networkOf } from '../traffic/network.ts';
import type { WorkloadRuntime } from '../traffic/workload-runtime.ts';
import { ApiServer } from './api-server.ts';
import type { ClusterContext } from './cluster-context.ts';
import { AutoscalerController } from './controllers/autoscaler.ts';
import { DeploymentController } from './controllers/deployment.ts';
import { DisruptionBudgetController } from './controllers/disruption-budget.ts';
import { EndpointsController } from './controllers/endpoints.ts';
import { collectGarbage } from './controllers/garbage.ts';
import { JobController } from './controllers/job.ts';
import { ReplicaSetController } from './controllers/replica-set.ts';
import { TargetGroupBindingController } from './controllers/target-group-binding.ts';
import { Kubelet } from './kubelet.ts';
import type { KubeObject, Pod } from './objects.ts';
import { admitPod } from './quota.ts';
import { withReadinessGates } from './readiness-gates.ts';
import type { Attributes } from './request.ts';
import { ObjectStore } from './store.ts';

export interface ClusterOptions {
  readonly name: string;
  readonly cloud: CloudContext;
  readonly place: Place;
  readonly runtime: WorkloadRuntime;
  /** From a pod's start to its image being there; 1 s unless told. */
  readonly pullMs?: number;
  /** Refuses by throwing what a user may not do. */
  authorize?(store: ObjectStore, user: string | undefined, attributes: Attributes): void;
}

/** One Kubernetes cluster: API, controllers and a node, in this process. */
export class KubernetesCluster {
  readonly store: ObjectStore;
  readonly #api: ApiServer;
  readonly #kubelet: Kubelet;

  constructor(options: ClusterOptions) {
    const { cloud, place } = options;
    const store = new ObjectStore({ now: () => cloud.clock.now(), uuid: () => cloud.uuid() });
    this.store = store;
    const admit = <O extends KubeObject>(object: O): O => {
      if (object.kind !== 'Pod') return object;
      admitPod(store, object as unknown as Pod);
      return withReadinessGates(store, object as unknown as Pod) as unknown as O;
    };
    const context: ClusterContext = {
      name: options.name,
      cloud,
      place,
      store,
      network: networkOf(cloud, place),
      runtime: options.runtime,
      pullMs: options.pullMs ?? 1000,
      admit,
    };
    collectGarbage(context);
    new EndpointsController(context);
    new TargetGroupBindingController(context);
    new ReplicaSetController(context);
    new DeploymentController(context);
    new JobController(context);
    new AutoscalerController(context);
    new DisruptionBudgetController(context);
    this.#kubelet = new Kubelet(context);
    this.#api = new ApiServer({
      store,
      now: () => cloud.clock.now(),
      token: (length) => cloud.token(length),
      admit,
      authorize: (user, attributes) => options.authorize?.(store, user, attributes),
      logs: (pod) => this.#kubelet.logs(pod),
    });
    for (const name of ['default', 'kube-system']) {
      store.create({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
        status: { phase: 'Active' },
      });
    }
  }

  /** Answers one request of a user whose identity is proven. */
  request(url: URL, init: RequestInit = {}, user?: string): Promise<Response> {
    return this.#api.handle(url, init, user);
  }

  /** Ends every container. */
  close(): void {
    this.#kubelet.close();
  }
}
