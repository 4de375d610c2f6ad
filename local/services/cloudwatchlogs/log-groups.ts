import { AwsError } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';

/** One line as it was stored. */
export interface StoredLogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
  readonly eventId: string;
}

/** A stream: its events in the order of their arrival. */
export interface LogStream {
  readonly name: string;
  readonly createdAt: number;
  events: StoredLogEvent[];
}

/** A log group with its streams. */
export interface LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  retentionInDays: number | undefined;
  kmsKeyId: string | undefined;
  logGroupClass: string;
  tags: Record<string, string>;
  readonly streams: Map<string, LogStream>;
}

const DAY = 86_400_000;
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

/** The log groups of one account and Region. */
export class LogGroups {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #groups = new Map<string, LogGroup>();
  #sequence = 0;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  all(): LogGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): LogGroup | undefined {
    return this.#groups.get(name);
  }

  /** The group named, or as an ARN. */
  get(nameOrArn: string | undefined): LogGroup {
    const name = nameOrArn
      ?.replace(/^arn:[^:]+:logs:[^:]*:[^:]*:log-group:/, '')
      .replace(/:\*$/, '');
    const group = name === undefined ? undefined : this.#groups.get(name);
    if (group === undefined) {
      throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    }
    return group;
  }

  create(
    name: string,
    options: { tags?: Record<string, string>; kmsKeyId?: string; class?: string } = {},
  ): LogGroup {
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
      throw new AwsError(
        'InvalidParameterException',
        `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
      );
    }
    if (this.#groups.has(name)) {
      throw new AwsError(
        'ResourceAlreadyExistsException',
        'The specified log group already exists',
      );
    }
    const { account, region } = this.#place;
    const group: LogGroup = {
      name,
      arn: `arn:aws:logs:${region}:${account}:log-group:${name}`,
      createdAt: this.#cloud.clock.now(),
      retentionInDays: undefined,
      kmsKeyId: options.kmsKeyId,
      logGroupClass: options.class ?? 'STANDARD',
      tags: { ...options.tags },
      streams: new Map(),
    };
    this.#groups.set(name, group);
    return group;
  }

  remove(name: string): void {
    this.get(name);
    this.#groups.delete(name);
  }

  setRetention(group: LogGroup, days: number | undefined): void {
    if (days !== undefined && !RETENTIONS.includes(days)) {
      throw new AwsError(
        'InvalidParameterException',
        `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTIONS.join(', ')}]`,
      );
    }
    group.retentionInDays = days;
  }

  createStream(group: LogGroup, name: string): LogStream {
    if (name === '' || name.length > 512 || /[:*]/.test(name)) {
      throw new AwsError(
        'InvalidParameterException',
        `1 validation error detected: Value '${name}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
      );
    }
    if (group.streams.has(name)) {
      throw new AwsError(
        'ResourceAlreadyExistsException',
        'The specified log stream already exists',
      );
    }
    const stream: LogStream = { name, createdAt: this.#cloud.clock.now(), events: [] };
    group.streams.set(name, stream);
    return stream;
  }

  stream(group: LogGroup, name: string | undefined): LogStream {
    const stream = name === undefined ? undefined : group.streams.get(name);
    if (stream === undefined) {
      throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
    }
    return stream;
  }

  append(stream: LogStream, message: string, timestamp: number): StoredLogEvent {
    this.#sequence += 1;
    const event: StoredLogEvent = {
      timestamp,
      message,
      ingestionTime: this.#cloud.clock.now(),
      eventId: String(this.#sequence).padStart(56, '0'),
    };
    stream.events.push(event);
    return event;
  }

  /** Drops what is older than the group keeps; asked before reading, so that writing stays cheap. */
  expire(group: LogGroup): void {
    if (group.retentionInDays === undefined) return;
    const oldest = this.#cloud.clock.now() - group.retentionInDays * DAY;
    for (const stream of group.streams.values()) {
      const first = stream.events[0];
      if (first !== undefined && first.timestamp < oldest) {
        stream.events = stream.events.filter((event) => event.timestamp >= oldest);
      }
    }
  }
}
