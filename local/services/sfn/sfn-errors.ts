import { AwsError } from '../aws-error.ts';

/** Errors in Step Functions' own names and words. */
export const sfnErrors = {
  stateMachineDoesNotExist: (arn: string) =>
    new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`),
  stateMachineAlreadyExists: (arn: string) =>
    new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`),
  executionDoesNotExist: (arn: string) =>
    new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`),
  executionAlreadyExists: (arn: string) =>
    new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`),
  invalidArn: (arn: string, why: string) =>
    new AwsError('InvalidArn', `Invalid Arn: '${why}: ${arn}'`),
  invalidName: (name: string) => new AwsError('InvalidName', `Invalid Name: '${name}'`),
  invalidDefinition: (message: string) => new AwsError('InvalidDefinition', message),
  invalidInput: (why: string) =>
    new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${why}'`),
  invalidOutput: (why: string) => new AwsError('InvalidOutput', `Invalid Output: '${why}'`),
  invalidToken: () => new AwsError('InvalidToken', "Invalid Token: 'Invalid token'"),
  taskTimedOut: () =>
    new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'"),
  resourceNotFound: (arn: string) =>
    new AwsError('ResourceNotFound', `Resource not found: '${arn}'`),
  conflict: (message: string) => new AwsError('ConflictException', message),
  validation: (message: string) => new AwsError('ValidationException', message),
  missingParameter: (message: string) => new AwsError('MissingRequiredParameter', message),
  unsupported: (message: string) => new AwsError('NotImplemented', message, { status: 501 }),
} as const;
