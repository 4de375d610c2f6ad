import type { Json, JsonObject } from './json.ts';
import { type Exit, readExit } from './state.ts';

/** One entry of a state's `Catch`. */
export interface Catcher extends Exit {
  readonly errorEquals: readonly string[];
}

/** Reads a state's `Catch`. */
export const readCatch = (catchers: Json | undefined): Catcher[] =>
  ((catchers ?? []) as readonly JsonObject[]).map((catcher, index) => ({
    ...readExit(catcher, `Catch[${index}]/`),
    errorEquals: catcher['ErrorEquals'] as readonly string[],
  }));
