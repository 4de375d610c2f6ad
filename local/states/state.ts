import type { Json, JsonObject } from './json.ts';
import type { Exit, Passage, StateType } from './passage.ts';
import type { Retrier } from './retry.ts';
import { template } from './template.ts';

/** One entry of a state's `Catch`. */
export interface Catcher extends Exit {
  readonly errorEquals: readonly string[];
}

/** A state, read once from the definition; what is particular to one passage through it stands in the visit. */
export interface State extends Exit {
  readonly name: string;
  readonly type: StateType;
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
  /** Begins the state's work. Each visit is told once how it ended, now or later, unless it is aborted. */
  enter(visit: Passage): void;
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
