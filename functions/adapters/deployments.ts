import {
  BatchGetDeploymentsCommand,
  CodeDeployClient,
  CreateDeploymentCommand,
  GetDeploymentCommand,
  GetDeploymentTargetCommand,
  ListDeploymentsCommand,
  ListDeploymentTargetsCommand,
  PutLifecycleEventHookExecutionStatusCommand,
  StopDeploymentCommand,
} from '@aws-sdk/client-codedeploy';
import { isNamed, TransientFailure } from '../domain/errors.ts';
import { rolloutIn } from '../domain/pointer.ts';
import type { DeploymentDetail, Deployments } from '../ports/deployments.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

interface Group {
  readonly application: string;
  readonly group: string;
  readonly configuration: string;
}

/** BatchGetDeployments takes at most 25. */
const BATCH_MAX = 25;

/** CodeDeploy in a place; `group` is only needed to find and create. */
export const deployments = (runtime: Runtime, place: Place, group: Group): Deployments => {
  const codeDeploy = aws(runtime)(CodeDeployClient, place);
  const once = aws(runtime)(CodeDeployClient, { ...place, maxAttempts: 1 });

  const targetPercent = async (deploymentId: string): Promise<number | null> => {
    const { targetIds } = await codeDeploy.send(new ListDeploymentTargetsCommand({ deploymentId }));
    const [targetId] = targetIds ?? [];
    if (targetId === undefined) return null;
    const { deploymentTarget } = await codeDeploy.send(
      new GetDeploymentTargetCommand({ deploymentId, targetId }),
    );
    const weight = deploymentTarget?.lambdaTarget?.lambdaFunctionInfo?.targetVersionWeight;
    // Documented as a percentage, observed as a share: up to 1 it is read as the larger. The alias itself is the bound.
    return weight === undefined ? null : weight <= 1 ? weight * 100 : weight;
  };

  const read = async (deploymentId: string, weight?: 'weight'): Promise<DeploymentDetail> => {
    const { deploymentInfo } = await codeDeploy.send(new GetDeploymentCommand({ deploymentId }));
    const percent = weight === undefined ? null : await targetPercent(deploymentId);
    return {
      deploymentId,
      status: deploymentInfo?.status ?? 'Unknown',
      errorCode: deploymentInfo?.errorInformation?.code ?? null,
      errorMessage: deploymentInfo?.errorInformation?.message ?? null,
      targetPercent: percent,
      description: deploymentInfo?.description,
      creator: deploymentInfo?.creator ?? null,
      rollbackDeploymentId: deploymentInfo?.rollbackInfo?.rollbackDeploymentId ?? null,
    };
  };

  const names = { applicationName: group.application, deploymentGroupName: group.group };

  return {
    read,
    find: async (rolloutId, since) => {
      let nextToken: string | undefined;
      do {
        const page = await codeDeploy.send(
          new ListDeploymentsCommand({
            ...names,
            createTimeRange: { start: new Date(since) },
            nextToken,
          }),
        );
        const ids = page.deployments ?? [];
        for (let from = 0; from < ids.length; from += BATCH_MAX) {
          const { deploymentsInfo } = await codeDeploy.send(
            new BatchGetDeploymentsCommand({ deploymentIds: ids.slice(from, from + BATCH_MAX) }),
          );
          const ours = deploymentsInfo?.find((each) => rolloutIn(each.description) === rolloutId);
          if (ours?.deploymentId !== undefined) return ours.deploymentId;
        }
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return null;
    },
    create: async ({ description, appSpec }) => {
      try {
        const { deploymentId } = await once.send(
          new CreateDeploymentCommand({
            ...names,
            deploymentConfigName: group.configuration,
            description,
            revision: { revisionType: 'AppSpecContent', appSpecContent: { content: appSpec } },
          }),
        );
        if (deploymentId !== undefined) return deploymentId;
        throw new TransientFailure('CodeDeploy gave the deployment no id');
      } catch (error) {
        if (!isNamed(error, 'DeploymentLimitExceededException')) throw error;
        throw new TransientFailure(
          `another deployment of ${group.group} is still active: ${(error as Error).message}`,
          { cause: error },
        );
      }
    },
    stop: async (deploymentId) => {
      try {
        await codeDeploy.send(
          new StopDeploymentCommand({ deploymentId, autoRollbackEnabled: true }),
        );
      } catch (error) {
        if (!isNamed(error, 'DeploymentAlreadyCompletedException')) throw error;
      }
    },
    answer: async ({ id, deploymentId }, status) => {
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
