import type {
  BatchGetDeploymentsInput,
  BatchGetDeploymentTargetsInput,
  CreateApplicationInput,
  CreateDeploymentConfigInput,
  CreateDeploymentGroupInput,
  CreateDeploymentInput,
  DeploymentGroupInfo,
  GetDeploymentTargetInput,
  ListDeploymentsInput,
  ListDeploymentTargetsInput,
  PutLifecycleEventHookExecutionStatusInput,
  StopDeploymentInput,
  UpdateDeploymentGroupInput,
} from '@aws-sdk/client-codedeploy';
import type { CloudContext, Operation, Place, Service } from '../service.ts';
import { Applications, type GroupRecord, groupView } from './applications.ts';
import { codeDeployError, refuseFields } from './codedeploy-error.ts';
import { type Deployment, deploymentView, targetIdOf, targetView } from './deployment.ts';
import { DeploymentConfigs } from './deployment-configs.ts';
import type { CodeDeploySettings } from './deployment-run.ts';
import { Deployments } from './deployments.ts';

/** CodeDeploy of one place. */
export interface CodeDeployService extends Service {
  readonly settings: CodeDeploySettings;
}

interface Named {
  readonly applicationName?: string;
  readonly deploymentGroupName?: string;
}

const summary = (deployment: Deployment) => ({
  deploymentId: deployment.id,
  status: deployment.status,
  createTime: new Date(deployment.createTime),
  ...(deployment.completeTime === undefined ? {} : { endTime: new Date(deployment.completeTime) }),
});

const groupInfo = (group: GroupRecord, deployments: Deployments): DeploymentGroupInfo => {
  const attempted = deployments.lastAttempted(group);
  const succeeded = deployments.lastSucceeded(group);
  return {
    ...groupView(group),
    ...(succeeded
      ? { targetRevision: succeeded.revision, lastSuccessfulDeployment: summary(succeeded) }
      : {}),
    ...(attempted ? { lastAttemptedDeployment: summary(attempted) } : {}),
  };
};

const applicationOperations = (applications: Applications): Record<string, Operation> => ({
  CreateApplication: (input: CreateApplicationInput) => ({
    applicationId: applications.create(input),
  }),
  GetApplication: ({ applicationName }: Named) => ({
    application: applications.view(applicationName),
  }),
  ListApplications: () => ({ applications: applications.names() }),
  UpdateApplication: (input: Named & { newApplicationName?: string }) => {
    applications.rename(input.applicationName, input.newApplicationName);
    return {};
  },
  DeleteApplication: ({ applicationName }: Named) => {
    applications.remove(applicationName ?? '');
    return {};
  },
});

const groupOperations = (
  applications: Applications,
  configs: DeploymentConfigs,
  deployments: Deployments,
): Record<string, Operation> => ({
  CreateDeploymentGroup: (input: CreateDeploymentGroupInput) => {
    if (input.deploymentConfigName) configs.get(input.deploymentConfigName);
    return { deploymentGroupId: applications.createGroup(input).deploymentGroupId };
  },
  GetDeploymentGroup: ({ applicationName, deploymentGroupName }: Named) => ({
    deploymentGroupInfo: groupInfo(
      applications.group(applicationName, deploymentGroupName),
      deployments,
    ),
  }),
  ListDeploymentGroups: ({ applicationName }: Named) => ({
    applicationName,
    deploymentGroups: applications
      .groups(applicationName)
      .map(({ deploymentGroupName }) => deploymentGroupName),
  }),
  UpdateDeploymentGroup: (input: UpdateDeploymentGroupInput) => {
    if (input.deploymentConfigName) configs.get(input.deploymentConfigName);
    applications.updateGroup(input);
    return {};
  },
  DeleteDeploymentGroup: ({ applicationName, deploymentGroupName }: Named) => {
    applications.removeGroup(applicationName, deploymentGroupName);
    return {};
  },
});

