import { AwsError } from '../aws-error.ts';

/** What X-Ray answers to a request that it can't read. */
export const invalidRequest = (message: string): AwsError =>
  new AwsError('InvalidRequestException', message);

/** What of X-Ray the local cloud does not do, by name. */
export const notDone = (what: string): AwsError =>
  new AwsError('NotImplemented', `the local cloud does not do xray: ${what}`, { status: 501 });
