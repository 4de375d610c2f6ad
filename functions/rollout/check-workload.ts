import { cluster } from '../adapters/cluster.ts';
import { companionsOf } from '../adapters/companions.ts';
import { CheckInput } from '../domain/cluster-inputs.ts';
import { podsOfDeployment, slotName, slotSelector } from '../domain/manifests.ts';
import { Judgement } from '../domain/verdict.ts';
import { judgeCompanion, judgeWorkload, together } from '../domain/workload-status.ts';
import type { Cluster } from '../ports/cluster.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

/** Asks the cluster whether a slot runs what was applied. */
export const checkWorkload =
  ({ runtime }: World) =>
  async ({ cluster: access, slot, readyDeadlineSeconds }: CheckInput): Promise<Judgement> => {
    const kubernetes = await cluster(runtime, access);
    const name = slotName(slot.service, slot.color);
    const [deployment, pods, companions] = await Promise.all([
      kubernetes.deployment(name),
      kubernetes.pods(slotSelector(slot.service, slot.color)),
      companionsWithPods(kubernetes, slot),
    ]);
    const { digest, rolloutId } = slot;
    const wanted = { name, digest, rolloutId, readyDeadlineSeconds };
    const now = runtime.now();
    return together([
      judgeWorkload(wanted, { deployment, pods }, now),
      ...companions.map((companion) => judgeCompanion(wanted, companion, now)),
    ]);
  };

const companionsWithPods = async (kubernetes: Cluster, slot: CheckInput['slot']) =>
  Promise.all(
    (await companionsOf(kubernetes, slot)).map(async (deployment) => ({
      deployment,
      pods: await kubernetes.pods(podsOfDeployment(deployment.metadata.name ?? '')),
    })),
  );

export const handler = handle({
  input: CheckInput,
  output: Judgement,
  env: environments['rollout/check-workload'],
  run: checkWorkload,
});