const configOperations = (
  applications: Applications,
  configs: DeploymentConfigs,
): Record<string, Operation> => ({
  CreateDeploymentConfig: (input: CreateDeploymentConfigInput) => ({
    deploymentConfigId: configs.create(input),
  }),
  GetDeploymentConfig: ({ deploymentConfigName }: { deploymentConfigName?: string }) => ({
    deploymentConfigInfo: configs.get(deploymentConfigName ?? ''),
  }),
  ListDeploymentConfigs: () => ({ deploymentConfigsList: configs.names() }),
  DeleteDeploymentConfig: ({ deploymentConfigName: name }: { deploymentConfigName?: string }) => {
    configs.remove(name ?? '', applications.usesConfig(name ?? ''));
    return {};
  },
});

const targetOperations = (deployments: Deployments, place: Place): Record<string, Operation> => {
  const target = (deploymentId: string | undefined, targetId: string | undefined) => {
    const deployment = deployments.get(deploymentId);
    if (!targetId) {
      throw codeDeployError(
        'DeploymentTargetIdRequiredException',
        'A target ID was not specified.',
      );
    }
    if (targetId !== targetIdOf(deployment)) {
      throw codeDeployError(
        'DeploymentTargetDoesNotExistException',
        `The deployment target ${targetId} does not exist in deployment ${deployment.id}`,
      );
    }
    return targetView(deployment, place);
  };
  return {
    ListDeploymentTargets: (input: ListDeploymentTargetsInput) => {
      const deployment = deployments.get(input.deploymentId);
      refuseFields('ListDeploymentTargets', input, ['targetFilters']);
      return { targetIds: deployment.status === 'Created' ? [] : [targetIdOf(deployment)] };
    },
    GetDeploymentTarget: (input: GetDeploymentTargetInput) => ({
      deploymentTarget: target(input.deploymentId, input.targetId),
    }),
    BatchGetDeploymentTargets: (input: BatchGetDeploymentTargetsInput) => ({
      deploymentTargets: (input.targetIds ?? []).map((id) => target(input.deploymentId, id)),
    }),
  };
};

/** Makes CodeDeploy of one place. */
export const createCodeDeploy = (cloud: CloudContext, place: Place): CodeDeployService => {
  const settings: CodeDeploySettings = {
    startDelayMs: 1_000,
    alarmPollMs: 12_000,
    hookTimeoutMs: 3_600_000,
  };
  const applications = new Applications(cloud);
  const configs = new DeploymentConfigs(cloud);
  const deployments = new Deployments(cloud, place, applications, configs, settings);
  return {
    settings,
    operations: {
      ...applicationOperations(applications),
      ...groupOperations(applications, configs, deployments),
      ...configOperations(applications, configs),
      ...targetOperations(deployments, place),
      CreateDeployment: (input: CreateDeploymentInput) => ({
        deploymentId: deployments.create(input),
      }),
      GetDeployment: ({ deploymentId }: { deploymentId?: string }) => ({
        deploymentInfo: deploymentView(deployments.get(deploymentId)),
      }),
      BatchGetDeployments: (input: BatchGetDeploymentsInput) => {
        const ids = input.deploymentIds ?? [];
        if (ids.length === 0) {
          throw codeDeployError(
            'DeploymentIdRequiredException',
            'At least one deployment ID must be specified.',
          );
        }
        if (ids.length > 25) {
          throw codeDeployError(
            'BatchLimitExceededException',
            `${ids.length} deployments are asked for; at most 25 are answered at once`,
          );
        }
        const found = ids.flatMap((id) => deployments.find(id) ?? []);
        return { deploymentsInfo: found.map(deploymentView) };
      },
      ListDeployments: (input: ListDeploymentsInput) => deployments.list(input),
      StopDeployment: (input: StopDeploymentInput) => deployments.stop(input),
      PutLifecycleEventHookExecutionStatus: (input: PutLifecycleEventHookExecutionStatusInput) => ({
        lifecycleEventHookExecutionId: deployments.answerHook(input),
      }),
    },
  };
};
