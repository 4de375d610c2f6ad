import { z } from 'zod';
import { cluster } from '../adapters/cluster.ts';
import { slotFill } from '../adapters/slot-fill.ts';
import { ApplyInput, type SlotLimits } from '../domain/cluster-inputs.ts';
import { slotName } from '../domain/manifests.ts';
import type { DeploymentSize } from '../domain/slot-objects.ts';
import type { Color } from '../domain/target.ts';
import type { Cluster } from '../ports/cluster.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Output = z.object({
  applied: z.array(z.string()),
  /** What a release before this one had left in the slot. */
  removed: z.array(z.string()),
  replicas: z.int(),
});

/** Fills a slot: its objects by server-side apply, then its size. Doing it twice changes nothing. */
export const applyWorkload =
  ({ runtime }: World) =>
  async (input: ApplyInput): Promise<z.input<typeof Output>> => {
    const { slot, sizeOf } = input;
    const kubernetes = await cluster(runtime, input.cluster);
    const { objects, sizes, removeLeftovers } = await slotFill(runtime, kubernetes, input);
    if (input.floorOf !== null) await holdFloor(kubernetes, slot.service, input.floorOf);
    for (const manifest of objects) await kubernetes.apply(manifest);
    // An autoscaler of a release before this one would go on deciding.
    const removed = await removeLeftovers();
    let replicas = 0;
    for (const size of [...sizes].reverse()) {
      replicas = await sized(kubernetes, size, { color: slot.color, sizeOf });
    }
    return {
      applied: objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      removed,
      replicas,
    };
  };

/** Gives a Deployment the size that it needs, at least the other color's; answers it. */
const sized = async (
  kubernetes: Cluster,
  { base, min, max }: DeploymentSize,
  { color, sizeOf }: { readonly color: Color; readonly sizeOf: Color | null },
): Promise<number> => {
  const model = sizeOf === null ? null : await kubernetes.deployment(slotName(base, sizeOf));
  const wanted = Math.min(max, Math.max(min, model?.spec.replicas ?? 0));
  const name = slotName(base, color);
  const present = (await kubernetes.deployment(name))?.spec.replicas ?? 1;
  // Between its own limits a slot's size is the autoscaler's; below what is needed it is ours.
  const replicas = present < wanted || present > max ? wanted : present;
  if (replicas !== present) await kubernetes.scale(name, replicas);
  return replicas;
};

/** Traffic leaves the slot that serves, and may come back at once: what it has is the least that it keeps. */
const holdFloor = async (
  kubernetes: Cluster,
  service: string,
  { color, replicas }: SlotLimits,
): Promise<void> => {
  const name = slotName(service, color);
  const [serving, autoscaler] = await Promise.all([
    kubernetes.deployment(name),
    kubernetes.autoscaler(name),
  ]);
  const has = serving?.spec.replicas ?? 0;
  if (autoscaler === null || has === 0) return;
  const min = Math.max(replicas.min, has);
  const max = Math.max(replicas.max, min);
  if (autoscaler.spec.minReplicas === min && autoscaler.spec.maxReplicas === max) return;
  await kubernetes.limit(name, { min, max });
};

export const handler = handle({
  input: ApplyInput,
  output: Output,
  env: environments['rollout/apply-workload'],
  run: applyWorkload,
});
