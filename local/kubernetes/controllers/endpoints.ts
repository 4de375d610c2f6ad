import type { ClusterContext } from '../cluster-context.ts';
import { isReady, type KubeObject, type Pod } from '../objects.ts';
import { keyOf, splitKey, WorkQueue } from '../work-queue.ts';

/** A Service, as far as it finds pods. */
export interface KubeService extends KubeObject {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly targetPort?: number | string;
    }[];
  };
}

/** An address behind a Service port. */
export interface ServiceAddress {
  readonly ip: string;
  readonly port: number;
}

/** Writes the Endpoints of each Service: addresses of its pods, ready or not. */
export class EndpointsController {
  readonly #cluster: ClusterContext;
  readonly #queue: WorkQueue;

  constructor(cluster: ClusterContext) {
    this.#cluster = cluster;
    this.#queue = new WorkQueue(
      (key) => this.#reconcile(key),
      cluster.cloud.warn.bind(cluster.cloud),
    );
    cluster.store.onChange(({ object, previous }) => {
      if (object.kind === 'Service') this.#queue.add(keyOf(object));
      if (object.kind !== 'Pod') return;
      for (const service of cluster.store.list<KubeService>('Service', object.metadata.namespace)) {
        if (selectsPod(service, object) || (previous && selectsPod(service, previous))) {
          this.#queue.add(keyOf(service));
        }
      }
    });
  }

  #reconcile(key: string): void {
    const { namespace, name } = splitKey(key);
    const { store } = this.#cluster;
    const service = store.find<KubeService>('Service', namespace, name);
    const present = store.find('Endpoints', namespace, name);
    if (service === undefined) {
      if (present) store.erase(present);
      return;
    }
    if (service.spec.selector === undefined) return;
    const ports = service.spec.ports ?? [];
    const pods = servedPods(this.#cluster, service);
    const addresses = (ready: boolean) =>
      pods
        .filter((pod) => isReady(pod) === ready)
        .map((pod) => ({
          ip: pod.status?.podIP,
          targetRef: { kind: 'Pod', name: pod.metadata.name, namespace },
        }));
    const [good, bad] = [addresses(true), addresses(false)];
    const first = pods[0];
    const subsets =
      first === undefined
        ? []
        : [
            {
              ...(good.length > 0 ? { addresses: good } : {}),
              ...(bad.length > 0 ? { notReadyAddresses: bad } : {}),
              ports: ports.map((port) => ({
                ...(port.name ? { name: port.name } : {}),
                port: targetPortOf(port, first),
                protocol: 'TCP',
              })),
            },
          ];
    const endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name, namespace, labels: service.metadata.labels ?? {} },
      subsets,
    };
    if (present) store.replace(endpoints);
    else store.create(endpoints);
  }
}

/** Whether a Service finds the pod by its labels. */
export const selectsPod = (service: KubeService, pod: KubeObject): boolean =>
  service.spec.selector !== undefined &&
  Object.entries(service.spec.selector).every(
    ([key, value]) => pod.metadata.labels?.[key] === value,
  );

const servedPods = (cluster: ClusterContext, service: KubeService): Pod[] =>
  cluster.store
    .list<Pod>('Pod', service.metadata.namespace)
    .filter(
      (pod) =>
        selectsPod(service, pod) &&
        pod.metadata.deletionTimestamp === undefined &&
        pod.status?.podIP !== undefined &&
        pod.status.phase === 'Running',
    );

const targetPortOf = (port: { port: number; targetPort?: number | string }, pod: Pod): number => {
  const { targetPort = port.port } = port;
  if (typeof targetPort === 'number') return targetPort;
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find((each) => each.name === targetPort)?.containerPort ?? port.port;
};

/** A pod behind a Service port. */
export interface ServedPod {
  readonly pod: Pod;
  readonly address: ServiceAddress;
}

/** Running pods behind one port of a Service, ready or not; none, where the Service or its port is missing. */
export const podsBehind = (
  cluster: ClusterContext,
  reference: { namespace: string; name: string; port: number | string },
): readonly ServedPod[] => {
  const service = cluster.store.find<KubeService>('Service', reference.namespace, reference.name);
  const port = service?.spec.ports?.find(
    (each) => each.port === reference.port || each.name === reference.port,
  );
  if (service === undefined || port === undefined) return [];
  return servedPods(cluster, service).map((pod) => ({
    pod,
    address: { ip: pod.status?.podIP ?? '', port: targetPortOf(port, pod) },
  }));
};
