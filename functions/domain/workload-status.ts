import { z } from 'zod';
import { millisecondsOf } from './instant.ts';
import { APPLIED_AT, ROLLOUT } from './manifests.ts';
import type { Judgement } from './verdict.ts';

const Count = z.int().optional();

/** Of a Deployment, what says whether it is ready. */
export const DeploymentView = z.object({
  metadata: z.object({
    name: z.string().optional(),
    generation: Count,
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.object({ replicas: Count }),
  status: z
    .object({
      observedGeneration: Count,
      replicas: Count,
      updatedReplicas: Count,
      availableReplicas: Count,
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            message: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});
export type DeploymentView = z.infer<typeof DeploymentView>;

/** Of a HorizontalPodAutoscaler, between which sizes it decides. */
export const AutoscalerView = z.object({
  metadata: z.object({ resourceVersion: z.string().optional() }),
  spec: z.object({ minReplicas: Count, maxReplicas: Count }),
});
export type AutoscalerView = z.infer<typeof AutoscalerView>;

const ContainerState = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  terminated: z.object({ reason: z.string().optional(), exitCode: Count }).optional(),
});

/** Of a Pod, what it runs and why it is not ready. */
export const PodView = z.object({
  metadata: z.object({ name: z.string().optional(), deletionTimestamp: z.unknown().optional() }),
  spec: z.object({ containers: z.array(z.object({ image: z.string().optional() })) }),
  status: z
    .object({
      phase: z.string().optional(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            message: z.string().optional(),
          }),
        )
        .optional(),
      containerStatuses: z
        .array(
          z.object({
            ready: z.boolean().optional(),
            restartCount: Count,
            state: ContainerState.optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});
export type PodView = z.infer<typeof PodView>;

/** What a Deployment is held against. */
interface Wanted {
  readonly name: string;
  /** Null: its pods may run other images. */
  readonly digest: string | null;
  readonly rolloutId: string;
  readonly readyDeadlineSeconds: number;
}

/** Whether a slot's Deployment that takes no requests runs what was applied: by its own counts, whatever its image is. */
export const judgeCompanion = (
  wanted: Wanted,
  seen: { readonly deployment: DeploymentView; readonly pods: readonly PodView[] },
  now: number,
): Judgement =>
  judgeWorkload({ ...wanted, name: seen.deployment.metadata.name ?? '', digest: null }, seen, now);

/** A slot is as ready as the least ready of its Deployments; a failed one decides at once. */
export const together = (judgements: readonly [Judgement, ...Judgement[]]): Judgement => {
  const [main, ...others] = judgements;
  const failed = judgements.find(({ verdict }) => verdict === 'fail');
  const waiting = judgements.find(({ verdict }) => verdict !== 'pass');
  const decides = failed ?? waiting;
  if (decides !== undefined) return decides;
  if (others.length === 0) return main;
  return { ...main, reason: judgements.map(({ reason }) => reason).join('; ') };
};

/** Whether a slot runs what was asked, completely; it may take until its deadline. `noRoom` in the evidence: the cluster lacks something, not the version. */
export const judgeWorkload = (
  wanted: Wanted,
  seen: { readonly deployment: DeploymentView | null; readonly pods: readonly PodView[] },
  now: number,
): Judgement => {
  const { deployment } = seen;
  if (deployment === null) {
    return {
      verdict: 'fail',
      reason: `there is no Deployment ${wanted.name}: it was deleted after it was applied`,
      evidence: {},
    };
  }
  const pods = seen.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const missing = unreadiness(wanted, deployment, pods);
  const figures = {
    replicas: deployment.spec.replicas ?? 1,
    updated: deployment.status?.updatedReplicas ?? 0,
    available: deployment.status?.availableReplicas ?? 0,
    pods: pods.length,
  };
  if (missing === null) {
    return {
      verdict: 'pass',
      reason: `${wanted.name} runs ${figures.available} pods${wanted.digest === null ? '' : ` of ${wanted.digest.slice(0, 19)}`}`,
      evidence: figures,
    };
  }
  const refusal = podsRefused(deployment);
  const why = [...(refusal === null ? [] : [refusal]), ...podReasons(pods)];
  const noRoom = refusal !== null || pods.some(unschedulable);
  const reason = `${wanted.name} is not ready: ${[missing, ...why].join('; ')}`;
  const stalled = deployment.status?.conditions?.some(
    (condition) =>
      condition.type === 'Progressing' &&
      condition.status === 'False' &&
      condition.reason === 'ProgressDeadlineExceeded',
  );
  const appliedAt = deployment.metadata.annotations?.[APPLIED_AT];
  const late =
    appliedAt !== undefined && now > millisecondsOf(appliedAt) + wanted.readyDeadlineSeconds * 1000;
  const seenIt =
    (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
  const over = late || (stalled === true && seenIt);
  return {
    verdict: over ? 'fail' : 'inconclusive',
    reason: over ? `${reason} (deadline ${wanted.readyDeadlineSeconds} s)` : reason,
    evidence: { ...figures, reasons: why, ...(noRoom ? { noRoom } : {}) },
  };
};

/** Why the cluster makes no pods of a Deployment, in its words: a quota, a limit, an admission webhook. */
const podsRefused = ({ status }: DeploymentView): string | null => {
  const failure = status?.conditions?.find(
    ({ type, status: state }) => type === 'ReplicaFailure' && state === 'True',
  );
  return failure === undefined ? null : (failure.message ?? failure.reason ?? failure.type);
};

const unschedulable = ({ status }: PodView): boolean =>
  status?.conditions?.some(
    ({ type, status: state }) => type === 'PodScheduled' && state === 'False',
  ) ?? false;

/** What is still missing, in words; null: nothing. */
const unreadiness = (
  wanted: Pick<Wanted, 'digest' | 'rolloutId'>,
  deployment: DeploymentView,
  pods: readonly PodView[],
): string | null => {
  const { status } = deployment;
  const replicas = deployment.spec.replicas ?? 1;
  const filledBy = deployment.metadata.annotations?.[ROLLOUT];
  if (filledBy !== wanted.rolloutId) {
    return `it was filled by ${filledBy ?? 'nobody'}, not by ${wanted.rolloutId}`;
  }
  if ((status?.observedGeneration ?? 0) < (deployment.metadata.generation ?? 0)) {
    return 'the cluster has not looked at it yet';
  }
  if (replicas === 0) return 'it is scaled to 0';
  if ((status?.updatedReplicas ?? 0) < replicas) {
    return `${status?.updatedReplicas ?? 0} of ${replicas} pods are of this release`;
  }
  if ((status?.replicas ?? 0) > (status?.updatedReplicas ?? 0)) return 'older pods are still there';
  if ((status?.availableReplicas ?? 0) < replicas) {
    return `${status?.availableReplicas ?? 0} of ${replicas} pods are available`;
  }
  if (wanted.digest === null) return null;
  const foreign = pods.filter(
    (pod) => !pod.spec.containers.some(({ image }) => image?.endsWith(`@${wanted.digest}`)),
  );
  if (foreign.length > 0) {
    return `pods run another image: ${foreign.map((pod) => pod.spec.containers[0]?.image ?? 'none').join(', ')}`;
  }
  return pods.length < replicas ? `${pods.length} of ${replicas} pods exist` : null;
};

/** Each pod's own words, without repetition: CrashLoopBackOff, ImagePullBackOff, a readiness probe that fails. */
const podReasons = (pods: readonly PodView[]): string[] => {
  const reasons = pods.flatMap((pod) => {
    const waiting = (pod.status?.containerStatuses ?? []).flatMap(({ state }) => {
      const cause = state?.waiting?.reason ?? state?.terminated?.reason;
      const message = state?.waiting?.message;
      return cause === undefined ? [] : [message === undefined ? cause : `${cause} (${message})`];
    });
    if (waiting.length > 0) return waiting;
    const unmet = (pod.status?.conditions ?? []).filter(
      ({ type, status }) => status === 'False' && type !== 'Initialized',
    );
    return unmet
      .slice(0, 1)
      .map(({ type, reason, message }) =>
        [`${type} is False`, reason, message].filter(Boolean).join(', '),
      );
  });
  return [...new Set(reasons)].slice(0, 5).map((reason) => reason.slice(0, 200));
};
