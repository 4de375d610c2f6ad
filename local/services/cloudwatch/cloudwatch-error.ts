import { AwsError } from '../aws-error.ts';

/** What CloudWatch answers to a request that fails its checks. */
export const validationError = (message: string): AwsError =>
  new AwsError('ValidationError', message);

/** A parameter whose value can't be used. */
export const invalidParameter = (message: string): AwsError =>
  new AwsError('InvalidParameterValueException', message);

/** Parameters that exclude or need each other. */
export const invalidCombination = (message: string): AwsError =>
  new AwsError('InvalidParameterCombinationException', message);

/** A named thing that isn't there. */
export const resourceNotFound = (message: string): AwsError =>
  new AwsError('ResourceNotFound', message, { status: 404 });

/** An input field whose effect the local CloudWatch does not have. */
export const unsupportedField = (operation: string, field: string): AwsError =>
  new AwsError(
    'NotImplemented',
    `the local cloud does not do cloudwatch:${operation} with ${field}; leave ${field} out`,
    { status: 501 },
  );
