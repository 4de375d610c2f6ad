import { AwsError } from '../aws-error.ts';

/** Names and words of what EKS refuses. */
export const eksErrors = {
  noCluster: (name: string) =>
    new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, {
      status: 404,
      members: { clusterName: name },
    }),
  noAccessEntry: (principalArn: string) =>
    new AwsError(
      'ResourceNotFoundException',
      `The specified principalArn could not be found: ${principalArn}`,
      { status: 404 },
    ),
  inUse: (message: string) => new AwsError('ResourceInUseException', message, { status: 409 }),
  invalidParameter: (message: string) => new AwsError('InvalidParameterException', message),
  unsupported: (operation: string, field: string) =>
    new AwsError('NotImplemented', `the local cloud does not do eks:${operation} with ${field}`, {
      status: 501,
    }),
};
