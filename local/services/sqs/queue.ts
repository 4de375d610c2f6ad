import type { Timer } from '../../clock/clock.ts';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';
import { deduplicationIdOf, RecentMessages } from './deduplication.ts';
import type { NewMessage, StoredMessage } from './message.ts';
import { checkMessage } from './message-check.ts';
import { checkAttributes, type QueueSettings, settingsOf } from './queue-attributes.ts';
import { checkDeadLetterQueue } from './redrive.ts';

const MAX_IN_FLIGHT = 120_000;
const MAX_VISIBILITY = 12 * 3_600_000;

/** How many messages are where. */
export interface QueueCounts {
  readonly visible: number;
  readonly notVisible: number;
  readonly delayed: number;
  /** Milliseconds since the oldest message that is not deleted was sent; 0 for none. */
  readonly oldestAge: number;
}

/** What happened in a queue since it was last asked. */
export interface QueueTraffic {
  sent: number;
  received: number;
  deleted: number;
}

/** One queue: its messages, who sees them when. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly isFifo: boolean;
  readonly createdAt: number;
  readonly traffic: QueueTraffic = { sent: 0, received: 0, deleted: 0 };
  tags: Record<string, string> = {};
  lastModifiedAt: number;
  lastPurgedAt = Number.NEGATIVE_INFINITY;
  readonly #cloud: CloudContext;
  readonly #deadLetterQueue: (arn: string) => Queue | undefined;
  readonly #onActivity: (queue: Queue) => void;
  readonly #messages = new Map<string, StoredMessage>();
  readonly #recent = new RecentMessages();
  readonly #watchers = new Set<() => void>();
  #attributes: Record<string, string> = {};
  #settings: QueueSettings = settingsOf({});
  #wake: { at: number; timer: Timer } | undefined;
  #sequence = 0;

  constructor(
    cloud: CloudContext,
    place: Place,
    name: string,
    neighbours: {
      deadLetterQueue: (arn: string) => Queue | undefined;
      onActivity: (queue: Queue) => void;
    },
  ) {
    this.#cloud = cloud;
    this.#deadLetterQueue = neighbours.deadLetterQueue;
    this.#onActivity = neighbours.onActivity;
    this.name = name;
    this.isFifo = name.endsWith('.fifo');
    this.arn = `arn:aws:sqs:${place.region}:${place.account}:${name}`;
    this.url = `https://sqs.${place.region}.amazonaws.com/${place.account}/${name}`;
    this.createdAt = cloud.clock.now();
    this.lastModifiedAt = this.createdAt;
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.#attributes;
  }

  get settings(): QueueSettings {
    return this.#settings;
  }

  /** Changes attributes; an empty string unsets one. */
  setAttributes(changes: Readonly<Record<string, string>>): void {
    const given = Object.entries(changes).filter(([, value]) => value !== '');
    checkAttributes(Object.fromEntries(given), this.isFifo);
    const attributes = { ...this.#attributes, ...changes };
    for (const [name, value] of Object.entries(changes)) if (value === '') delete attributes[name];
    const settings = settingsOf(attributes);
    if (settings.redrivePolicy !== undefined) {
      const target = this.#deadLetterQueue(settings.redrivePolicy.deadLetterTargetArn);
      checkDeadLetterQueue(this, target, attributes['RedrivePolicy'] ?? '');
    }
    this.#attributes = attributes;
    this.#settings = settings;
    this.lastModifiedAt = this.#cloud.clock.now();
  }

  send(message: NewMessage): StoredMessage {
    checkMessage(message, this.#settings, this.isFifo);
    const now = this.#cloud.clock.now();
    const deduplicationId = this.isFifo ? deduplicationIdOf(message, this.#settings) : undefined;
    const duplicate = this.#recent.find(message, deduplicationId, this.#settings, now);
    if (duplicate !== undefined) return duplicate;
    this.#sequence += 1;
    const stored: StoredMessage = {
      id: this.#cloud.uuid(),
      body: message.body,
      attributes: message.attributes ?? {},
      systemAttributes: message.systemAttributes ?? {},
      senderId: message.senderId ?? '',
      sentAt: now,
      groupId: message.groupId,
      deduplicationId,
      sequenceNumber: this.isFifo ? String(10n ** 19n + BigInt(this.#sequence)) : undefined,
      deadLetterQueueSourceArn: undefined,
      visibleAt: now + (message.delaySeconds ?? this.#settings.delaySeconds) * 1_000,
      inFlight: false,
      receiveCount: 0,
      firstReceivedAt: undefined,
      lastReceivedAt: undefined,
      receiptHandle: undefined,
    };
    this.#recent.remember(stored, this.#settings, now);
    this.traffic.sent += 1;
    this.#add(stored);
    return stored;
  }

  /** Takes up to `maximum` messages that are visible now; those received too often go to the dead-letter queue. */
  receive(maximum: number, visibilityTimeout = this.#settings.visibilityTimeout): StoredMessage[] {
    this.#expire();
    this.#checkInFlight();
    const now = this.#cloud.clock.now();
    const taken: StoredMessage[] = [];
    const blocked = this.isFifo ? this.#blockedGroups(now) : undefined;
    for (const message of this.#messages.values()) {
      if (taken.length === maximum) break;
      if (message.visibleAt > now) continue;
      if (message.groupId !== undefined && blocked?.has(message.groupId)) continue;
      if (this.#redrive(message)) continue;
      this.#take(message, now + visibilityTimeout * 1_000);
      taken.push(message);
    }
    this.traffic.received += taken.length;
    this.#onActivity(this);
    this.#arm();
    return taken;
  }

  /** Deletes by receipt handle; an outdated handle of a message received again since deletes nothing. */
  delete(receiptHandle: string): void {
    const message = this.#byHandle(receiptHandle);
    if (message === undefined) return;
    if (this.isFifo && message.visibleAt <= this.#cloud.clock.now()) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
      );
    }
    this.#messages.delete(message.id);
    this.traffic.deleted += 1;
    // A group's next message may be due now that its first is gone.
    if (this.isFifo) this.#tellWatchers();
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.#byHandle(receiptHandle);
    const now = this.#cloud.clock.now();
    if (message === undefined || !message.inFlight || message.visibleAt <= now) {
      throw new AwsError(
        'MessageNotInflight',
        `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      );
    }
    const received = message.lastReceivedAt ?? now;
    if (!(seconds >= 0 && seconds <= 43_200) || now + seconds * 1_000 > received + MAX_VISIBILITY) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]`,
      );
    }
    message.visibleAt = now + seconds * 1_000;
    if (seconds === 0) this.#tellWatchers();
    this.#arm();
  }

  purge(): void {
    const now = this.#cloud.clock.now();
    if (now - this.lastPurgedAt < 60_000) {
      throw new AwsError(
        'PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${this.name} is allowed every 60 seconds.`,
        { status: 403 },
      );
    }
    this.lastPurgedAt = now;
    this.#messages.clear();
  }

  counts(): QueueCounts {
    this.#expire();
    const now = this.#cloud.clock.now();
    let [visible, notVisible, delayed, oldest] = [0, 0, 0, now];
    for (const message of this.#messages.values()) {
      if (message.visibleAt <= now) visible += 1;
      else if (message.inFlight) notVisible += 1;
      else delayed += 1;
      oldest = Math.min(oldest, message.sentAt);
    }
    return { visible, notVisible, delayed, oldestAge: now - oldest };
  }

  /** The messages that are in the queue, for whoever looks from outside; nothing is received. */
  messages(): readonly StoredMessage[] {
    this.#expire();
    return [...this.#messages.values()];
  }

  /** Tells when there may be something to receive. Until the returned function is called, the queue keeps a timer for it. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    this.#arm();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#wake?.timer.cancel();
      this.#wake = undefined;
    };
  }

  /** Takes over a message from a queue that gave up on it: same id, same age. */
  acceptDead(message: StoredMessage, sourceArn: string): void {
    this.#add({
      ...message,
      deadLetterQueueSourceArn: sourceArn,
      visibleAt: this.#cloud.clock.now(),
      inFlight: false,
      receiptHandle: undefined,
    });
  }

  #add(message: StoredMessage): void {
    this.#messages.set(message.id, message);
    this.#onActivity(this);
    if (message.visibleAt <= this.#cloud.clock.now()) this.#tellWatchers();
    else this.#arm();
  }

  #checkInFlight(): void {
    if (this.#messages.size < MAX_IN_FLIGHT || this.counts().notVisible < MAX_IN_FLIGHT) return;
    throw new AwsError('OverLimit', `Too many messages in flight; the limit is ${MAX_IN_FLIGHT}.`, {
      status: 403,
    });
  }

  #take(message: StoredMessage, until: number): void {
    const now = this.#cloud.clock.now();
    message.receiveCount += 1;
    message.firstReceivedAt ??= now;
    message.lastReceivedAt = now;
    message.visibleAt = until;
    message.inFlight = true;
    const handle = `${message.id} ${this.arn} ${message.receiveCount} ${this.#cloud.token(16)}`;
    message.receiptHandle = Buffer.from(handle).toString('base64');
  }

  #redrive(message: StoredMessage): boolean {
    const policy = this.#settings.redrivePolicy;
    if (policy === undefined || message.receiveCount < policy.maxReceiveCount) return false;
    const target = this.#deadLetterQueue(policy.deadLetterTargetArn);
    if (target === undefined) return false;
    this.#messages.delete(message.id);
    target.acceptDead(message, this.arn);
    return true;
  }

  /** Groups of a FIFO queue whose first message is in flight or delayed: the rest must wait for it. */
  #blockedGroups(now: number): Set<string> {
    const blocked = new Set<string>();
    for (const message of this.#messages.values()) {
      if (message.groupId !== undefined && message.inFlight && message.visibleAt > now) {
        blocked.add(message.groupId);
      }
    }
    return blocked;
  }

  #byHandle(receiptHandle: string): StoredMessage | undefined {
    const [id, arn] = Buffer.from(receiptHandle, 'base64').toString().split(' ');
    if (arn !== this.arn) {
      throw new AwsError(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
        { status: 404 },
      );
    }
    const message = this.#messages.get(id ?? '');
    return message?.receiptHandle === receiptHandle ? message : undefined;
  }

  #expire(): void {
    const oldest = this.#cloud.clock.now() - this.#settings.messageRetentionPeriod * 1_000;
    for (const message of this.#messages.values()) {
      // A dead letter keeps its first age, so later ones may be older: look at all of them.
      if (message.sentAt < oldest) this.#messages.delete(message.id);
    }
  }

  #tellWatchers(): void {
    // A watcher may end its watch, or begin another, while it is told.
    for (const watcher of Array.from(this.#watchers)) watcher();
  }

  /** Keeps one timer for the next message that becomes visible, as long as somebody watches. */
  #arm(): void {
    if (this.#watchers.size === 0) return;
    const now = this.#cloud.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const message of this.#messages.values()) {
      if (message.visibleAt > now) next = Math.min(next, message.visibleAt);
    }
    if (this.#wake?.at === next) return;
    this.#wake?.timer.cancel();
    this.#wake = undefined;
    if (next === Number.POSITIVE_INFINITY) return;
    const timer = this.#cloud.clock.at(next, () => {
      this.#wake = undefined;
      this.#tellWatchers();
      this.#arm();
    });
    this.#wake = { at: next, timer };
  }
}
