import { cluster } from '../adapters/cluster.ts';
import { CheckInput } from '../domain/cluster-inputs.ts';
import { slotName, slotSelector } from '../domain/manifests.ts';
import { Judgement } from '../domain/verdict.ts';
import { judgeWorkload } from '../domain/workload-status.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

/** Asks the cluster whether a slot runs what was applied. */
export const checkWorkload =
  ({ runtime }: World) =>
  async ({ cluster: access, slot, readyDeadlineSeconds }: CheckInput): Promise<Judgement> => {
    const kubernetes = await cluster(runtime, access);
    const name = slotName(slot.service, slot.color);
    const [deployment, pods] = await Promise.all([
      kubernetes.deployment(name),
      kubernetes.pods(slotSelector(slot.service, slot.color)),
    ]);
    const { digest, rolloutId } = slot;
    return judgeWorkload(
      { name, digest, rolloutId, readyDeadlineSeconds },
      { deployment, pods },
      runtime.now(),
    );
  };

export const handler = handle({
  input: CheckInput,
  output: Judgement,
  env: environments['rollout/check-workload'],
  run: checkWorkload,
});
