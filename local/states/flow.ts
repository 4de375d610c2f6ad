import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { StateFailure } from './errors.ts';
import { type Details, Payload } from './history.ts';
import type { Json } from './json.ts';
import type { Course, MapItem, Run, StateType } from './passage.ts';
import type { Scope } from './scope.ts';
import type { States } from './state.ts';
import { Visit } from './visit.ts';

/** What a flow tells whoever began it. Called once, unless the flow is aborted. */
export interface FlowEnd {
  succeeded(output: Json): void;
  failed(failure: StateFailure): void;
}

/** One run through a set of states: the machine's own, a branch of a Parallel, an iteration of a Map. */
export class Flow implements Course {
  readonly execution: Run;
  readonly scope: Scope;
  /** The nearest Map's item, this flow's own or an outer one's. */
  readonly mapItem: MapItem | undefined;
  /** The last event of this flow: what the next one follows. */
  lastEventId: number;
  readonly #states: States;
  readonly #end: FlowEnd;
  #visit: Visit | undefined;
  #next: { readonly name: string; readonly input: Json } | undefined;
  #stepping = false;
  #over = false;

  constructor(
    execution: Run,
    states: States,
    end: FlowEnd,
    from: {
      readonly scope: Scope;
      readonly lastEventId: number;
      readonly mapItem?: MapItem | undefined;
    },
  ) {
    this.execution = execution;
    this.#states = states;
    this.#end = end;
    this.scope = from.scope;
    this.lastEventId = from.lastEventId;
    this.mapItem = from.mapItem;
  }

  /** Begins with the first state. */
  start(input: Json): void {
    this.go(this.#states.startAt, input);
  }

  /** On to a state. States that end at once are taken one after the other, not one inside the other. */
  go(name: string, input: Json): void {
    this.#next = { name, input };
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      while (this.#next !== undefined && !this.#over) {
        const { name: nextName, input: nextInput } = this.#next;
        this.#next = undefined;
        this.#enter(nextName, nextInput);
      }
    } finally {
      this.#stepping = false;
    }
  }

  /** Records an event that follows the flow's last one. */
  record(type: HistoryEventType, details?: Details): number {
    this.lastEventId = this.execution.record(type, this.lastEventId, details);
    return this.lastEventId;
  }

  exited(type: StateType, details: Details): void {
    this.#visit = undefined;
    this.record(`${type}StateExited` as HistoryEventType, details);
  }

  succeeded(output: Json): void {
    if (this.#over) return;
    this.#over = true;
    this.#end.succeeded(output);
  }

  failed(failure: StateFailure): void {
    if (this.#over) return;
    this.#over = true;
    this.#visit = undefined;
    this.#end.failed(failure);
  }

  /** Ends the flow from outside; `recorded` says whether its state's abortion is an event (it is inside a failing Parallel or Map). */
  abort(recorded?: { readonly after: number }): void {
    if (this.#over) return;
    this.#over = true;
    const visit = this.#visit;
    this.#visit = undefined;
    if (visit === undefined) return;
    visit.abort();
    if (recorded !== undefined && hasAbortedEvent.has(visit.state.type)) {
      this.execution.record(`${visit.state.type}StateAborted` as HistoryEventType, recorded.after);
    }
  }

  /** The state that the flow is in. */
  get stateName(): string | undefined {
    return this.#visit?.state.name;
  }

  #enter(name: string, input: Json): void {
    const state = this.#states.states.get(name);
    if (state === undefined)
      throw new RangeError(`no state '${name}': the definition was not checked`);
    this.execution.transition(state.name, state.type);
    const type = `${state.type}StateEntered` as HistoryEventType;
    const eventId = this.execution.record(type, this.#previous(), {
      name,
      input: new Payload(input),
    });
    this.lastEventId = eventId;
    const visit = new Visit(this, state, input, eventId);
    this.#visit = visit;
    visit.attempt();
  }

  /** The machine's first state follows nothing, not even the execution's beginning. */
  #previous(): number {
    return this.lastEventId === 1 ? 0 : this.lastEventId;
  }
}

/** The types with an event for being aborted: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html */
const hasAbortedEvent: ReadonlySet<string> = new Set(['Map', 'Parallel', 'Task', 'Wait']);
