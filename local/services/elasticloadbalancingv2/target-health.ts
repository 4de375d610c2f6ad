import type { Timer } from '../../clock/clock.ts';
import { type Network, networkOf, type ProbeResult } from '../../traffic/network.ts';
import {
  type BalancerState,
  numberAttribute,
  type TargetGroupRecord,
  type TargetRecord,
} from './state.ts';

/** From registration to the first check: a target registered is checked soon, not after a whole interval. */
const firstCheckMs = 1000;

interface Watch {
  timer: Timer | undefined;
  /** Checks in a row that ended alike. */
  streak: number;
  lastGood: boolean | undefined;
  lastCheckAt: number;
  unwatch: () => void;
}

/** Registers, checks and drains targets, on the clock. */
export class TargetHealth {
  readonly #state: BalancerState;
  readonly #network: Network;
  readonly #watches = new Map<TargetRecord, Watch>();
  /** Called after a target has been registered. */
  onRegistered: () => void = () => {};

  constructor(state: BalancerState) {
    this.#state = state;
    this.#network = networkOf(state.cloud, state.place);
  }

  register(
    group: TargetGroupRecord,
    wanted: Pick<TargetRecord, 'id' | 'port' | 'availabilityZone'>,
  ): void {
    const key = `${wanted.id}:${wanted.port}`;
    const present = group.targets.get(key);
    if (present !== undefined && present.state !== 'draining') return;
    if (present !== undefined) this.forget(group, present);
    const target: TargetRecord = {
      ...wanted,
      state: 'unused',
      reason: undefined,
      description: undefined,
      healthySince: 0,
      outstanding: 0,
      underWay: new Set(),
    };
    group.targets.set(key, target);
    this.#begin(group, target);
    this.onRegistered();
  }

  /** Takes the target out of rotation now, and out of the group, with what is still under way, after the deregistration delay. */
  deregister(group: TargetGroupRecord, target: TargetRecord): void {
    if (target.state === 'draining') return;
    this.#stop(target);
    const seconds = numberAttribute(group, 'deregistration_delay.timeout_seconds');
    const done = () => {
      this.forget(group, target);
      for (const end of [...target.underWay]) end();
    };
    if (target.state === 'unused' || seconds === 0) {
      done();
      return;
    }
    set(
      target,
      'draining',
      'Target.DeregistrationInProgress',
      'Target deregistration is in progress',
    );
    const { clock } = this.#state.cloud;
    const timer = clock.at(clock.now() + seconds * 1000, done);
    this.#watches.set(target, { timer, ...fresh(), unwatch: () => {} });
  }

  forget(group: TargetGroupRecord, target: TargetRecord): void {
    this.#stop(target);
    const key = `${target.id}:${target.port}`;
    if (group.targets.get(key) === target) group.targets.delete(key);
  }

  /** After the check's settings have changed: counts from the beginning. */
  recheck(group: TargetGroupRecord): void {
    for (const target of group.targets.values()) {
      const watch = this.#watches.get(target);
      if (watch && target.state !== 'draining') {
        Object.assign(watch, fresh());
        this.#schedule(group, target, watch, firstCheckMs);
      }
    }
  }

  /** After rules have changed: a group that no rule names any more is unused, one that is named is checked. */
  followUse(): void {
    for (const group of this.#state.targetGroups.values()) {
      const used = this.#state.loadBalancerOf(group.arn) !== undefined;
      for (const target of group.targets.values()) {
        if (target.state === 'draining') continue;
        if (used === (target.state === 'unused')) this.#begin(group, target);
      }
    }
  }

