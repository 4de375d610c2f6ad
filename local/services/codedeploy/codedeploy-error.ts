import { AwsError } from '../aws-error.ts';

/** An error by CodeDeploy's name for it. */
export const codeDeployError = (name: string, message: string): AwsError =>
  new AwsError(name, message);

/** What of CodeDeploy the local cloud does not do, by name. */
export const notDone = (what: string): AwsError =>
  new AwsError('NotImplemented', `the local cloud does not do codedeploy: ${what}`, {
    status: 501,
  });

/** Refuses inputs that would have an effect on AWS and have none here. */
export const refuseFields = (operation: string, input: object, fields: readonly string[]): void => {
  for (const field of fields) {
    const value: unknown = Reflect.get(input, field);
    const empty = value === undefined || (Array.isArray(value) && value.length === 0);
    if (!empty) throw notDone(`${operation} with ${field}; leave it out`);
  }
};

/** A deployment that isn't there. */
export const noDeployment = (deploymentId: string): AwsError =>
  codeDeployError(
    'DeploymentDoesNotExistException',
    `The deployment ${deploymentId} could not be found`,
  );
