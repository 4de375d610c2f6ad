import { FastClock } from '../../local/clock/fast-clock.ts';
import { Cloud, operatorOf } from '../../local/cloud.ts';
import { cloudwatchModule } from '../../local/services/cloudwatch/module.ts';
import {
  type BalancerService,
  balancerModule,
} from '../../local/services/elasticloadbalancingv2/module.ts';
import { LoadGenerator } from '../../local/traffic/load.ts';
import { networkOf } from '../../local/traffic/network.ts';
import { LoadBalancerProxy } from '../../local/traffic/proxy.ts';
import { Pod } from './pod.ts';
import { makeRoute, PLACE, type Route } from './route.ts';

type Color = 'blue' | 'green';
const otherOf = (color: Color): Color => (color === 'blue' ? 'green' : 'blue');

export interface SwitchesOptions {
  /** Writes of the weighted rule. */
  readonly switches: number;
  /** Real requests a second of the wall, over kept connections. */
  readonly requestsPerSecond: number;
  readonly podsPerColor: number;
  /** From the last weight to the end of the pods: Slipway keeps them for its guard. */
  readonly keepSeconds: number;
  /** From the order to end to the kill; at 0 nothing drains, which a cluster does only to a node that dies. */
  readonly graceSeconds: number;
  /** How many times faster than the wall everything but the requests is. */
  readonly speed: number;
  readonly seed: number;
}

export interface SwitchesResult {
  readonly switches: number;
  readonly requests: number;
  readonly failed: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Requests that were due while too many were under way. */
  readonly skipped: number;
  /** Requests that were under way on a color when its pods began to drain, or when it lost its weight. */
  readonly underWay: number;
  readonly podsStopped: number;
  readonly wallSeconds: number;
}

/** What a pod's manifest says, as its grace of a minute. */
const PRE_STOP_SECONDS = 15;
export const GRACE_SECONDS = 60;
/** How long a weight takes to reach every node of the load balancer. */
const PROPAGATION_SECONDS = 2;
/** Half of the requests are answered at once, the others last while weights move and pods end. */
const PATHS = ['/', '/slow/3', '/', '/slow/9'];
const HOST = 'shop.example.com';

/** Moves all traffic from color to color under load, fills each idle color with new pods and ends those that were left. */
export const switchColors = async (options: SwitchesOptions): Promise<SwitchesResult> => {
  const run = new Run(options);
  try {
    return await run.whole();
  } finally {
    run.close();
  }
};

class Run {
  readonly #options: SwitchesOptions;
  readonly #clock: FastClock;
  readonly #wall = new FastClock();
  readonly #cloud: Cloud;
  readonly #pods: Record<Color, Pod[]> = { blue: [], green: [] };
  readonly #all = new Set<Pod>();
  #proxy: LoadBalancerProxy | undefined;
  #stopped = 0;
  #underWay = 0;

