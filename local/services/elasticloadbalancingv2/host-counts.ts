import type { BalancerState } from './state.ts';

const minuteMs = 60_000;

/** Tells CloudWatch once a minute how many targets of each attached group are healthy, and how many are not. */
export class HostCounts {
  readonly #state: BalancerState;
  #running = false;

  constructor(state: BalancerState) {
    this.#state = state;
  }

  /** Starts with the first registered target; without targets nothing is reported and no timer runs. */
  ensureRunning(): void {
    if (this.#running) return;
    this.#running = true;
    const { clock } = this.#state.cloud;
    const next = (Math.floor(clock.now() / minuteMs) + 1) * minuteMs;
    clock.at(next, () => {
      this.#running = false;
      if (this.#report()) this.ensureRunning();
    });
  }

  #report(): boolean {
    let registered = false;
    for (const group of this.#state.targetGroups.values()) {
      const states = [...group.targets.values()].map((target) => target.state);
      registered ||= states.length > 0;
      const loadBalancer = this.#state.loadBalancerOf(group.arn);
      if (loadBalancer === undefined || states.length === 0) continue;
      const dimensions = { LoadBalancer: loadBalancer.fullName, TargetGroup: group.fullName };
      const count = (wanted: string) => states.filter((state) => state === wanted).length;
      const datum = { namespace: 'AWS/ApplicationELB', dimensions, unit: 'Count' };
      const { cloud, place } = this.#state;
      cloud.measure({ ...datum, name: 'HealthyHostCount', value: count('healthy') }, place);
      cloud.measure({ ...datum, name: 'UnHealthyHostCount', value: count('unhealthy') }, place);
    }
    return registered;
  }
}
