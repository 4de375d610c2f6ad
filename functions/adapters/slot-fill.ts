import { unpacked } from '../../config/workload.ts';
import type { ApplyInput } from '../domain/cluster-inputs.ts';
import { isoOf } from '../domain/instant.ts';
import { leftoversOf, replacedBy } from '../domain/leftovers.ts';
import { type Manifest, slotName } from '../domain/manifests.ts';
import { type DeploymentSize, deploymentSizes, slotObjects } from '../domain/slot-objects.ts';
import { isOwn } from '../domain/workload.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** A slot's objects, the sizes of its Deployments, and what to do about what its release before left. */
export interface SlotFill {
  readonly objects: readonly Manifest[];
  /** The main Deployment first. */
  readonly sizes: readonly DeploymentSize[];
  removeLeftovers(): Promise<string[]>;
}

/** Makes a slot's objects for one apply. */
export const slotFill = async (
  runtime: Pick<Runtime, 'now'>,
  kubernetes: Cluster,
  { slot, cluster }: Pick<ApplyInput, 'slot' | 'cluster'>,
): Promise<SlotFill> => {
  const own = isOwn(slot.workload) ? unpacked(slot.workload.objects) : [];
  const present = await kubernetes.deployment(slotName(slot.service, slot.color));
  const replaces = replacedBy(slot, present);
  return {
    objects: slotObjects(slot, {
      namespace: cluster.namespace,
      region: cluster.region,
      appliedAt: isoOf(runtime.now()),
      replaces,
      own,
    }),
    sizes: deploymentSizes(slot, own),
    removeLeftovers: async () => {
      const removed = await Promise.all(
        leftoversOf(slot, replaces).map(async ({ labelSelector, ...of }) => {
          const names = await kubernetes.remove(of, labelSelector);
          return names.map((name) => `${of.kind}/${name}`);
        }),
      );
      return removed.flat();
    },
  };
};
