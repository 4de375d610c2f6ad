import type { CloudContext, Place } from '../service.ts';
import type { Groups } from './groups.ts';
import { outcomeOf, type Segment, type Trace, type TraceRecord } from './trace.ts';

const MINUTE = 60_000;

/** The traces of one place, oldest first, and the count of each group's traces for CloudWatch. */
export class TraceStore {
  #traces: Trace[] = [];
  readonly #byId = new Map<string, Trace>();
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #groups: Groups;
  readonly #keepMs: () => number;
  /** By group name: traces of the running minute. */
  #counted = new Map<string, number>();
  #counting = false;

  constructor(cloud: CloudContext, place: Place, groups: Groups, keepMs: () => number) {
    this.#cloud = cloud;
    this.#place = place;
    this.#groups = groups;
    this.#keepMs = keepMs;
  }

  /** Takes in requests that the data plane sampled. */
  record(record: TraceRecord): void {
    const now = this.#cloud.clock.now();
    const count = record.count ?? 1;
    if (count < 1) return;
    const duration = record.responseTimeSeconds * 1_000;
    const byStatus = outcomeOf(record.http?.status);
    const segment: Segment = {
      id: 'root',
      name: record.service,
      startTime: (record.at ?? now) - duration,
      duration,
      fault: record.fault ?? byStatus.fault,
      error: record.error ?? byStatus.error,
      throttle: record.throttle ?? byStatus.throttle,
      http: record.http ?? {},
      annotations: record.annotations ?? {},
    };
    this.#add({
      at: record.at ?? now,
      count,
      segments: [segment],
      groups: new Set(),
      ids: [],
    });
  }

  /** Takes in segments of a trace, which may be known already. */
  extend(traceId: string, segments: readonly Segment[]): void {
    const known = this.#byId.get(traceId);
    if (known) {
      // A later document of a segment replaces the earlier, unfinished one.
      const later = new Set(segments.map(({ id }) => id));
      known.segments = [...known.segments.filter(({ id }) => !later.has(id)), ...segments];
      this.#enlist(known);
      return;
    }
    const trace: Trace = {
      at: this.#cloud.clock.now(),
      count: 1,
      segments,
      groups: new Set(),
      ids: [traceId],
    };
    this.#byId.set(traceId, trace);
    this.#add(trace);
  }

  #add(trace: Trace): void {
    this.#forget(trace.at);
    this.#traces.push(trace);
    this.#enlist(trace);
  }

  #forget(now: number): void {
    const before = now - this.#keepMs();
    const oldest = this.#traces[0];
    // In one go, once a tenth is too old: each single removal would move all the rest.
    if (!oldest || oldest.at >= before - this.#keepMs() / 10) return;
    for (const { at, ids } of this.#traces) {
      if (at < before) for (const id of ids) this.#byId.delete(id);
    }
    this.#traces = this.#traces.filter(({ at }) => at >= before);
  }

  #enlist(trace: Trace): void {
    for (const name of this.#groups.enlist(trace)) {
      this.#counted.set(name, (this.#counted.get(name) ?? 0) + trace.count);
    }
    if (this.#counting) return;
    this.#counting = true;
    const start = Math.floor(this.#cloud.clock.now() / MINUTE) * MINUTE;
    this.#cloud.clock.at(start + MINUTE, () => this.#publish(start));
  }

  #publish(minute: number): void {
    this.#counting = false;
    const counted = this.#counted;
    this.#counted = new Map();
    for (const [GroupName, value] of counted) {
      this.#cloud.measure(
        {
          namespace: 'AWS/X-Ray',
          name: 'ApproximateTraceCount',
          dimensions: { GroupName },
          value,
          unit: 'None',
          at: minute,
        },
        this.#place,
      );
    }
  }

  /** The traces of a time range, of a group if one is named. */
  between(from: number, to: number, groupArn: string | undefined): Trace[] {
    return this.#traces.filter(
      ({ at, groups }) => at >= from && at < to && (groupArn === undefined || groups.has(groupArn)),
    );
  }

  /** The ids of a trace's requests. */
  idsOf(trace: Trace): readonly string[] {
    while (trace.ids.length < trace.count) {
      const seconds = Math.floor(trace.at / 1_000)
        .toString(16)
        .padStart(8, '0');
      trace.ids.push(`1-${seconds}-${this.#cloud.uuid().replaceAll('-', '').slice(0, 24)}`);
    }
    return trace.ids;
  }
}
