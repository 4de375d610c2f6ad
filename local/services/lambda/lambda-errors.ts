import { AwsError } from '../aws-error.ts';

/** A function, version, alias or mapping that is not there. */
export const resourceNotFound = (message: string): AwsError =>
  new AwsError('ResourceNotFoundException', message, { status: 404, members: { Type: 'User' } });

/** Something that exists already, or an update that is under way. */
export const resourceConflict = (message: string): AwsError =>
  new AwsError('ResourceConflictException', message, { status: 409, members: { Type: 'User' } });

/** A parameter that Lambda refuses. */
export const invalidParameter = (message: string): AwsError =>
  new AwsError('InvalidParameterValueException', message, {
    status: 400,
    members: { Type: 'User' },
  });

/** Concurrency used up. */
export const tooManyRequests = (reason: string): AwsError =>
  new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
    status: 429,
    members: { Reason: reason, Type: 'User' },
  });

/** Refuses a RevisionId that is not the latest. */
export const checkRevision = (latest: string, given: string | undefined): void => {
  if (given === undefined || given === latest) return;
  throw new AwsError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    { status: 412, members: { Type: 'User' } },
  );
};
