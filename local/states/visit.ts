import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Timer } from '../clock/clock.ts';
import { matches, QueryFailure, StateFailure, StatesError, tooLarge } from './errors.ts';
import { Frame } from './frame.ts';
import { type Details, HistoryFull, Payload, Variables } from './history.ts';
import type { Json } from './json.ts';
import type { Assignment, Course, Exit, Passage } from './passage.ts';
import { isWithin } from './quotas.ts';
import { RetryCounters } from './retry.ts';
import type { State } from './state.ts';

/** One passage through a state, from its entry to its exit, retries included. */
export class Visit implements Passage {
  readonly flow: Course;
  readonly state: State;
  readonly input: Json;
  readonly enteredAt: number;
  readonly enteredEventId: number;
  readonly retries: RetryCounters;
  /** The task token, while a task waits for one. */
  token: string | undefined;
  #stop: (() => void) | undefined;
  #over = false;

  constructor(flow: Course, state: State, input: Json, enteredEventId: number) {
    this.flow = flow;
    this.state = state;
    this.input = input;
    this.enteredAt = flow.execution.world.cloud.clock.now();
    this.enteredEventId = enteredEventId;
    this.retries = new RetryCounters(state.retry);
  }

  get stateName(): string {
    return this.state.name;
  }

  get retryCount(): number {
    return this.retries.total;
  }

  /** What the state's fields see before there is a result. */
  frame(): Frame {
    return new Frame(this);
  }

  /** Begins the state's work; again at each retry. */
  attempt(): void {
    this.#guard(() => this.state.enter(this));
  }

  /** Work that goes on beyond this call; `stop` ends it when the execution is over before it. */
  pending(stop: () => void): void {
    this.#stop = stop;
  }

  /** Runs what a timer or a promise brings back, unless the visit ended meanwhile. */
  resume(work: () => void): void {
    if (!this.#over) this.flow.execution.run(() => this.#guard(work));
  }

  /** Calls back after a while; ends with the visit. */
  after(milliseconds: number, work: () => void): Timer {
    const { clock } = this.flow.execution.world.cloud;
    return clock.at(clock.now() + milliseconds, () => this.resume(work));
  }

  /** Records an event of this visit. */
  record(type: HistoryEventType, details?: Details): number {
    return this.flow.record(type, details);
  }

  /** The work is done: `result` is what `$states.result` shows, or nothing for states that have none. */
  succeed(result: Json | undefined, exit: Exit = this.state): void {
    if (this.#over) return;
    this.#stop = undefined;
    const left = this.#guard(() =>
      result === undefined
        ? this.#leaving(this.frame(), exit, this.input)
        : this.#leaving(new Frame(this, { result }), exit, result),
    );
    if (left !== undefined) this.#leave(left, exit);
  }

  /** The work failed: retry, catch, or fail the flow. */
  fail(failure: StateFailure): void {
    if (this.#over) return;
    this.#stop = undefined;
    const known = failure instanceof QueryFailure ? this.#queryFailed(failure) : failure;
    const { ambience } = this.flow.execution.world;
    const delay = this.retries.delayAfter(known, () => ambience.random());
    if (delay === undefined) {
      this.#caught(known);
      return;
    }
    const timer = this.after(delay, () => {
      this.#stop = undefined;
      this.attempt();
    });
    this.#stop = () => timer.cancel();
  }

  /** Ends the work without an outcome. */
  abort(): void {
    if (this.#over) return;
    const stop = this.#stop;
    this.#finish();
    stop?.();
  }

  #finish(): void {
    this.#over = true;
    this.#stop = undefined;
  }

  #caught(failure: StateFailure): void {
    const catcher = this.state.catch.find(({ errorEquals }) => matches(errorEquals, failure));
    if (catcher === undefined) {
      this.#finish();
      this.flow.failed(failure);
      return;
    }
    const errorOutput: Json = {
      ...(failure.error === undefined ? {} : { Error: failure.error }),
      ...(failure.cause === undefined ? {} : { Cause: failure.cause }),
    };
    let left: Leaving;
    try {
      left = this.#leaving(new Frame(this, { errorOutput }), catcher, errorOutput);
    } catch (error) {
      // what a catcher cannot evaluate, no catcher of this state catches
      const last = error instanceof QueryFailure ? this.#queryFailed(error) : error;
      if (!(last instanceof StateFailure)) throw last;
      this.#finish();
      this.flow.failed(last);
      return;
    }
    this.#leave(left, catcher);
  }

  /** Work of this state: what it throws is the state's failure. */
  #guard<T>(work: () => T): T | undefined {
    if (this.#over) return undefined;
    try {
      return work();
    } catch (error) {
      if (error instanceof HistoryFull || this.#over) throw error;
      this.fail(error instanceof StateFailure ? error : this.#unexpected(error));
      return undefined;
    }
  }

  #unexpected(error: unknown): StateFailure {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.flow.execution.world.cloud.warn(`state ${this.state.name}: ${said}`);
    return new StateFailure(StatesError.Runtime, this.inState(String(error)));
  }

  /** A cause as AWS introduces it. */
  inState(cause: string): string {
    return `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.enteredEventId}). ${cause}`;
  }

  #queryFailed(failure: QueryFailure): StateFailure {
    this.record('EvaluationFailed', {
      error: failure.error,
      cause: failure.cause,
      location: failure.location,
      state: this.state.name,
    });
    return new StateFailure(failure.error, this.inState(failure.cause ?? ''));
  }

  /** All that can fail about leaving, before anything changes: both sides of Assign and Output see the old variables. */
  #leaving(frame: Frame, exit: Exit, otherwise: Json): Leaving {
    const output = exit.output === undefined ? otherwise : exit.output.evaluate(frame);
    const assigned = evaluateAll(exit.assign, frame);
    if (!isWithin(output)) throw tooLarge(this.state.name);
    for (const [, value] of assigned) if (!isWithin(value)) throw tooLarge(this.state.name);
    return { output, assigned };
  }

  #leave({ output, assigned }: Leaving, exit: Exit): void {
    this.#finish();
    if (assigned.length > 0) this.flow.scope.assign(assigned);
    this.flow.exited(this.state.type, {
      name: this.state.name,
      output: new Payload(output),
      ...(assigned.length === 0
        ? {}
        : { assignedVariables: new Variables(assigned), assignedVariablesDetails: untruncated }),
    });
    if (exit.next === undefined) this.flow.succeeded(output);
    else this.flow.go(exit.next, output);
  }
}

const untruncated = { truncated: false };

interface Leaving {
  readonly output: Json;
  readonly assigned: readonly (readonly [string, Json])[];
}

const none: readonly never[] = [];

const evaluateAll = (
  assign: readonly Assignment[],
  frame: Frame,
): readonly (readonly [string, Json])[] =>
  assign.length === 0 ? none : assign.map(({ name, value }) => [name, value.evaluate(frame)]);
