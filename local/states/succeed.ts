import { type ReadState, readExit, withoutHandlers } from './state.ts';

/** Succeed: ends its states with its output. */
export const readSucceed: ReadState = (name, definition) => ({
  ...readExit(definition),
  ...withoutHandlers,
  name,
  type: 'Succeed',
  next: undefined,
  enter: (visit) => visit.succeed(undefined),
});
