import type { CloudContext, Operation, Place, Service } from '../service.ts';
import { embeddedMetrics } from './embedded-metrics.ts';
import { type LogGroup, LogGroups, type StoredLogEvent } from './log-groups.ts';
import { MetricFilters } from './metric-filters.ts';
import { logsOperations } from './operations.ts';

/** A line as listeners see it. */
export interface WrittenLine {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly message: string;
}

/** What neighbours use of CloudWatch Logs. */
export interface LogsService extends Service {
  readonly groups: LogGroups;
  readonly metricFilters: MetricFilters;
  readonly resourcePolicies: Map<string, string>;
  /** Appends a line as an AWS service does: group and stream are made if missing. */
  write(logGroupName: string, logStreamName: string, line: string, timestamp?: number): void;
  /** Every stored line of a group over its streams, oldest first. */
  lines(logGroupName: string): readonly StoredLogEvent[];
  /** Tells each line as it is written; the returned function ends it. */
  onLine(listener: (line: WrittenLine) => void): () => void;
}

/** CloudWatch Logs of one account and Region. */
export class CloudWatchLogs implements LogsService {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly groups: LogGroups;
  readonly metricFilters: MetricFilters;
  readonly resourcePolicies = new Map<string, string>();
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #listeners = new Set<(line: WrittenLine) => void>();

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
    this.groups = new LogGroups(cloud, place);
    this.metricFilters = new MetricFilters((datum) => cloud.measure(datum, place));
    this.operations = logsOperations(this, cloud);
  }

  write(logGroupName: string, logStreamName: string, line: string, timestamp?: number): void {
    const group = this.groups.find(logGroupName) ?? this.groups.create(logGroupName);
    if (!group.streams.has(logStreamName)) this.groups.createStream(group, logStreamName);
    this.store(group, logStreamName, line, timestamp ?? this.#cloud.clock.now());
  }

  /** Appends to a stream that exists, and takes the metrics out of the line. */
  store(group: LogGroup, logStreamName: string, message: string, timestamp: number): void {
    this.groups.append(this.groups.stream(group, logStreamName), message, timestamp);
    for (const datum of embeddedMetrics(message)) this.#cloud.measure(datum, this.#place);
    this.metricFilters.apply(group.name, message, timestamp);
    if (this.#listeners.size === 0) return;
    const line = { logGroupName: group.name, logStreamName, timestamp, message };
    for (const listener of this.#listeners) listener(line);
  }

  lines(logGroupName: string): readonly StoredLogEvent[] {
    const group = this.groups.find(logGroupName);
    if (group === undefined) return [];
    this.groups.expire(group);
    return [...group.streams.values()]
      .flatMap((stream) => stream.events)
      .sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
  }

  onLine(listener: (line: WrittenLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
