import type { Json } from './json.ts';
import type { About, LastingContext, Passage } from './passage.ts';

/** The members that stay the same for the whole execution. */
export const lastingContext = (about: About, redriveCount: number): LastingContext => ({
  Execution: {
    Id: about.arn,
    Input: about.input,
    Name: about.name,
    RoleArn: about.roleArn,
    StartTime: new Date(about.startedAt).toISOString(),
    RedriveCount: redriveCount,
  },
  StateMachine: { Id: about.stateMachineArn, Name: about.stateMachineName },
});

/** `$states.context`: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
export const contextObject = (visit: Passage): Json => {
  const { flow } = visit;
  const item = flow.mapItem;
  const { Execution, StateMachine } = flow.execution.lastingContext;
  return {
    Execution,
    StateMachine,
    State: {
      EnteredTime: new Date(visit.enteredAt).toISOString(),
      Name: visit.stateName,
      RetryCount: visit.retryCount,
    },
    ...(visit.token === undefined ? {} : { Task: { Token: visit.token } }),
    ...(item === undefined ? {} : { Map: { Item: { Index: item.index, Value: item.value } } }),
  };
};
