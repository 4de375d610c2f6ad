import type { Json, JsonObject } from './json.ts';
import { type Catcher, readExit } from './state.ts';

/** Reads a state's `Catch`. */
export const readCatch = (catchers: Json | undefined): Catcher[] =>
  ((catchers ?? []) as readonly JsonObject[]).map((catcher, index) => ({
    ...readExit(catcher, `Catch[${index}]/`),
    errorEquals: catcher['ErrorEquals'] as readonly string[],
  }));
