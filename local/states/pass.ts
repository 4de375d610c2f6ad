import { type ReadState, readExit, withoutHandlers } from './state.ts';

/** Pass: reshapes, assigns, goes on. */
export const readPass: ReadState = (name, definition) => ({
  ...readExit(definition),
  ...withoutHandlers,
  name,
  type: 'Pass',
  enter: (visit) => visit.succeed(undefined),
});
