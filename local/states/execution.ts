import type { ExecutionStatus, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Timer } from '../clock/clock.ts';
import { lastingContext } from './context-object.ts';
import type { StateFailure } from './errors.ts';
import { StatesError } from './errors.ts';
import { Flow } from './flow.ts';
import { type Details, History, HistoryFull, Payload } from './history.ts';
import type { Json } from './json.ts';
import type { Machine } from './machine.ts';
import type { About, LastingContext, Run, StateType, World } from './passage.ts';
import { quotas } from './quotas.ts';
import { Scope } from './scope.ts';
import { setAmbience } from './synchronous-jsonata.ts';

/** One execution of a state machine. Ends by itself, or by `stop`; tells `ended` once. */
export class Execution implements Run {
  readonly about: About;
  readonly world: World;
  readonly history = new History();
  readonly redriveCount = 0;
  status: ExecutionStatus = 'RUNNING';
  stoppedAt: number | undefined;
  output: Json | undefined;
  error: string | undefined;
  cause: string | undefined;
  /** How many states were entered. */
  transitions = 0;
  readonly #machine: Machine;
  readonly #ended: (execution: Execution) => void;
  readonly #listeners: ((execution: Execution) => void)[] = [];
  #context: LastingContext | undefined;
  #flow: Flow | undefined;
  #timeout: Timer | undefined;

  constructor(world: World, machine: Machine, about: About, ended: (execution: Execution) => void) {
    this.world = world;
    this.#machine = machine;
    this.about = about;
    this.#ended = ended;
    this.record('ExecutionStarted', 0, {
      input: new Payload(about.input),
      roleArn: about.roleArn,
      stateMachineVersionArn: about.stateMachineVersionArn,
      stateMachineAliasArn: about.stateMachineAliasArn,
    });
  }

  /** Sets off on the clock, so that whoever starts an execution has its answer before anything happens. */
  start(): void {
    const { clock } = this.world.cloud;
    const { timeoutSeconds } = this.#machine;
    if (timeoutSeconds !== undefined) {
      this.#timeout = clock.at(this.about.startedAt + timeoutSeconds * 1000, () => this.timeOut());
    }
    clock.at(clock.now(), () => {
      if (this.status !== 'RUNNING') return;
      this.#flow = new Flow(
        this,
        this.#machine.states,
        {
          succeeded: (output) => {
            this.output = output;
            this.#end('SUCCEEDED', 'ExecutionSucceeded', this.#lastEventId, {
              output: new Payload(output),
            });
          },
          failed: (failure) => this.#fail(failure, this.#lastEventId),
        },
        { scope: new Scope(), lastEventId: 1 },
      );
      const flow = this.#flow;
      this.run(() => flow.start(this.about.input));
    });
  }

  /** What its time-out does, whenever it comes. */
  timeOut(): void {
    this.#end('TIMED_OUT', 'ExecutionTimedOut', 0, { error: StatesError.Timeout });
  }

  /** StopExecution: everything below ends too. */
  stop(error: string | undefined, cause: string | undefined): void {
    this.error = error;
    this.cause = cause;
    this.#end('ABORTED', 'ExecutionAborted', 0, { error, cause });
  }

  /** Calls back when the execution has ended; the returned function takes that back. */
  whenEnded(listener: (execution: Execution) => void): () => void {
    this.#listeners.push(listener);
    return () => {
      const index = this.#listeners.indexOf(listener);
      if (index >= 0) this.#listeners.splice(index, 1);
    };
  }

  /** Where the clock or an answer brings an execution on: a full history ends it here. */
  run(work: () => void): void {
    if (this.status !== 'RUNNING') return;
    setAmbience(this.world.ambience);
    try {
      work();
    } catch (error) {
      if (!(error instanceof HistoryFull)) throw error;
      this.error = StatesError.Runtime;
      this.cause = `The execution reached the maximum number of history events (${quotas.historyEvents}).`;
      this.#end('FAILED', 'ExecutionFailed', this.#lastEventId, {
        error: this.error,
        cause: this.cause,
      });
    }
  }

  record(type: HistoryEventType, previous: number, details?: Details): number {
    return this.history.record(type, this.world.cloud.clock.now(), previous, details);
  }

  transition(state: string, type: StateType): void {
    this.transitions += 1;
    this.world.transition({
      executionArn: this.about.arn,
      stateMachineArn: this.about.stateMachineArn,
      state,
      type,
      at: this.world.cloud.clock.now(),
      count: this.transitions,
    });
  }

  /** What of the context object stays the same, made for the first who asks. */
  get lastingContext(): LastingContext {
    this.#context ??= lastingContext(this.about, this.redriveCount);
    return this.#context;
  }

  get #lastEventId(): number {
    return this.#flow?.lastEventId ?? 1;
  }

  #fail(failure: StateFailure, lastEventId: number): void {
    this.error = failure.error;
    this.cause = failure.cause;
    this.#end('FAILED', 'ExecutionFailed', lastEventId, {
      error: failure.error,
      cause: failure.cause,
    });
  }

  #end(status: ExecutionStatus, type: HistoryEventType, previous: number, details: Details): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stoppedAt = this.world.cloud.clock.now();
    this.#timeout?.cancel();
    this.#flow?.abort();
    this.#flow = undefined;
    this.record(type, previous, details);
    this.#ended(this);
    for (const listener of this.#listeners.splice(0)) listener(this);
  }
}
