import { readChoice } from './choice.ts';
import { readFail } from './fail.ts';
import type { JsonObject } from './json.ts';
import { readMap } from './map.ts';
import { readParallel } from './parallel.ts';
import { readPass } from './pass.ts';
import type { StateType } from './passage.ts';
import type { ReadState, States } from './state.ts';
import { readSucceed } from './succeed.ts';
import { readTask } from './task.ts';
import { readWait } from './wait.ts';

/** A state machine's definition, read once; executions share it. */
export interface Machine {
  readonly states: States;
  readonly timeoutSeconds: number | undefined;
}

const readers: Readonly<Record<StateType, ReadState>> = {
  Choice: readChoice,
  Fail: readFail,
  Map: readMap,
  Parallel: readParallel,
  Pass: readPass,
  Succeed: readSucceed,
  Task: readTask,
  Wait: readWait,
};

const readStates = (definition: JsonObject): States => ({
  startAt: definition['StartAt'] as string,
  states: new Map(
    Object.entries(definition['States'] as Record<string, JsonObject>).map(([name, state]) => [
      name,
      readers[state['Type'] as StateType](name, state, readStates),
    ]),
  ),
});

/** Reads a definition that `diagnose` found no error in. */
export const readMachine = (definition: JsonObject): Machine => ({
  states: readStates(definition),
  timeoutSeconds: definition['TimeoutSeconds'] as number | undefined,
});
