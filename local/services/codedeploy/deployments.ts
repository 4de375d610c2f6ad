import type {
  CreateDeploymentInput,
  DeploymentCreator,
  ListDeploymentsInput,
  PutLifecycleEventHookExecutionStatusInput,
  RevisionLocation,
  StopDeploymentInput,
  StopDeploymentOutput,
} from '@aws-sdk/client-codedeploy';
import type { CloudContext, Place } from '../service.ts';
import { type AppSpec, readAppSpec, revisionBack } from './app-spec.ts';
import type { Applications, GroupRecord } from './applications.ts';
import { codeDeployError, noDeployment, refuseFields } from './codedeploy-error.ts';
import { type Deployment, isActive } from './deployment.ts';
import { type DeploymentConfigs, shiftSteps } from './deployment-configs.ts';
import { type CodeDeploySettings, DeploymentRun, type RollbackEvent } from './deployment-run.ts';
import { checkAlarms, checkAutoRollback } from './group-request.ts';

const PAGE = 100;

type Begun = Pick<
  Deployment,
  | 'group'
  | 'configName'
  | 'revision'
  | 'spec'
  | 'description'
  | 'alarms'
  | 'overrideAlarms'
  | 'autoRollback'
  | 'steps'
> & { readonly creator: DeploymentCreator };

/** The deployments of one place: all that ever were, one at a time per group. */
export class Deployments {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #applications: Applications;
  readonly #configs: DeploymentConfigs;
  readonly #settings: CodeDeploySettings;
  readonly #deployments = new Map<string, Deployment>();

  constructor(
    cloud: CloudContext,
    place: Place,
    applications: Applications,
    configs: DeploymentConfigs,
    settings: CodeDeploySettings,
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#applications = applications;
    this.#configs = configs;
    this.#settings = settings;
  }

