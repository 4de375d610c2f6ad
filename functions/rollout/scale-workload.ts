import { z } from 'zod';
import { cluster } from '../adapters/cluster.ts';
import { ScaleInput } from '../domain/cluster-inputs.ts';
import { slotName } from '../domain/manifests.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Output = z.object({ scaled: z.boolean() });

/** Gives a slot a size. An empty slot has nothing to scale. At 0 the autoscaler stands back too. */
export const scaleWorkload =
  ({ runtime }: World) =>
  async (input: ScaleInput): Promise<z.input<typeof Output>> => {
    const kubernetes = await cluster(runtime, input.cluster);
    const scaled = await kubernetes.scale(slotName(input.service, input.color), input.replicas);
    return { scaled };
  };

export const handler = handle({
  input: ScaleInput,
  output: Output,
  env: environments['rollout/scale-workload'],
  run: scaleWorkload,
});
