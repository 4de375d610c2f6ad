import { readCatch } from './catch.ts';
import { Flow } from './flow.ts';
import type { Json, JsonObject } from './json.ts';
import { readRetry } from './retry.ts';
import { Scope } from './scope.ts';
import { type ReadState, readExit } from './state.ts';
import { template } from './template.ts';

/** Parallel: all branches at once, each with its own variables; its result is the list of theirs. */
export const readParallel: ReadState = (name, definition, readStates) => {
  const branches = (definition['Branches'] as readonly JsonObject[]).map(readStates);
  const given = definition['Arguments'];
  const args = given === undefined ? undefined : template(given, 'Arguments');
  return {
    ...readExit(definition),
    name,
    type: 'Parallel',
    retry: readRetry(definition['Retry']),
    catch: readCatch(definition['Catch']),
    enter: (visit) => {
      const { flow } = visit;
      const input = args === undefined ? visit.input : args.evaluate(visit.frame());
      const startedId = visit.record('ParallelStateStarted');
      const outputs: Json[] = branches.map(() => null);
      let left = branches.length;
      const flows: Flow[] = branches.map((states, index): Flow => {
        const branch: Flow = new Flow(
          flow.execution,
          states,
          {
            succeeded: (output) => {
              outputs[index] = output;
              left -= 1;
              if (left > 0) return;
              // the exit follows the last branch, not this event, as with Map
              flow.lastEventId = branch.lastEventId;
              flow.execution.record('ParallelStateSucceeded', flow.lastEventId);
              visit.succeed(outputs);
            },
            failed: (failure) => {
              const after = branch.lastEventId;
              for (const other of flows) if (other !== branch) other.abort({ after });
              flow.lastEventId = after;
              visit.record('ParallelStateFailed');
              visit.fail(failure);
            },
          },
          { scope: new Scope(flow.scope), lastEventId: startedId, mapItem: flow.mapItem },
        );
        return branch;
      });
      visit.pending(() => {
        for (const branch of flows) branch.abort();
      });
      for (const branch of flows) branch.start(input);
    },
  };
};
