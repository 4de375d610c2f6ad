import type { Timer } from '../clock/clock.ts';
import type { BalancerService } from '../services/elasticloadbalancingv2/balancer-service.ts';
import type {
  LoadBalancerRecord,
  TargetGroupRecord,
  TargetRecord,
} from '../services/elasticloadbalancingv2/state.ts';
import type { CloudContext, Place } from '../services/service.ts';
import { AnswerCounts, type AnswerSummary } from './answer-counts.ts';
import { binomial } from './binomial.ts';

/** A steady stream of requests to one host. */
export interface Stream {
  readonly host: string;
  readonly requestsPerSecond: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ModelledTrafficOptions {
  readonly cloud: CloudContext;
  readonly place: Place;
  readonly loadBalancerArn: string;
  readonly listenerPort?: number;
  readonly streams: readonly Stream[];
  /** How many seconds of requests are made at once; 1 unless told. */
  readonly stepSeconds?: number;
}

/**
 * Requests without HTTP, for the virtual clock: the same rules, weights, targets and metrics as real ones meet, a whole
 * step's requests at once, split by chance from the cloud's seed.
 */
export class ModelledTraffic {
  readonly #options: ModelledTrafficOptions;
  readonly #balancer: BalancerService;
  readonly #counts = new AnswerCounts();
  readonly #carried = new Map<Stream, number>();
  #timer: Timer | undefined;

  constructor(options: ModelledTrafficOptions) {
    this.#options = options;
    this.#balancer = options.cloud.service<BalancerService>(
      'elasticloadbalancingv2',
      options.place,
    );
  }

  start(): void {
    const { clock } = this.#options.cloud;
    const stepMs = (this.#options.stepSeconds ?? 1) * 1000;
    const step = () => {
      for (const stream of this.#options.streams) this.#send(stream, stepMs / 1000);
      this.#timer = clock.at(clock.now() + stepMs, step);
    };
    this.#timer = clock.at(clock.now() + stepMs, step);
  }

  stop(): AnswerSummary {
    this.#timer?.cancel();
    return this.summary();
  }

  summary(): AnswerSummary {
    return this.#counts.summary();
  }

  #send(stream: Stream, seconds: number): void {
    const exact = stream.requestsPerSecond * seconds + (this.#carried.get(stream) ?? 0);
    const count = Math.floor(exact);
    this.#carried.set(stream, exact - count);
    if (count === 0) return;
    const { loadBalancerArn, listenerPort } = this.#options;
    const request = {
      loadBalancerArn,
      host: stream.host,
      path: stream.path ?? '/',
      method: stream.method ?? 'GET',
      ...(stream.headers ? { headers: stream.headers } : {}),
      ...(listenerPort === undefined ? {} : { listenerPort }),
    };
    const rule = this.#balancer.dataPlane.match(request);
    const random = () => this.#options.cloud.random();
    if (rule === undefined || rule.action.Type !== 'forward' || rule.total === 0) {
      const fixed = rule?.action.FixedResponseConfig?.StatusCode;
      const redirect = rule?.action.RedirectConfig?.StatusCode?.replace('HTTP_', '');
      this.#record(stream, {
        status: Number(fixed ?? redirect ?? 503),
        by: fixed ? 'fixedResponse' : redirect ? 'redirect' : 'loadBalancer',
        count,
      });
      return;
    }
    let left = count;
    let weight = rule.total;
    for (const share of rule.shares) {
      const here = binomial(left, share.weight / weight, random);
      if (here > 0)
        this.#toGroup(stream, this.#balancer.state.targetGroup(share.targetGroupArn), here);
      left -= here;
      weight -= share.weight;
      if (left === 0 || weight <= 0) break;
    }
  }

  #toGroup(stream: Stream, group: TargetGroupRecord, count: number): void {
    const targets = this.#balancer.dataPlane.eligible(group);
    if (targets.length === 0) {
      this.#record(stream, { status: 503, by: 'loadBalancer', count });
      return;
    }
    const each = Math.floor(count / targets.length);
    const extra = count - each * targets.length;
    // Round robin: who gets one more moves on from step to step.
    targets.forEach((target, index) => {
      const turn = (index - group.turn + targets.length) % targets.length;
      this.#toTarget(stream, group, target, each + (turn < extra ? 1 : 0));
    });
    group.turn = (group.turn + extra) % targets.length;
  }

  #toTarget(stream: Stream, group: TargetGroupRecord, target: TargetRecord, count: number): void {
    if (count === 0) return;
    const workload = this.#balancer.dataPlane.workload(target);
    const listens =
      workload !== undefined && workload.probe(stream.path ?? '/', 1000) !== 'refused';
    if (workload?.answers === undefined || !listens) {
      this.#record(stream, { status: 502, by: 'loadBalancer', count, group });
      return;
    }
    for (const answer of workload.answers(count)) {
      this.#record(stream, { ...answer, by: 'target', group, workload });
    }
  }

  #record(
    stream: Stream,
    answer: {
      status: number;
      by: 'target' | 'loadBalancer' | 'fixedResponse' | 'redirect';
      count: number;
      latencyMs?: number;
      group?: TargetGroupRecord;
      workload?: ReturnType<BalancerService['dataPlane']['workload']>;
    },
  ): void {
    const { status, by, count, group, workload, latencyMs = 0 } = answer;
    this.#counts.add({
      status,
      version: workload?.version,
      at: this.#options.cloud.clock.now(),
      count,
    });
    this.#balancer.metrics.record({
      loadBalancer: this.#loadBalancer,
      targetGroup: group,
      workload,
      status,
      by,
      latencyMs,
      count,
      host: stream.host,
      path: stream.path ?? '/',
      method: stream.method ?? 'GET',
    });
  }

  get #loadBalancer(): LoadBalancerRecord {
    return this.#balancer.state.loadBalancer(this.#options.loadBalancerArn);
  }
}
