/** What the parts of the interpreter see of each other: an execution, a flow through its states, a passage through one. */
import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Timer } from '../clock/clock.ts';
import type { CloudContext, Place, Principal } from '../services/service.ts';
import type { StateFailure } from './errors.ts';
import type { Details } from './history.ts';
import type { Integrations } from './integrations/integration.ts';
import type { Json } from './json.ts';
import type { Scope } from './scope.ts';
import type { Sight } from './sight.ts';
import type { Ambience } from './synchronous-jsonata.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { Template } from './template.ts';

/** The eight state types. */
export type StateType =
  | 'Choice'
  | 'Fail'
  | 'Map'
  | 'Parallel'
  | 'Pass'
  | 'Succeed'
  | 'Task'
  | 'Wait';

/** A state entered, as an observer sees it. */
export interface Transition {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly state: string;
  readonly type: StateType;
  readonly at: number;
  /** How many states the execution has entered, this one included. */
  readonly count: number;
}

/** What executions need of their surroundings. */
export interface World {
  readonly cloud: CloudContext;
  readonly place: Place;
  readonly ambience: Ambience;
  readonly tokens: TaskTokens;
  readonly integrations: Integrations;
  /** Told of each state entered. */
  transition(of: Transition): void;
}

/** What an execution is, unchanging. */
export interface About {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly roleArn: string;
  /** Who the execution's tasks call as. */
  readonly principal: Principal;
  readonly input: Json;
  readonly startedAt: number;
}

/** The members of the context object that stay the same for the whole execution. */
export interface LastingContext {
  readonly Execution: Json;
  readonly StateMachine: Json;
}

/** An execution, as what runs in it sees it. */
export interface Run {
  readonly about: About;
  readonly world: World;
  readonly lastingContext: LastingContext;
  /** Records an event after another, and answers its id. */
  record(type: HistoryEventType, previous: number, details?: Details): number;
  /** Where the clock or an answer brings the execution on. */
  run(work: () => void): void;
  /** Counts and tells a state entered. */
  transition(state: string, type: StateType): void;
}

/** Which item an iteration of a Map works on. */
export interface MapItem {
  readonly index: number;
  readonly value: Json;
}

/** A flow through a set of states, as a passage through one of them sees it. */
export interface Course {
  readonly execution: Run;
  readonly scope: Scope;
  /** The nearest Map's item, this flow's own or an outer one's. */
  readonly mapItem: MapItem | undefined;
  /** The last event of this flow: what the next one follows. */
  lastEventId: number;
  /** Records an event that follows the flow's last one. */
  record(type: HistoryEventType, details?: Details): number;
  /** The state has been left. */
  exited(type: StateType, details: Details): void;
  /** On to a state. */
  go(name: string, input: Json): void;
  /** The last state has been left. */
  succeeded(output: Json): void;
  /** A state failed, and nothing of it caught that. */
  failed(failure: StateFailure): void;
}

/** A variable and what is assigned to it. */
export interface Assignment {
  readonly name: string;
  readonly value: Template;
}

/** What a state, a choice rule or a catcher says of leaving: its own output, its assignments, where next. */
export interface Exit {
  readonly output: Template | undefined;
  readonly assign: readonly Assignment[];
  /** Nothing at the end of the states. */
  readonly next: string | undefined;
}

/** One passage through a state, from its entry to its exit, as the state itself sees it. */
export interface Passage {
  readonly flow: Course;
  readonly stateName: string;
  readonly input: Json;
  readonly enteredAt: number;
  readonly retryCount: number;
  /** The task token, while a task waits for one. */
  token: string | undefined;
  /** What the state's fields see before there is a result. */
  frame(): Sight;
  record(type: HistoryEventType, details?: Details): number;
  /** Calls back after a while, unless the passage ended meanwhile. */
  after(milliseconds: number, work: () => void): Timer;
  /** Work that goes on beyond this call; `stop` ends it when the execution is over before it. */
  pending(stop: () => void): void;
  /** Runs what a timer or a promise brings back, unless the passage ended meanwhile. */
  resume(work: () => void): void;
  /** The work is done: `result` is what `$states.result` shows, or nothing for states that have none. */
  succeed(result: Json | undefined, exit?: Exit): void;
  /** The work failed: retry, catch, or fail the flow. */
  fail(failure: StateFailure): void;
  /** A cause as AWS introduces it. */
  inState(cause: string): string;
}
