import type { Place } from '../service.ts';
import { sfnErrors } from './sfn-errors.ts';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
const refused = /[\s\p{Cc}<>{}[\]?*"#%\\^|~`$&,;:/\ufffe\uffff]/u;

/** Refuses what is no name of a state machine, an execution or an alias. */
export const checkName = (name: string): void => {
  if (name === '' || name.length > 80 || refused.test(name)) throw sfnErrors.invalidName(name);
};

/** The ARN of a state machine by its name. */
export const machineArn = ({ account, region }: Place, name: string): string =>
  `arn:aws:states:${region}:${account}:stateMachine:${name}`;

/** The ARN of an execution by its machine's and its own name. */
export const executionArn = ({ account, region }: Place, machine: string, name: string): string =>
  `arn:aws:states:${region}:${account}:execution:${machine}:${name}`;

/** A state machine ARN taken apart: the machine, and the version or alias behind it. */
export interface MachineReference {
  readonly machineArn: string;
  readonly qualifier: string | undefined;
}

/** Takes the ARN of a machine, a version or an alias apart. */
export const parseMachineArn = (arn: string): MachineReference => {
  const parts = arn.split(':');
  if (parts[0] !== 'arn' || parts[2] !== 'states' || parts[5] !== 'stateMachine' || !parts[6]) {
    throw sfnErrors.invalidArn(arn, 'Resource type not valid in this context');
  }
  return { machineArn: parts.slice(0, 7).join(':'), qualifier: parts[7] };
};

/** Refuses what is no execution ARN. */
export const checkExecutionArn = (arn: string): void => {
  const parts = arn.split(':');
  if (parts[2] !== 'states' || parts[5] !== 'execution' || !parts[7]) {
    throw sfnErrors.invalidArn(arn, 'Resource type not valid in this context');
  }
};