  #begin(group: TargetGroupRecord, target: TargetRecord): void {
    this.#stop(target);
    if (this.#state.loadBalancerOf(group.arn) === undefined) {
      set(
        target,
        'unused',
        'Target.NotInUse',
        'Target group is not configured to receive traffic from the load balancer',
      );
      return;
    }
    if (group.settings.HealthCheckEnabled === false) {
      set(
        target,
        'unavailable',
        'Target.HealthCheckDisabled',
        'Health checks are disabled for this target group',
      );
      return;
    }
    set(target, 'initial', 'Elb.RegistrationInProgress', 'Target registration is in progress');
    const watch: Watch = { timer: undefined, ...fresh(), unwatch: () => {} };
    watch.unwatch = this.#network.watch(target.id, checkPort(group, target), () => {
      if (watch.timer === undefined)
        this.#schedule(group, target, watch, this.#toNextCheck(group, watch));
    });
    this.#watches.set(target, watch);
    this.#schedule(group, target, watch, firstCheckMs);
  }

  #toNextCheck(group: TargetGroupRecord, watch: Watch): number {
    const interval = (group.settings.HealthCheckIntervalSeconds ?? 30) * 1000;
    return interval - ((this.#state.cloud.clock.now() - watch.lastCheckAt) % interval);
  }

  #schedule(group: TargetGroupRecord, target: TargetRecord, watch: Watch, delayMs: number): void {
    watch.timer?.cancel();
    const { clock } = this.#state.cloud;
    watch.timer = clock.at(clock.now() + delayMs, () => {
      watch.timer = undefined;
      watch.lastCheckAt = clock.now();
      this.#check(group, target, watch);
    });
  }

  #check(group: TargetGroupRecord, target: TargetRecord, watch: Watch): void {
    const workload = this.#network.at(target.id, checkPort(group, target));
    const { HealthCheckPath = '/', HealthCheckTimeoutSeconds = 5 } = group.settings;
    const result = workload?.probe(HealthCheckPath, HealthCheckTimeoutSeconds * 1000) ?? 'refused';
    // What tells of its changes, or is not there, need not be asked again until it does.
    const quiet = workload === undefined || workload.onChange !== undefined;
    if (!(result instanceof Promise)) {
      this.#judge(group, target, watch, { result, quiet });
      return;
    }
    // Not held: a check decides nothing that must wait for it, and hundreds of them would slow a fast clock down.
    void result
      .catch((): ProbeResult => 'refused')
      .then((answer) => this.#judge(group, target, watch, { result: answer, quiet }));
  }

  #judge(
    group: TargetGroupRecord,
    target: TargetRecord,
    watch: Watch,
    { result, quiet }: { result: ProbeResult; quiet: boolean },
  ): void {
    if (this.#watches.get(target) !== watch || target.state === 'draining') return;
    const good = typeof result === 'number' && matches(group.settings.Matcher?.HttpCode, result);
    watch.streak = watch.lastGood === good ? watch.streak + 1 : 1;
    watch.lastGood = good;
    if (good) this.#passed(group, target, watch);
    else this.#failed(group, target, watch, result);
    const steady = target.state === (good ? 'healthy' : 'unhealthy');
    if (quiet && steady) return;
    this.#schedule(group, target, watch, (group.settings.HealthCheckIntervalSeconds ?? 30) * 1000);
  }

  #passed(group: TargetGroupRecord, target: TargetRecord, watch: Watch): void {
    if (target.state === 'healthy') return;
    // A target that was never judged needs one good check, one that failed needs the threshold.
    const needed = target.state === 'initial' ? 1 : (group.settings.HealthyThresholdCount ?? 5);
    if (watch.streak < needed) return;
    set(target, 'healthy', undefined, undefined);
    target.healthySince = this.#state.cloud.clock.now();
  }

  #failed(group: TargetGroupRecord, target: TargetRecord, watch: Watch, result: ProbeResult): void {
    const [reason, description] =
      result === 'timeout'
        ? ['Target.Timeout', 'Request timed out']
        : result === 'refused'
          ? ['Target.FailedHealthChecks', 'Health checks failed']
          : ['Target.ResponseCodeMismatch', `Health checks failed with these codes: [${result}]`];
    const threshold = group.settings.UnhealthyThresholdCount ?? 2;
    if (target.state === 'unhealthy' || watch.streak >= threshold) {
      set(target, 'unhealthy', reason, description);
    } else if (target.state === 'initial') {
      set(target, 'initial', 'Elb.InitialHealthChecking', 'Initial health checks in progress');
    }
  }

  #stop(target: TargetRecord): void {
    const watch = this.#watches.get(target);
    watch?.timer?.cancel();
    watch?.unwatch();
    this.#watches.delete(target);
  }
}

const fresh = (): Omit<Watch, 'timer' | 'unwatch'> => ({
  streak: 0,
  lastGood: undefined,
  lastCheckAt: 0,
});

const set = (
  target: TargetRecord,
  state: TargetRecord['state'],
  reason: string | undefined,
  description: string | undefined,
): void => {
  target.state = state;
  target.reason = reason;
  target.description = description;
};

const checkPort = (group: TargetGroupRecord, target: TargetRecord): number => {
  const port = group.settings.HealthCheckPort ?? 'traffic-port';
  return port === 'traffic-port' ? target.port : Number(port);
};

/** `200`, `200,202` or `200-299`. */
const matches = (matcher: string | undefined, status: number): boolean =>
  (matcher ?? '200').split(',').some((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return from !== undefined && to !== undefined && status >= from && status <= to;
  });
