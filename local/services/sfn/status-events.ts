import type { Execution } from '../../states/execution.ts';
import type { AwsEvent } from '../service.ts';
import { described } from './executions.ts';

/** The event of an execution's new status: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export const statusEvent = (execution: Execution): AwsEvent => {
  const {
    startDate,
    stopDate,
    stateMachineVersionArn = null,
    stateMachineAliasArn = null,
    output = null,
    outputDetails = null,
    error = null,
    cause = null,
    redriveStatusReason,
    ...rest
  } = described(execution);
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [execution.about.arn],
    detail: {
      ...rest,
      startDate: startDate?.getTime(),
      stopDate: stopDate?.getTime() ?? null,
      stateMachineVersionArn,
      stateMachineAliasArn,
      output,
      outputDetails,
      error,
      cause,
      redriveDate: null,
      redriveStatusReason: redriveStatusReason ?? null,
    },
  };
};
