import { cluster } from '../adapters/cluster.ts';
import { startCompanions, stopCompanions } from '../adapters/companions.ts';
import { ScaleInput, ScaleOutput, type SlotLimits } from '../domain/cluster-inputs.ts';
import { isNamed } from '../domain/errors.ts';
import { ROLLOUT, slotName } from '../domain/manifests.ts';
import { warmReplicas } from '../domain/warm.ts';
import type { AutoscalerView, DeploymentView } from '../domain/workload-status.ts';
import type { Cluster } from '../ports/cluster.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

/** Gives a slot a size and keeps its autoscaler from changing it. An empty slot has nothing to scale. */
export const scaleWorkload =
  ({ runtime }: World) =>
  async (input: ScaleInput): Promise<ScaleOutput> => {
    const kubernetes = await cluster(runtime, input.cluster);
    const answer = await sized(kubernetes, input);
    // A slot is given a size when it serves nobody.
    if (answer.scaled) await stopCompanions(kubernetes, input);
    if (input.unfix !== null) {
      await giveBack(kubernetes, input.service, input.unfix);
      await startCompanions(kubernetes, { service: input.service, color: input.unfix.color });
    }
    return answer;
  };

const sized = async (
  kubernetes: Cluster,
  { service, color, replicas, filledBy }: ScaleInput,
): Promise<ScaleOutput> => {
  const untouched = { scaled: false, replicas: null, ready: 0, readyOfOther: null };
  const name = slotName(service, color);
  const autoscaler = await kubernetes.autoscaler(name);
  const slot = await kubernetes.deployment(name);
  if (slot === null || (filledBy !== null && filledBy !== fillerOf(slot))) return untouched;
  const other =
    typeof replicas === 'number'
      ? null
      : await kubernetes.deployment(slotName(service, replicas.of));
  const wanted = typeof replicas === 'number' ? replicas : warmBeside(other, replicas.part);
  if (wanted === null) return untouched;
  try {
    const checked = filledBy !== null;
    await hold(kubernetes, name, { slot, autoscaler }, { replicas: wanted, checked });
  } catch (error) {
    // Whoever has changed it since it was read has it now.
    if (filledBy !== null && isNamed(error, 'DriftFound')) return untouched;
    throw error;
  }
  return {
    scaled: true,
    replicas: wanted,
    ready: Math.min(wanted, readyIn(slot)),
    readyOfOther: other === null ? null : readyIn(other),
  };
};

const fillerOf = ({ metadata }: DeploymentView): string | undefined =>
  metadata.annotations?.[ROLLOUT];

const readyIn = ({ status }: DeploymentView): number => status?.availableReplicas ?? 0;

/** Where the slot that serves is gone or scaled to nothing, nothing says what it needs: what is warm stays as it is. */
const warmBeside = (live: DeploymentView | null, part: 'all' | 'half'): number | null => {
  const needed = live === null ? 0 : (live.spec.replicas ?? 1);
  return needed === 0 ? null : warmReplicas(needed, part);
};

/**
 * An autoscaler is told first, or it would take the number back, and moves the pods by itself; at 0 it stands back. `checked`: only what
 * nobody has written since it was read, and the autoscaler was read before the slot, which an apply writes before its autoscaler.
 */
const hold = async (
  kubernetes: Cluster,
  name: string,
  { slot, autoscaler }: { slot: DeploymentView; autoscaler: AutoscalerView | null },
  { replicas, checked }: { replicas: number; checked: boolean },
): Promise<void> => {
  const autoscaled = autoscaler !== null && replicas > 0;
  if (autoscaled && !isFixed(autoscaler, replicas)) {
    const limits = { min: replicas, max: replicas };
    await (checked ? kubernetes.limit(name, limits, autoscaler) : kubernetes.limit(name, limits));
    if (checked && slot.spec.replicas !== 0) return;
  }
  if (slot.spec.replicas === replicas) return;
  await (checked ? kubernetes.scale(name, replicas, slot) : kubernetes.scale(name, replicas));
};

const isFixed = ({ spec }: AutoscalerView, replicas: number): boolean =>
  spec.minReplicas === replicas && spec.maxReplicas === replicas;

/** What serves alone is sized by its load again. */
const giveBack = async (
  kubernetes: Cluster,
  service: string,
  { color, replicas: { min, max } }: SlotLimits,
): Promise<void> => {
  const name = slotName(service, color);
  const autoscaler = await kubernetes.autoscaler(name);
  if (autoscaler === null) return;
  const { minReplicas = 1, maxReplicas } = autoscaler.spec;
  if (minReplicas !== min || maxReplicas !== max) {
    await kubernetes.limit(name, { min, max });
  }
};

export const handler = handle({
  input: ScaleInput,
  output: ScaleOutput,
  env: environments['rollout/scale-workload'],
  run: scaleWorkload,
});
