import { AwsError } from '../aws-error.ts';
import { RoleSessions } from '../lambda/role-sessions.ts';
import type { AwsEvent, CloudContext, Operation, Place, Service } from '../service.ts';
import { Deliveries, type DeliveryListener } from './delivery.ts';
import { type EventEnvelope, eventTime } from './event-envelope.ts';
import { eventBridgeOperations } from './operations.ts';
import { busPolicyOf, type EventBus, type Rule } from './rule.ts';
import { ScheduledRules } from './scheduled-rules.ts';

/** An event as it arrived on a bus, with the rules that it matched. */
export interface ObservedEvent {
  readonly busName: string;
  readonly event: EventEnvelope;
  readonly matchedRules: readonly string[];
}

/** What neighbours and tests use of EventBridge. */
export interface EventBridgeService extends Service {
  /** Puts an event of an AWS service onto a bus (the default one), unchecked by IAM; its id. */
  put(event: AwsEvent, busName?: string): string;
  /** Puts a complete event onto a bus. */
  receive(event: EventEnvelope, busName: string): void;
  bus(nameOrArn: string | undefined): EventBus;
  buses(): readonly EventBus[];
  /** Shows each event on each bus of this place; the returned function ends it. */
  onEvent(listener: (observed: ObservedEvent) => void): () => void;
  /** Lets a listener lose, repeat or delay deliveries; the returned function ends it. */
  interceptDeliveries(listener: DeliveryListener): () => void;
  /** The resource policy of a bus, as JSON. */
  policyOf(busArn: string): string | undefined;
}

/** EventBridge of one account and Region. */
export class EventBridge implements EventBridgeService {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schedules: ScheduledRules;
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #buses = new Map<string, EventBus>();
  readonly #deliveries: Deliveries;
  readonly #listeners = new Set<(observed: ObservedEvent) => void>();

  constructor(cloud: CloudContext, place: Place) {
    const here = { account: place.account, region: place.region };
    this.#cloud = cloud;
    this.#place = here;
    this.#deliveries = new Deliveries(cloud, here, new RoleSessions(cloud, here));
    this.schedules = new ScheduledRules(cloud, here, this.#deliveries);
    this.createBus('default');
    this.operations = eventBridgeOperations(this, cloud, here);
  }

  put(event: AwsEvent, busName = 'default'): string {
    const id = event.id ?? this.#cloud.uuid();
    this.receive(
      {
        version: '0',
        id,
        'detail-type': event['detail-type'],
        source: event.source,
        account: this.#place.account,
        time: event.time ?? eventTime(this.#cloud.clock.now()),
        region: this.#place.region,
        resources: event.resources ?? [],
        detail: event.detail,
      },
      busName,
    );
    return id;
  }

  receive(event: EventEnvelope, busName: string): void {
    const bus = this.bus(busName);
    const matched: Rule[] = [];
    for (const rule of bus.rules.values()) {
      if (rule.state !== 'DISABLED' && rule.matches?.(event)) matched.push(rule);
    }
    if (matched.length > 0) this.#countMatched(bus);
    for (const rule of matched) this.#deliveries.start(rule, event);
    if (this.#listeners.size === 0) return;
    const observed = { busName: bus.name, event, matchedRules: matched.map((rule) => rule.name) };
    for (const listener of this.#listeners) listener(observed);
  }

  bus(nameOrArn = 'default'): EventBus {
    const name = nameOrArn.replace(/^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//, '');
    const bus = this.#buses.get(name);
    if (bus === undefined) {
      throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
    }
    return bus;
  }

  buses(): readonly EventBus[] {
    return [...this.#buses.values()];
  }

  createBus(name: string): EventBus {
    if (!/^[/.\-_A-Za-z0-9]{1,256}$/.test(name)) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [/\\.\\-_A-Za-z0-9]+`,
      );
    }
    if (this.#buses.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    }
    const { account, region } = this.#place;
    const bus: EventBus = {
      name,
      arn: `arn:aws:events:${region}:${account}:event-bus/${name}`,
      createdAt: this.#cloud.clock.now(),
      description: undefined,
      deadLetterArn: undefined,
      kmsKeyIdentifier: undefined,
      tags: {},
      rules: new Map(),
      policy: new Map(),
    };
    this.#buses.set(name, bus);
    return bus;
  }

  removeBus(name: string): void {
    if (name === 'default') {
      throw new AwsError('ValidationException', 'Cannot delete event bus default.');
    }
    const bus = this.#buses.get(name);
    if (bus === undefined) return;
    if (bus.rules.size > 0) {
      throw new AwsError(
        'ValidationException',
        'Cannot delete event bus with rules attached to it.',
      );
    }
    this.#buses.delete(name);
  }

  onEvent(listener: (observed: ObservedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  interceptDeliveries(listener: DeliveryListener): () => void {
    this.#deliveries.listeners.add(listener);
    return () => this.#deliveries.listeners.delete(listener);
  }

  policyOf(busArn: string): string | undefined {
    const name = busArn.replace(/^.*:event-bus\//, '');
    const bus = this.#buses.get(name);
    return bus && busPolicyOf(bus);
  }

  #countMatched(bus: EventBus): void {
    const dimensions: Record<string, string> =
      bus.name === 'default' ? {} : { EventBusName: bus.name };
    this.#cloud.measure(
      { namespace: 'AWS/Events', name: 'MatchedEvents', dimensions, value: 1, unit: 'Count' },
      this.#place,
    );
  }
}
