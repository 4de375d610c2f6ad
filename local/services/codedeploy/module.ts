/**
 * CodeDeploy for the Lambda platform: applications, deployment groups and configurations; deployments
 * that run on the clock as the group's service role (alias shifts, hook functions, alarms, automatic
 * rollback as a deployment of its own) and never go away; their state-change events.
 *
 * As observed on AWS, not documented: an active alarm leaves a deployment Stopped, not Failed, also at its
 * start; the rollback runs no hooks though its events succeed; targetVersionWeight goes from 0 to 1; a
 * target shows three lifecycle events, without Start and End.
 * Not verified: how often alarms are looked at (12 s here) and that it goes on while a hook is pending;
 * that a failure before the alias was checked rolls nothing back; that hook functions are invoked
 * asynchronously; the text and code of a stop by request.
 *
 * Not imitated: the Server and ECS platforms (refused by name), revisions in S3 and GitHub, triggers,
 * tags, provisioned concurrency.
 */
import type { ServiceModule } from '../service.ts';
import { type CodeDeployService, createCodeDeploy } from './codedeploy.ts';
import { codeDeployResources } from './resources.ts';

export type { CodeDeployService } from './codedeploy.ts';

/** CodeDeploy for the local cloud. */
export const codedeployModule: ServiceModule<CodeDeployService> = {
  name: 'codedeploy',
  create: createCodeDeploy,
  resources: codeDeployResources,
};
