/**
 * Imitates EKS of one account and Region: clusters, access entries with their policies, and each cluster's
 * Kubernetes API on its own host, behind the token check that EKS makes. A cluster is ACTIVE at once.
 *
 * Does not: node groups, Fargate profiles, add-ons and pod identities beyond being there, updates of version
 * or configuration, `CONFIG_MAP` authentication, OIDC identity providers, EKS Auto Mode, hybrid nodes. A token's
 * signature is not recomputed; its age, form, access key and access entry are checked.
 */
import { ModelledRuntime } from '../../traffic/modelled-runtime.ts';
import type { ServiceModule } from '../service.ts';
import { accessEntryOperations } from './access-entries.ts';
import { Clusters, clusterOperations, type EksOptions } from './clusters.ts';
import type { EksService } from './eks-service.ts';
import { eksResources } from './resources.ts';

export type { EksService } from './eks-service.ts';

/** Makes the module with options other than the defaults. */
export const eksModuleWith = (options: EksOptions = {}): ServiceModule<EksService> => ({
  name: 'eks',
  create: (cloud, place) => {
    const clusters = new Clusters(cloud, place, {
      runtime: () => new ModelledRuntime({ clock: cloud.clock, random: () => cloud.random() }),
      ...options,
    });
    return {
      clusters,
      operations: {
        ...clusterOperations(clusters),
        ...accessEntryOperations(cloud, place, clusters),
      },
    };
  },
  resources: eksResources,
});

/** EKS whose workloads are modelled. */
export const eksModule: ServiceModule<EksService> = eksModuleWith();
