import type { AwsEvent, Place } from '../service.ts';
import type { Deployment } from './deployment.ts';

/** What an event says became of a deployment. */
export type DeploymentState = 'START' | 'SUCCESS' | 'FAILURE' | 'STOP';

/** The event that tells of a deployment's change. It carries neither reason nor weight, as on AWS. */
export const stateChangeEvent = (
  { group, id }: Deployment,
  { account, region }: Place,
  state: DeploymentState,
): AwsEvent => {
  const arn = `arn:aws:codedeploy:${region}:${account}`;
  return {
    source: 'aws.codedeploy',
    'detail-type': 'CodeDeploy Deployment State-change Notification',
    resources: [
      `${arn}:application:${group.applicationName}`,
      `${arn}:deploymentgroup:${group.applicationName}/${group.deploymentGroupName}`,
    ],
    detail: {
      instanceGroupId: group.deploymentGroupId,
      region,
      application: group.applicationName,
      deploymentId: id,
      state,
      deploymentGroup: group.deploymentGroupName,
    },
  };
};
