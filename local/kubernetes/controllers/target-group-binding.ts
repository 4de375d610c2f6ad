import type { ClusterContext } from '../cluster-context.ts';
import type { KubeObject } from '../objects.ts';
import { keyOf, splitKey, WorkQueue } from '../work-queue.ts';
import { readyAddresses, type ServiceAddress } from './endpoints.ts';

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

/** Keeps target groups filled with the ready pods of the Services bound to them, as the AWS Load Balancer Controller does. */
export class TargetGroupBindingController {
  readonly #cluster: ClusterContext;
  readonly #queue: WorkQueue;
  readonly #busy = new Set<string>();
  readonly #again = new Set<string>();
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
      if (object.kind !== 'Endpoints' && object.kind !== 'Service') return;
      for (const binding of cluster.store.list<TargetGroupBinding>(
        'TargetGroupBinding',
        object.metadata.namespace,
      )) {
        if (binding.spec.serviceRef.name === object.metadata.name) this.#queue.add(keyOf(binding));
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
    const { store, cloud } = this.#cluster;
    const { namespace, name } = splitKey(key);
    const binding = store.find<TargetGroupBinding>('TargetGroupBinding', namespace, name);
    if (binding === undefined) return;
    const { serviceRef, multiClusterTargetGroup } = binding.spec;
    const wanted = readyAddresses(this.#cluster, { namespace, ...serviceRef }) ?? [];
    try {
      const arn = await this.#arnOf(binding);
      const present = await this.#targetsOf(arn);
      const mine = this.#registered.get(key) ?? new Set<string>();
      const missing = wanted.filter((address) => !present.has(textOf(address)));
      const wantedTexts = new Set(wanted.map(textOf));
      const surplus = [...present].filter(
        (text) => !wantedTexts.has(text) && (!multiClusterTargetGroup || mine.has(text)),
      );
      if (surplus.length > 0)
        await this.#call('DeregisterTargets', {
          TargetGroupArn: arn,
          Targets: surplus.map(targetOf),
        });
      if (missing.length > 0) {
        await this.#call('RegisterTargets', {
          TargetGroupArn: arn,
          Targets: missing.map((each) => targetOf(textOf(each))),
        });
      }
      this.#registered.set(key, wantedTexts);
      this.#failures.delete(key);
      store.writeStatus(binding, { observedGeneration: binding.metadata.generation ?? 1 });
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
      cloud.clock.at(cloud.clock.now() + delay, () => this.#queue.add(key));
      if (failures === 0) throw error;
    }
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

  async #targetsOf(arn: string): Promise<Set<string>> {
    const { TargetHealthDescriptions } = await this.#call<{
      TargetHealthDescriptions: { Target: Target; TargetHealth: { State: string } }[];
    }>('DescribeTargetHealth', { TargetGroupArn: arn });
    return new Set(
      TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth.State !== 'draining').map(
        ({ Target }) => `${Target.Id}:${Target.Port}`,
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

const textOf = ({ ip, port }: ServiceAddress): string => `${ip}:${port}`;

const targetOf = (text: string): Target => {
  const [Id = '', port] = text.split(':');
  return { Id, Port: Number(port) };
};
