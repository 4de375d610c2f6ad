import type { Timer } from '../../clock/clock.ts';
import type { ClusterContext } from '../cluster-context.ts';
import {
  type Condition,
  conditionOf,
  type KubeObject,
  type Pod,
  type PodTemplate,
  timestamp,
} from '../objects.ts';
import { KubernetesError } from '../status.ts';
import { keyOf, splitKey, WorkQueue } from '../work-queue.ts';

interface Job extends KubeObject {
  readonly spec: {
    readonly template: PodTemplate;
    readonly backoffLimit?: number;
    readonly completions?: number;
    readonly parallelism?: number;
    readonly suspend?: boolean;
    readonly activeDeadlineSeconds?: number;
    readonly ttlSecondsAfterFinished?: number;
  };
  readonly status?: { readonly startTime?: string; readonly conditions?: readonly Condition[] };
}

const firstBackoffMs = 10_000;
const longestBackoffMs = 360_000;

/** Runs each Job's pods until as many have succeeded as it wants, or too many have failed. */
export class JobController {
  readonly #cluster: ClusterContext;
  readonly #queue: WorkQueue;
  readonly #timers = new Map<string, Timer[]>();

  constructor(cluster: ClusterContext) {
    this.#cluster = cluster;
    this.#queue = new WorkQueue(
      (key) => this.#reconcile(key),
      cluster.cloud.warn.bind(cluster.cloud),
    );
    cluster.store.onChange(({ object }) => {
      if (object.kind === 'Job') this.#queue.add(keyOf(object));
      if (object.kind !== 'Pod') return;
      const owner = object.metadata.ownerReferences?.find((each) => each.kind === 'Job');
      if (owner) this.#queue.add(`${object.metadata.namespace}/${owner.name}`);
    });
  }

  #reconcile(key: string): void {
    const { namespace, name } = splitKey(key);
    const { store, cloud } = this.#cluster;
    const job = store.find<Job>('Job', namespace, name);
    if (job === undefined || job.metadata.deletionTimestamp || job.spec.suspend) return;
    if (conditionOf(job, 'Complete') || conditionOf(job, 'Failed')) return;
    const now = cloud.clock.now();
    const startTime = job.status?.startTime ?? timestamp(now);
    const pods = store
      .list<Pod>('Pod', namespace)
      .filter((pod) =>
        pod.metadata.ownerReferences?.some((owner) => owner.uid === job.metadata.uid),
      );
    const phase = (wanted: string) => pods.filter((pod) => pod.status?.phase === wanted);
    const [succeeded, failed] = [phase('Succeeded').length, phase('Failed').length];
    const active = pods.filter((pod) => !['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''));
    const counts = { startTime, active: active.length, ready: active.length, succeeded, failed };
    const { completions = 1, parallelism = 1, backoffLimit = 6, activeDeadlineSeconds } = job.spec;
    if (succeeded >= completions) {
      this.#end(job, counts, {
        type: 'Complete',
        status: 'True',
        reason: 'CompletionsReached',
        message: 'Reached expected number of succeeded pods',
      });
      return;
    }
    if (failed > backoffLimit) {
      this.#end(job, counts, {
        type: 'Failed',
        status: 'True',
        reason: 'BackoffLimitExceeded',
        message: 'Job has reached the specified backoff limit',
      });
      return;
    }
    const deadline = activeDeadlineSeconds && Date.parse(startTime) + activeDeadlineSeconds * 1000;
    if (deadline && now >= deadline) {
      for (const pod of active) store.remove(pod, 0);
      this.#end(
        job,
        { ...counts, active: 0 },
        {
          type: 'Failed',
          status: 'True',
          reason: 'DeadlineExceeded',
          message: 'Job was active longer than specified deadline',
        },
      );
      return;
    }
    if (deadline && job.status?.startTime === undefined) this.#wake(key, deadline);
    const missing = Math.min(parallelism, completions - succeeded) - active.length;
    if (missing > 0 && this.#mayTry(key, phase('Failed'), now)) {
      for (let index = 0; index < missing; index += 1) this.#createPod(job);
    }
    store.writeStatus(job, counts);
  }

  /** After a failure the next try waits, each time twice as long. */
  #mayTry(key: string, failed: readonly Pod[], now: number): boolean {
    if (failed.length === 0) return true;
    const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failed.length - 1));
    const ends = failed.map(
      (pod) => pod.status?.containerStatuses?.[0]?.state.terminated?.finishedAt,
    );
    const at = Math.max(...ends.map((end) => Date.parse(end ?? '') || 0)) + backoffMs;
    if (now >= at) return true;
    this.#wake(key, at);
    return false;
  }

  #createPod(job: Job): void {
    const { store, cloud, admit } = this.#cluster;
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${job.metadata.name}-${cloud.token(5)}`,
        namespace: job.metadata.namespace ?? '',
        labels: job.spec.template.metadata?.labels ?? {},
        ownerReferences: [
          {
            apiVersion: job.apiVersion,
            kind: job.kind,
            name: job.metadata.name,
            uid: job.metadata.uid ?? '',
            controller: true,
          },
        ],
      },
      spec: job.spec.template.spec,
    };
    try {
      store.create(admit(pod));
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      this.#wake(keyOf(job), cloud.clock.now() + firstBackoffMs);
    }
  }

  #end(job: Job, counts: object, condition: Condition): void {
    const { store, cloud } = this.#cluster;
    const at = timestamp(cloud.clock.now());
    for (const timer of this.#timers.get(keyOf(job)) ?? []) timer.cancel();
    this.#timers.delete(keyOf(job));
    const { ttlSecondsAfterFinished } = job.spec;
    if (ttlSecondsAfterFinished !== undefined) {
      cloud.clock.at(cloud.clock.now() + ttlSecondsAfterFinished * 1000, () => store.remove(job));
    }
    store.writeStatus(job, {
      ...counts,
      ...(condition.type === 'Complete' ? { completionTime: at } : {}),
      conditions: [{ ...condition, lastTransitionTime: at }],
    });
  }

  #wake(key: string, at: number): void {
    const timer = this.#cluster.cloud.clock.at(at, () => this.#queue.add(key));
    this.#timers.set(key, [...(this.#timers.get(key) ?? []), timer]);
  }
}
