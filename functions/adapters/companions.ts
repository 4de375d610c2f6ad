import { REPLICAS, SLOT, slotName } from '../domain/manifests.ts';
import type { Color } from '../domain/target.ts';
import type { DeploymentView } from '../domain/workload-status.ts';
import type { Cluster } from '../ports/cluster.ts';

interface SlotName {
  readonly service: string;
  readonly color: Color;
}

/** The Deployments of a slot that no load balancer sends requests to: the workers of own manifests. */
export const companionsOf = async (
  kubernetes: Cluster,
  { service, color }: SlotName,
): Promise<DeploymentView[]> => {
  const main = slotName(service, color);
  const all = await kubernetes.deployments({ [SLOT]: main });
  return all.filter(({ metadata }) => metadata.name !== main);
};

/** Workers are kept warm by nobody: those of a color that serves no longer would go on doing its work. */
export const stopCompanions = async (kubernetes: Cluster, slot: SlotName): Promise<void> => {
  for (const { metadata, spec } of await companionsOf(kubernetes, slot)) {
    if (spec.replicas !== 0) await kubernetes.scale(metadata.name ?? '', 0);
  }
};

/** Gives stopped workers of a color that serves again their least size. */
export const startCompanions = async (kubernetes: Cluster, slot: SlotName): Promise<void> => {
  for (const { metadata, spec } of await companionsOf(kubernetes, slot)) {
    const least = Number(metadata.annotations?.[REPLICAS] ?? 1);
    if (spec.replicas === 0) await kubernetes.scale(metadata.name ?? '', least);
  }
};
