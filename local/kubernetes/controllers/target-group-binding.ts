import { isDeepStrictEqual } from 'node:util';
import type { Timer } from '../../clock/clock.ts';
import type { ClusterContext } from '../cluster-context.ts';
import {
  type Condition,
  conditionOf,
  isReady,
  type KubeObject,
  type Pod,
  timestamp,
} from '../objects.ts';
import { gateOf } from '../readiness-gates.ts';
import { keyOf, splitKey, WorkQueue } from '../work-queue.ts';
import {
  type KubeService,
  podsBehind,
  type ServedPod,
  type ServiceAddress,
  selectsPod,
} from './endpoints.ts';

interface TargetGroupBinding extends KubeObject {
  readonly spec: {
    readonly serviceRef: { readonly name: string; readonly port: number | string };
    readonly targetGroupARN?: string;
    readonly targetGroupName?: string;
    readonly multiClusterTargetGroup?: boolean;
  };
}

interface Target {
  readonly Id: string;
  readonly Port: number;
}

const firstRetryMs = 1000;
const longestRetryMs = 300_000;
/** How often targets of pods that wait at a readiness gate are looked at. */
const gatePollMs = 2000;

/** Keeps target groups filled with the ready pods of the Services bound to them, as the AWS Load Balancer Controller does. */
export class TargetGroupBindingController {
  readonly #cluster: ClusterContext;
  readonly #queue: WorkQueue;
  readonly #busy = new Set<string>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  readonly #failures = new Map<string, number>();
  /** Addresses that this cluster has put into a group. */
  readonly #registered = new Map<string, Set<string>>();

  constructor(cluster: ClusterContext) {
    this.#cluster = cluster;
    this.#queue = new WorkQueue((key) => this.#begin(key), cluster.cloud.warn.bind(cluster.cloud));
    cluster.store.onChange(({ type, object }) => {
      if (object.kind === 'TargetGroupBinding') {
        if (type === 'DELETED') void this.#held(() => this.#empty(object as TargetGroupBinding));
        else this.#queue.add(keyOf(object));
      }
      if (object.kind !== 'Pod' && object.kind !== 'Service') return;
      const { namespace } = object.metadata;
      for (const binding of cluster.store.list<TargetGroupBinding>(
        'TargetGroupBinding',
        namespace,
      )) {
        const { name } = binding.spec.serviceRef;
        const service = cluster.store.find<KubeService>('Service', namespace, name);
        const concerned =
          object.kind === 'Service'
            ? object.metadata.name === name
            : service !== undefined && selectsPod(service, object);
        if (concerned) this.#queue.add(keyOf(binding));
      }
    });
  }

