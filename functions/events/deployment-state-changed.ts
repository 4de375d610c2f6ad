import { z } from 'zod';
import { envelope } from './envelope.ts';

/** `CodeDeploy Deployment State-change Notification`. */
export const DeploymentStateChanged = z.object({
  ...envelope,
  source: z.literal('aws.codedeploy'),
  'detail-type': z.literal('CodeDeploy Deployment State-change Notification'),
  detail: z.object({
    application: z.string(),
    deploymentGroup: z.string(),
    deploymentId: z.string(),
    state: z.enum(['START', 'SUCCESS', 'FAILURE', 'STOP', 'READY', 'BLOCKED']),
  }),
});
export type DeploymentStateChanged = z.infer<typeof DeploymentStateChanged>;

/** What CodeDeploy gives a lifecycle hook's function. */
export const HookCalled = z.object({
  DeploymentId: z.string(),
  LifecycleEventHookExecutionId: z.string(),
});
export type HookCalled = z.infer<typeof HookCalled>;
