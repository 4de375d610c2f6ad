import { offers } from '../../traffic/hosting.ts';
import type { Workload } from '../../traffic/network.ts';
import type { CloudContext, Place, Service } from '../service.ts';
import type { BalancerState, LoadBalancerRecord, TargetGroupRecord } from './state.ts';

/** How requests ended that took the same way and ended alike. */
export interface Outcome {
  readonly loadBalancer: LoadBalancerRecord;
  /** Absent where the load balancer answered by itself before choosing a target. */
  readonly targetGroup?: TargetGroupRecord | undefined;
  readonly status: number;
  /** Whose status it is: the target's, the load balancer's own error, or an action's response. */
  readonly by: 'target' | 'loadBalancer' | 'fixedResponse' | 'redirect';
  readonly latencyMs: number;
  readonly count: number;
  readonly workload?: Workload | undefined;
  readonly host: string;
  readonly path: string;
  readonly method: string;
}

/** What the tracing service takes in from a traced workload. */
export interface TraceRecord {
  readonly service: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly responseTimeSeconds: number;
  readonly http: { readonly method: string; readonly url: string; readonly status: number };
  readonly count: number;
}

/** The tracing service as far as the data plane needs it. */
export interface TraceSink extends Service {
  /** How many of `count` requests of one kind are to be traced. */
  sample(
    candidate: { service: string; host: string; method: string; path: string },
    count: number,
  ): number;
  trace(record: TraceRecord): void;
}

const namespace = 'AWS/ApplicationELB';
const flushMs = 1000;

class Counter {
  readonly counts = new Map<string, number>();
  readonly latencies = new Map<number, number>();

  add(name: string, count: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  took(latencyMs: number, count: number): void {
    const seconds = Number((latencyMs / 1000).toPrecision(2));
    this.latencies.set(seconds, (this.latencies.get(seconds) ?? 0) + count);
  }
}

/** Counts requests and hands sums to CloudWatch once a second, and traces to X-Ray as they are sampled. */
export class TrafficMetrics {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  #counters = new Map<string, { dimensions: Record<string, string>; counter: Counter }>();
  #flushing = false;
  readonly #traces: boolean;

  constructor(state: BalancerState) {
    this.#cloud = state.cloud;
    this.#place = state.place;
    this.#traces = offers(state.cloud, 'xray');
  }

  record(outcome: Outcome): void {
    const LoadBalancer = outcome.loadBalancer.fullName;
    this.#count(this.#counter({ LoadBalancer }), outcome, true);
    if (outcome.targetGroup) {
      this.#count(
        this.#counter({ LoadBalancer, TargetGroup: outcome.targetGroup.fullName }),
        outcome,
        false,
      );
    }
    if (outcome.by === 'target') this.#trace(outcome);
    if (this.#flushing) return;
    this.#flushing = true;
    this.#cloud.clock.at(this.#cloud.clock.now() + flushMs, () => this.#flush());
  }

  #counter(dimensions: Record<string, string>): Counter {
    const key = `${dimensions['LoadBalancer']} ${dimensions['TargetGroup'] ?? ''}`;
    const found = this.#counters.get(key);
    if (found) return found.counter;
    const counter = new Counter();
    this.#counters.set(key, { dimensions, counter });
    return counter;
  }

  #count(counter: Counter, outcome: Outcome, whole: boolean): void {
    const { status, count, by } = outcome;
    const hundreds = `${Math.floor(status / 100)}XX`;
    if (outcome.targetGroup) counter.add('RequestCount', count);
    if (by === 'target') {
      counter.add(`HTTPCode_Target_${hundreds}_Count`, count);
      counter.took(outcome.latencyMs, count);
      return;
    }
    if (by === 'loadBalancer') {
      if (outcome.targetGroup && status !== 503) counter.add('TargetConnectionErrorCount', count);
      if (!whole) return;
      counter.add(`HTTPCode_ELB_${hundreds}_Count`, count);
      if ([500, 502, 503, 504].includes(status)) counter.add(`HTTPCode_ELB_${status}_Count`, count);
      return;
    }
    if (by === 'fixedResponse') counter.add('HTTP_Fixed_Response_Count', count);
    else counter.add('HTTP_Redirect_Count', count);
  }

  #flush(): void {
    this.#flushing = false;
    const counters = this.#counters;
    this.#counters = new Map();
    for (const { dimensions, counter } of counters.values()) {
      for (const [name, count] of counter.counts) {
        this.#measure({ name, dimensions, value: 1, count, unit: 'Count' });
      }
      for (const [value, count] of counter.latencies) {
        this.#measure({ name: 'TargetResponseTime', dimensions, value, count, unit: 'Seconds' });
      }
    }
  }

  #measure(datum: {
    name: string;
    dimensions: Record<string, string>;
    value: number;
    count: number;
    unit: string;
  }): void {
    this.#cloud.measure({ namespace, ...datum }, this.#place);
  }

  /** Traces as many as the sampling rules say, under the names that the target's container gave itself. */
  #trace(outcome: Outcome): void {
    const { workload, count, host, method, path } = outcome;
    if (workload?.tracing === undefined || !this.#traces) return;
    const { service, annotations } = workload.tracing;
    const xray = this.#cloud.service<TraceSink>('xray', this.#place);
    const sampled = xray.sample({ service, host, method, path }, count);
    if (sampled === 0) return;
    xray.trace({
      service,
      annotations,
      responseTimeSeconds: outcome.latencyMs / 1000,
      http: { method, url: `http://${host}${path}`, status: outcome.status },
      count: sampled,
    });
  }
}