  #begin(key: string): void {
    if (this.#busy.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#busy.add(key);
    void this.#held(() => this.#reconcile(key)).finally(() => {
      this.#busy.delete(key);
      if (this.#again.delete(key)) this.#queue.add(key);
    });
  }

  async #held(work: () => Promise<void>): Promise<void> {
    const release = this.#cluster.cloud.clock.hold();
    try {
      await work();
    } catch (error) {
      this.#cluster.cloud.warn(
        `target group binding: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      release();
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { store } = this.#cluster;
    const { namespace, name } = splitKey(key);
    const binding = store.find<TargetGroupBinding>('TargetGroupBinding', namespace, name);
    if (binding === undefined) return;
    const gate = gateOf(name);
    const served = podsBehind(this.#cluster, { namespace, ...binding.spec.serviceRef });
    const wanted = served.filter(({ pod }) => mayServe(pod, gate));
    const waiting = wanted.filter(({ pod }) => hasGate(pod, gate) && !isOpen(pod, gate));
    const texts = new Set(wanted.map(({ address }) => textOf(address)));
    const seen = (binding.status as { observedGeneration?: number } | undefined)
      ?.observedGeneration;
    const known = this.#registered.get(key);
    const settled = known !== undefined && isDeepStrictEqual(known, texts);
    if (settled && waiting.length === 0 && seen === binding.metadata.generation) return;
    try {
      const arn = await this.#arnOf(binding);
      const present = await this.#targetsOf(arn);
      if (!settled)
        await this.#fill(arn, {
          present,
          texts,
          known,
          shared: binding.spec.multiClusterTargetGroup,
        });
      this.#registered.set(key, texts);
      this.#failures.delete(key);
      this.#openGates(waiting, present, gate);
      store.writeStatus(binding, { observedGeneration: binding.metadata.generation ?? 1 });
      if (waiting.length > 0) this.#wake(key, gatePollMs);
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
      this.#wake(key, delay);
      if (failures === 0) throw error;
    }
  }

  /** Registers what is missing, and deregisters what is surplus: whatever it is, unless the group is shared. */
  async #fill(
    TargetGroupArn: string,
    given: {
      present: ReadonlyMap<string, string>;
      texts: ReadonlySet<string>;
      known: ReadonlySet<string> | undefined;
      shared: boolean | undefined;
    },
  ): Promise<void> {
    const missing = [...given.texts].filter((text) => !given.present.has(text));
    const surplus = [...given.present.keys()].filter(
      (text) => !given.texts.has(text) && (!given.shared || given.known?.has(text)),
    );
    if (surplus.length > 0) {
      await this.#call('DeregisterTargets', { TargetGroupArn, Targets: surplus.map(targetOf) });
    }
    if (missing.length > 0) {
      await this.#call('RegisterTargets', { TargetGroupArn, Targets: missing.map(targetOf) });
    }
  }

  #openGates(
    waiting: readonly ServedPod[],
    present: ReadonlyMap<string, string>,
    gate: string,
  ): void {
    const { store, cloud } = this.#cluster;
    for (const { pod, address } of waiting) {
      const healthy = present.get(textOf(address)) === 'healthy';
      const found = store.find<Pod>('Pod', pod.metadata.namespace, pod.metadata.name);
      if (found === undefined) continue;
      const condition: Condition = {
        type: gate,
        status: healthy ? 'True' : 'False',
        ...(healthy ? {} : { reason: 'Elb.InitialHealthChecking' }),
        lastTransitionTime: timestamp(cloud.clock.now()),
      };
      const others = (found.status?.conditions ?? []).filter(({ type }) => type !== gate);
      const before = conditionOf(found, gate);
      if (before?.status !== condition.status) {
        store.writeStatus(found, { conditions: [...others, condition] });
      }
    }
  }

  /** One timer for each binding, however often it is reconciled meanwhile. */
  #wake(key: string, delayMs: number): void {
    const { clock } = this.#cluster.cloud;
    this.#timers.get(key)?.cancel();
    this.#timers.set(
      key,
      clock.at(clock.now() + delayMs, () => this.#queue.add(key)),
    );
  }

  async #empty(binding: TargetGroupBinding): Promise<void> {
    const mine = [...(this.#registered.get(keyOf(binding)) ?? [])];
    this.#registered.delete(keyOf(binding));
    if (mine.length === 0) return;
    await this.#call('DeregisterTargets', {
      TargetGroupArn: await this.#arnOf(binding),
      Targets: mine.map(targetOf),
    });
  }

  async #arnOf({ spec }: TargetGroupBinding): Promise<string> {
    if (spec.targetGroupARN) return spec.targetGroupARN;
    const { TargetGroups } = await this.#call<{ TargetGroups: { TargetGroupArn: string }[] }>(
      'DescribeTargetGroups',
      { Names: [spec.targetGroupName] },
    );
    return TargetGroups[0]?.TargetGroupArn ?? '';
  }

  async #targetsOf(arn: string): Promise<ReadonlyMap<string, string>> {
    const { TargetHealthDescriptions } = await this.#call<{
      TargetHealthDescriptions: { Target: Target; TargetHealth: { State: string } }[];
    }>('DescribeTargetHealth', { TargetGroupArn: arn });
    return new Map(
      TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth.State !== 'draining').map(
        ({ Target, TargetHealth }) => [`${Target.Id}:${Target.Port}`, TargetHealth.State],
      ),
    );
  }

  #call<T = unknown>(operation: string, input: unknown): Promise<T> {
    const { cloud, place, name } = this.#cluster;
    const role = `${name}-aws-load-balancer-controller`;
    return cloud.call<T>('elasticloadbalancingv2', operation, input, {
      ...place,
      principal: {
        arn: `arn:aws:sts::${place.account}:assumed-role/${role}/aws-load-balancer-controller`,
        account: place.account,
        roleArn: `arn:aws:iam::${place.account}:role/${role}`,
      },
    });
  }
}

const hasGate = (pod: Pod, gate: string): boolean =>
  pod.spec.readinessGates?.some(({ conditionType }) => conditionType === gate) ?? false;

const isOpen = (pod: Pod, gate: string): boolean => conditionOf(pod, gate)?.status === 'True';

/** A pod with a gate is registered as soon as its containers are ready, or it would never become ready. */
const mayServe = (pod: Pod, gate: string): boolean =>
  hasGate(pod, gate) ? conditionOf(pod, 'ContainersReady')?.status === 'True' : isReady(pod);

const textOf = ({ ip, port }: ServiceAddress): string => `${ip}:${port}`;

const targetOf = (text: string): Target => {
  const [Id = '', port] = text.split(':');
  return { Id, Port: Number(port) };
};