  constructor(options: SwitchesOptions) {
    this.#options = options;
    this.#clock = new FastClock({ speed: options.speed });
    this.#cloud = new Cloud({
      clock: this.#clock,
      seed: options.seed,
      modules: [
        balancerModule({ propagationMs: PROPAGATION_SECONDS * 1000, hostCounts: false }),
        cloudwatchModule,
      ],
    });
  }

  async whole(): Promise<SwitchesResult> {
    const startedAt = this.#wall.now();
    const route = await makeRoute(this.#cloud, HOST);
    await this.#fill(route, 'blue');
    await this.#pass(PROPAGATION_SECONDS + 1);
    this.#proxy = new LoadBalancerProxy({
      cloud: this.#cloud,
      place: PLACE,
      loadBalancerArn: route.loadBalancerArn,
    });
    const load = new LoadGenerator({
      port: await this.#proxy.listen(),
      rate: this.#options.requestsPerSecond,
      hosts: [{ host: HOST, paths: PATHS }],
      pace: this.#wall,
      clock: this.#clock,
    });
    load.start();
    let live: Color = 'blue';
    let switched = 0;
    while (switched < this.#options.switches) {
      const next = otherOf(live);
      await this.#fill(route, next);
      // Half way, and the rest; the last one may be alone.
      const steps = switched + 1 === this.#options.switches ? [100] : [50, 100];
      for (const percent of steps) {
        await this.#shift(route, next, percent);
        switched += 1;
        await this.#pass(PROPAGATION_SECONDS);
      }
      this.#underWay += this.#onColor(route, live);
      await this.#pass(this.#options.keepSeconds - PROPAGATION_SECONDS);
      await this.#drain(route, live);
      live = next;
    }
    const summary = await load.stop();
    return {
      switches: switched,
      requests: summary.total,
      failed: summary.failed,
      byStatus: summary.byStatus,
      skipped: load.skipped,
      underWay: this.#underWay,
      podsStopped: this.#stopped,
      wallSeconds: (this.#wall.now() - startedAt) / 1000,
    };
  }

  close(): void {
    for (const pod of this.#all) pod.kill();
    void this.#proxy?.close();
    this.#clock.stop();
    this.#wall.stop();
  }

  get #balancer(): BalancerService {
    return this.#cloud.service<BalancerService>('elasticloadbalancingv2', PLACE);
  }

  #call(operation: string, input: object): Promise<unknown> {
    const principal = operatorOf(PLACE.account);
    return this.#cloud.call('elasticloadbalancingv2', operation, input, { ...PLACE, principal });
  }

  /** New pods, as a rollout makes them: traffic comes only when all are healthy. */
  async #fill(route: Route, color: Color): Promise<void> {
    const network = networkOf(this.#cloud, PLACE);
    const pods = Array.from({ length: this.#options.podsPerColor }, () => {
      const pod = new Pod({ ip: network.allocate(), version: color, clock: this.#clock });
      this.#all.add(pod);
      return pod;
    });
    for (const pod of pods) network.open(pod.ip, 8080, await pod.start());
    this.#pods[color] = pods;
    await this.#call('RegisterTargets', {
      TargetGroupArn: route[color],
      Targets: pods.map(({ ip }) => ({ Id: ip, Port: 8080 })),
    });
    const healthy = () =>
      this.#targets(route, color).filter(({ state }) => state === 'healthy').length;
    while (healthy() < pods.length) await this.#pass(1);
  }

  #targets(route: Route, color: Color) {
    return [...this.#balancer.state.targetGroup(route[color]).targets.values()];
  }

  #onColor(route: Route, color: Color): number {
    return this.#targets(route, color).reduce((sum, { outstanding }) => sum + outstanding, 0);
  }

  async #shift(route: Route, to: Color, percent: number): Promise<void> {
    await this.#call('ModifyRule', {
      RuleArn: route.ruleArn,
      Actions: route.actions(
        to === 'blue' ? percent : 100 - percent,
        to === 'green' ? percent : 100 - percent,
      ),
    });
  }

  /** Deregistered at once; signalled after preStop, killed after the grace: all while the next switch is under way. */
  async #drain(route: Route, color: Color): Promise<void> {
    const { graceSeconds } = this.#options;
    const pods = this.#pods[color];
    this.#pods[color] = [];
    await this.#call('DeregisterTargets', {
      TargetGroupArn: route[color],
      Targets: pods.map(({ ip }) => ({ Id: ip, Port: 8080 })),
    });
    const network = networkOf(this.#cloud, PLACE);
    for (const pod of pods) {
      this.#after(Math.min(PRE_STOP_SECONDS, graceSeconds), () => {
        pod.signal();
        this.#stopped += 1;
      });
      this.#after(graceSeconds, () => {
        pod.kill();
        this.#all.delete(pod);
        network.close(pod.ip, 8080);
      });
    }
  }

  #after(seconds: number, callback: () => void): void {
    this.#clock.at(this.#clock.now() + seconds * 1000, callback);
  }

  #pass(seconds: number): Promise<void> {
    if (seconds <= 0) return Promise.resolve();
    return new Promise((resolve) => this.#after(seconds, resolve));
  }
}
