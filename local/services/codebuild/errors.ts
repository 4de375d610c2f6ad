import { AwsError } from '../aws-error.ts';

/** Something named that is not there. */
export const resourceNotFound = (message: string): AwsError =>
  new AwsError('ResourceNotFoundException', message);

/** Input that CodeBuild refuses. */
export const invalidInput = (message: string): AwsError =>
  new AwsError('InvalidInputException', message);

/** A request field whose effect the local cloud does not have. */
export const unsupportedField = (operation: string, field: string): AwsError =>
  new AwsError(
    'NotImplemented',
    `the local cloud does not do codebuild:${operation} with ${field}`,
    {
      status: 501,
    },
  );
