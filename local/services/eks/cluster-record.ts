import type { AccessEntry, AssociatedAccessPolicy, Cluster } from '@aws-sdk/client-eks';
import type { KubernetesCluster } from '../../kubernetes/cluster.ts';

/** Who may use a cluster, as an access entry says. */
export interface AccessRecord {
  entry: AccessEntry;
  policies: AssociatedAccessPolicy[];
}

/** A cluster with its Kubernetes and those who may use it. */
export interface ClusterRecord {
  readonly cluster: Cluster;
  readonly kubernetes: KubernetesCluster;
  readonly access: Map<string, AccessRecord>;
  readonly release: () => void;
}
