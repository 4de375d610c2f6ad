import type { Catcher } from './catch.ts';
import type { Json, JsonObject } from './json.ts';
import type { Retrier } from './retry.ts';
import { type Template, template } from './template.ts';
import type { Visit } from './visit.ts';

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

/** A state, read once from the definition; what is particular to one passage through it stands in the visit. */
export interface State extends Exit {
  readonly name: string;
  readonly type: StateType;
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
  /** Begins the state's work. Each visit is told once how it ended, now or later, unless it is aborted. */
  enter(visit: Visit): void;
}

/** A set of states with its beginning: the machine's, a branch's, or an iteration's. */
export interface States {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

/** Reads nested states (of a branch, of an item processor). */
export type ReadStates = (definition: JsonObject) => States;

/** Reads one state of its type. */
export type ReadState = (name: string, definition: JsonObject, readStates: ReadStates) => State;

/** Reads what a state, a rule or a catcher says of leaving; `at` names where it stands (`Choices[0]/`). */
export const readExit = (definition: JsonObject, at = ''): Exit => {
  const assign = definition['Assign'] as JsonObject | undefined;
  return {
    output:
      definition['Output'] === undefined
        ? undefined
        : template(definition['Output'] as Json, `${at}Output`),
    assign: Object.entries(assign ?? {}).map(([name, value]) => ({
      name,
      value: template(value, `${at}Assign/${name}`),
    })),
    next: definition['Next'] as string | undefined,
  };
};

/** Members of states that neither retry nor catch. */
export const withoutHandlers = { retry: [], catch: [] } as const;
