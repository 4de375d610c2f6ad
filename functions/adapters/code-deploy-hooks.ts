import {
  CodeDeployClient,
  GetDeploymentCommand,
  PutLifecycleEventHookExecutionStatusCommand,
} from '@aws-sdk/client-codedeploy';
import { isNamed } from '../domain/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

/** A deployment with what only a rollback or a hook asks. */
export interface DeploymentDetail {
  readonly deploymentId: string;
  readonly status: string;
  readonly description: string | undefined;
  readonly creator: string | null;
  /** The deployment that CodeDeploy started to undo this one. */
  readonly rollbackDeploymentId: string | null;
}

/** What a lifecycle hook's function needs of CodeDeploy: whose deployment it is, and the answer. It knows no group. */
export const codeDeployHooks = (runtime: Runtime, place: Place) => {
  const codeDeploy = aws(runtime)(CodeDeployClient, place);
  return {
    deployment: async (deploymentId: string): Promise<DeploymentDetail> => {
      const { deploymentInfo } = await codeDeploy.send(new GetDeploymentCommand({ deploymentId }));
      return {
        deploymentId,
        status: deploymentInfo?.status ?? 'Unknown',
        description: deploymentInfo?.description,
        creator: deploymentInfo?.creator ?? null,
        rollbackDeploymentId: deploymentInfo?.rollbackInfo?.rollbackDeploymentId ?? null,
      };
    },
    answer: async (
      { id, deploymentId }: { readonly id: string; readonly deploymentId: string },
      status: 'Succeeded' | 'Failed',
    ): Promise<void> => {
      try {
        await codeDeploy.send(
          new PutLifecycleEventHookExecutionStatusCommand({
            deploymentId,
            lifecycleEventHookExecutionId: id,
            status,
          }),
        );
      } catch (error) {
        // Answered before, or the deployment has ended meanwhile: nobody waits for this answer.
        if (isNamed(error, 'LifecycleEventAlreadyCompletedException')) return;
        throw error;
      }
    },
  };
};
