import { z } from 'zod';
import { cluster } from '../adapters/cluster.ts';
import { ApplyInput } from '../domain/cluster-inputs.ts';
import { isoOf } from '../domain/instant.ts';
import { manifests, slotName } from '../domain/manifests.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Output = z.object({ applied: z.array(z.string()), replicas: z.int() });

/** Fills a slot: its objects by server-side apply, then its size. Doing it twice changes nothing. */
export const applyWorkload =
  ({ runtime }: World) =>
  async (input: ApplyInput): Promise<z.input<typeof Output>> => {
    const { slot, sizeOf } = input;
    const kubernetes = await cluster(runtime, input.cluster);
    const objects = manifests(slot, {
      namespace: input.cluster.namespace,
      region: input.cluster.region,
      appliedAt: isoOf(runtime.now()),
    });
    for (const manifest of objects) await kubernetes.apply(manifest);

    const model =
      sizeOf === null ? null : await kubernetes.deployment(slotName(slot.service, sizeOf));
    const { min, max } = slot.workload.replicas;
    const wanted = Math.min(max, Math.max(min, model?.spec.replicas ?? 0));
    const name = slotName(slot.service, slot.color);
    const present = (await kubernetes.deployment(name))?.spec.replicas ?? 1;
    // Between its own limits a slot's size is the autoscaler's; below what is needed it is ours.
    const replicas = present < wanted || present > max ? wanted : present;
    if (replicas !== present) await kubernetes.scale(name, replicas);
    return {
      applied: objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      replicas,
    };
  };

export const handler = handle({
  input: ApplyInput,
  output: Output,
  env: environments['rollout/apply-workload'],
  run: applyWorkload,
});
