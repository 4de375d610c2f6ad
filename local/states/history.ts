import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Json } from './json.ts';
import { quotas } from './quotas.ts';

/** An event's own facts, payloads still as values: most histories are never read, so they are put into words on reading. */
export type Details = Readonly<Record<string, unknown>>;

interface Recorded {
  readonly type: HistoryEventType;
  readonly at: number;
  readonly previous: number;
  readonly details: Details | undefined;
}

/** A value that reads as its JSON text, with AWS's note beside it that nothing was cut off. */
export class Payload {
  readonly value: Json;
  constructor(value: Json) {
    this.value = value;
  }
}

/** Variables as a state assigned them; each reads as its JSON text. */
export class Variables {
  readonly values: readonly (readonly [string, Json])[];
  constructor(values: readonly (readonly [string, Json])[]) {
    this.values = values;
  }
}

/** Thrown where an event would be one too many: the execution fails, and nothing catches that. */
export class HistoryFull extends Error {
  override readonly name = 'HistoryFull';
}

/** Which member of a `HistoryEvent` holds an event's details. */
const detailsMember = (type: HistoryEventType): string => {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
};

const words = (details: Details, withData: boolean): Record<string, unknown> => {
  const said: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(details)) {
    if (value === undefined) continue;
    if (value instanceof Payload) {
      if (withData) said[name] = JSON.stringify(value.value);
      // parameters carry no such note
      if (name !== 'parameters') said[`${name}Details`] = { truncated: false };
    } else if (value instanceof Variables) {
      if (!withData) continue;
      said[name] = Object.fromEntries(
        value.values.map(([variable, assigned]) => [variable, JSON.stringify(assigned)]),
      );
    } else {
      said[name] = value;
    }
  }
  return said;
};

const ends: ReadonlySet<string> = new Set([
  'ExecutionAborted',
  'ExecutionFailed',
  'ExecutionSucceeded',
  'ExecutionTimedOut',
]);

/** What happened in an execution, event by event, in the shapes of GetExecutionHistory. */
export class History {
  readonly #events: Recorded[] = [];

  /** Records an event and answers its id. The event past the quota is not recorded: it ends the execution. */
  record(type: HistoryEventType, at: number, previous: number, details?: Details): number {
    if (this.#events.length >= quotas.historyEvents - 1 && !ends.has(type)) throw new HistoryFull();
    this.#events.push({ type, at, previous, details });
    return this.#events.length;
  }

  get length(): number {
    return this.#events.length;
  }

  /** The event's form in the API. */
  event(id: number, withData: boolean): HistoryEvent {
    const recorded = this.#events[id - 1];
    if (recorded === undefined) throw new RangeError(`no event ${id} of ${this.#events.length}`);
    const { type, at, previous, details } = recorded;
    return {
      timestamp: new Date(at),
      type,
      id,
      previousEventId: previous,
      ...(details === undefined ? {} : { [detailsMember(type)]: words(details, withData) }),
    };
  }
}
