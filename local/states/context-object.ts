import type { Json } from './json.ts';
import type { Visit } from './visit.ts';

/** `$states.context`: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
export const contextObject = (visit: Visit): Json => {
  const { flow } = visit;
  const { about } = flow.execution;
  const item = flow.mapItem;
  return {
    Execution: {
      Id: about.arn,
      Input: about.input,
      Name: about.name,
      RoleArn: about.roleArn,
      StartTime: new Date(about.startedAt).toISOString(),
      RedriveCount: flow.execution.redriveCount,
    },
    StateMachine: { Id: about.stateMachineArn, Name: about.stateMachineName },
    State: {
      EnteredTime: new Date(visit.enteredAt).toISOString(),
      Name: visit.state.name,
      RetryCount: visit.retries.total,
    },
    ...(visit.token === undefined ? {} : { Task: { Token: visit.token } }),
    ...(item === undefined ? {} : { Map: { Item: { Index: item.index, Value: item.value } } }),
  };
};