  /** CreateDeployment: checks the request and starts; answers the id. */
  create(input: CreateDeploymentInput): string {
    const group = this.#applications.group(input.applicationName, input.deploymentGroupName);
    refuseFields('CreateDeployment for Lambda', input, [
      'targetInstances',
      'deploymentMode',
      'fileExistsBehavior',
    ]);
    if (input.ignoreApplicationStopFailures || input.updateOutdatedInstancesOnly) {
      throw codeDeployError(
        'InvalidInputException',
        'ignoreApplicationStopFailures and updateOutdatedInstancesOnly are for instances, not for Lambda',
      );
    }
    if ((input.description?.length ?? 0) > 1_000) {
      throw codeDeployError('DescriptionTooLongException', 'The description is too long.');
    }
    const spec = readAppSpec(input.revision);
    const overrideAlarms = checkAlarms(input.overrideAlarmConfiguration);
    const autoRollback = checkAutoRollback(input.autoRollbackConfiguration);
    const configName = input.deploymentConfigName ?? group.deploymentConfigName;
    const routing = this.#configs.get(configName).trafficRoutingConfig ?? { type: 'AllAtOnce' };
    const active = this.#ofGroup(group).find(isActive);
    if (active) {
      throw codeDeployError(
        'DeploymentLimitExceededException',
        `The Deployment Group '${group.deploymentGroupName}' already has an active Deployment '${active.id}'`,
      );
    }
    return this.#begin({
      group,
      configName,
      steps: shiftSteps(routing),
      revision: input.revision as RevisionLocation,
      spec,
      creator: 'user',
      description: input.description,
      alarms: overrideAlarms ?? group.alarmConfiguration,
      overrideAlarms,
      autoRollback: autoRollback ?? group.autoRollbackConfiguration,
    }).id;
  }

  #begin(begun: Begun, triggeredBy?: Deployment): Deployment {
    const { id: triggering } = triggeredBy ?? {};
    const id = `d-${this.#cloud.token(9).toUpperCase()}`;
    const deployment: Deployment = {
      ...begun,
      id,
      previousRevision: this.lastSucceeded(begun.group)?.revision,
      createTime: this.#cloud.clock.now(),
      lifecycle: {
        BeforeAllowTraffic: { status: 'Pending' },
        AllowTraffic: { status: 'Pending' },
        AfterAllowTraffic: { status: 'Pending' },
      },
      hooks: new Map(),
      status: 'Created',
      weight: 0,
      ...(triggering === undefined
        ? {}
        : {
            rollback: {
              rollbackTriggeringDeploymentId: triggering,
              rollbackMessage: `Deployment ${id} is triggered to roll back deployment ${triggering}.`,
            },
          }),
    };
    this.#deployments.set(id, deployment);
    new DeploymentRun(this.#cloud, this.#place, deployment, this.#settings, {
      ended: (ended, event) => this.#ended(ended, event),
    }).start();
    return deployment;
  }

  #ended(deployment: Deployment, event: RollbackEvent | undefined): void {
    if (deployment.creator === 'codeDeployRollback') {
      const undone = this.find(deployment.rollback?.rollbackTriggeringDeploymentId ?? '');
      if (undone && deployment.status === 'Succeeded') undone.weight = 0;
      return;
    }
    if (event === undefined) return;
    const { interruption, autoRollback, spec } = deployment;
    const asked = interruption?.kind === 'stop' ? interruption.autoRollback : undefined;
    const byRule = autoRollback?.enabled === true && (autoRollback.events ?? []).includes(event);
    if (!(asked ?? byRule)) return;
    const back: AppSpec = {
      ...spec,
      currentVersion: spec.targetVersion,
      targetVersion: spec.currentVersion,
      hooks: {},
    };
    const rollback = this.#begin(
      {
        group: deployment.group,
        configName: deployment.configName,
        steps: [{ percent: 100, minutes: 0 }],
        revision: revisionBack(spec),
        spec: back,
        creator: 'codeDeployRollback',
        description: undefined,
        alarms: undefined,
        overrideAlarms: undefined,
        autoRollback: undefined,
      },
      deployment,
    );
    deployment.rollback = {
      rollbackDeploymentId: rollback.id,
      rollbackMessage: `Deployment ${deployment.id} terminated. Automatic rollback is triggered with a DeploymentId ${rollback.id}.`,
    };
  }

  /** A deployment that must be there. */
  get(id: string | undefined): Deployment {
    if (!id) {
      throw codeDeployError(
        'DeploymentIdRequiredException',
        'At least one deployment ID must be specified.',
      );
    }
    const found = this.#deployments.get(id);
    if (found) return found;
    if (!/^d-[A-Z0-9]{9}$/.test(id)) {
      throw codeDeployError('InvalidDeploymentIdException', `The deployment ID ${id} is not valid`);
    }
    throw noDeployment(id);
  }

  /** A deployment, if it is there. */
  find(id: string): Deployment | undefined {
    return this.#deployments.get(id);
  }

  #ofGroup(group: GroupRecord): Deployment[] {
    return [...this.#deployments.values()].filter((deployment) => deployment.group === group);
  }

  /** The newest deployment of a group. */
  lastAttempted(group: GroupRecord): Deployment | undefined {
    return this.#ofGroup(group).at(-1);
  }

  /** The newest deployment of a group that went well. */
  lastSucceeded(group: GroupRecord): Deployment | undefined {
    return this.#ofGroup(group).findLast(({ status }) => status === 'Succeeded');
  }

  /** ListDeployments, newest first. */
  list(input: ListDeploymentsInput) {
    const { applicationName, deploymentGroupName, createTimeRange: range, nextToken } = input;
    refuseFields('ListDeployments', input, ['externalId']);
    if (applicationName !== undefined && deploymentGroupName === undefined) {
      throw codeDeployError(
        'DeploymentGroupNameRequiredException',
        'The deployment group name was not specified.',
      );
    }
    const group =
      deploymentGroupName === undefined
        ? undefined
        : this.#applications.group(applicationName, deploymentGroupName);
    const from = range?.start?.getTime() ?? 0;
    const to = range?.end?.getTime() ?? Number.POSITIVE_INFINITY;
    const found = [...this.#deployments.values()]
      .filter(
        (deployment) =>
          (group === undefined || deployment.group === group) &&
          (!input.includeOnlyStatuses?.length ||
            input.includeOnlyStatuses.includes(deployment.status)) &&
          deployment.createTime >= from &&
          deployment.createTime <= to,
      )
      .map(({ id }) => id)
      .toReversed();
    const start = nextToken === undefined ? 0 : Number(nextToken);
    if (!Number.isSafeInteger(start) || start < 0) {
      throw codeDeployError('InvalidNextTokenException', 'The next token was invalid.');
    }
    const next = start + PAGE;
    return {
      deployments: found.slice(start, next),
      ...(next < found.length ? { nextToken: String(next) } : {}),
    };
  }

  /** StopDeployment: ends a deployment as soon as it can be. */
  stop(input: StopDeploymentInput): StopDeploymentOutput {
    const deployment = this.get(input.deploymentId);
    if (!isActive(deployment)) {
      throw codeDeployError(
        'DeploymentAlreadyCompletedException',
        `The deployment ${deployment.id} has already completed`,
      );
    }
    deployment.interruption ??= { kind: 'stop', autoRollback: input.autoRollbackEnabled };
    deployment.wake?.();
    return { status: 'Pending', statusMessage: 'Deployment is stopping.' };
  }

  /** PutLifecycleEventHookExecutionStatus: a hook function's answer. */
  answerHook(input: PutLifecycleEventHookExecutionStatusInput): string {
    const deployment = this.get(input.deploymentId);
    const executionId = input.lifecycleEventHookExecutionId ?? '';
    if (input.status !== 'Succeeded' && input.status !== 'Failed') {
      throw codeDeployError(
        'InvalidLifecycleEventHookExecutionStatusException',
        `The status ${input.status} is not valid; it must be Succeeded or Failed`,
      );
    }
    const known = deployment.hooks.get(executionId);
    if (known === undefined) {
      throw codeDeployError(
        'InvalidLifecycleEventHookExecutionIdException',
        'The lifecycle event hook execution ID is not valid',
      );
    }
    const pending = deployment.pendingHook;
    if (known === 'answered' || pending?.executionId !== executionId) {
      throw codeDeployError(
        'LifecycleEventAlreadyCompletedException',
        'The lifecycle event has already completed',
      );
    }
    deployment.hooks.set(executionId, 'answered');
    pending.answer(input.status === 'Succeeded');
    return executionId;
  }
}
