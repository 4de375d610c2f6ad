import type {
  AlarmConfiguration,
  AutoRollbackConfiguration,
  CreateApplicationInput,
  CreateDeploymentGroupInput,
  DeploymentGroupInfo,
  DeploymentStyle,
  UpdateDeploymentGroupInput,
} from '@aws-sdk/client-codedeploy';
import type { CloudContext } from '../service.ts';
import { codeDeployError, notDone, refuseFields } from './codedeploy-error.ts';
import {
  checkAlarms,
  checkAutoRollback,
  checkRole,
  checkStyle,
  SERVER_FIELDS,
} from './group-request.ts';

/** A deployment group as CodeDeploy keeps it. */
export interface GroupRecord {
  readonly applicationName: string;
  readonly deploymentGroupId: string;
  deploymentGroupName: string;
  deploymentConfigName: string;
  serviceRoleArn: string;
  deploymentStyle: DeploymentStyle;
  alarmConfiguration: AlarmConfiguration | undefined;
  autoRollbackConfiguration: AutoRollbackConfiguration | undefined;
}

interface ApplicationRecord {
  readonly applicationId: string;
  name: string;
  readonly createTime: number;
  readonly groups: Map<string, GroupRecord>;
}

/** The applications and deployment groups of one place. */
export class Applications {
  readonly #applications = new Map<string, ApplicationRecord>();
  readonly #cloud: CloudContext;

  constructor(cloud: CloudContext) {
    this.#cloud = cloud;
  }

  /** Makes an application; answers its id. */
  create(input: CreateApplicationInput): string {
    const name = this.#checkedName(input.applicationName);
    if (input.computePlatform !== 'Lambda') {
      throw notDone(`the compute platform ${input.computePlatform ?? 'Server'}; only Lambda`);
    }
    const applicationId = this.#cloud.uuid();
    const createTime = this.#cloud.clock.now();
    this.#applications.set(name, { applicationId, name, createTime, groups: new Map() });
    return applicationId;
  }

  #checkedName(name: string | undefined): string {
    if (!name) {
      throw codeDeployError(
        'ApplicationNameRequiredException',
        'The minimum number of required application names was not specified.',
      );
    }
    if (name.length > 100 || !/^[\w.+=,@-]+$/.test(name)) {
      throw codeDeployError(
        'InvalidApplicationNameException',
        `The application name ${name} is not valid`,
      );
    }
    if (this.#applications.has(name)) {
      throw codeDeployError(
        'ApplicationAlreadyExistsException',
        `Application already exists with name: ${name}`,
      );
    }
    return name;
  }

  /** An application that must be there. */
  get(name: string | undefined): ApplicationRecord {
    if (!name) {
      throw codeDeployError(
        'ApplicationNameRequiredException',
        'The minimum number of required application names was not specified.',
      );
    }
    const found = this.#applications.get(name);
    if (found) return found;
    throw codeDeployError(
      'ApplicationDoesNotExistException',
      `No application found for name: ${name}`,
    );
  }

  /** All applications' names. */
  names(): string[] {
    return [...this.#applications.keys()];
  }

  /** An application as the API shows it. */
  view(name: string | undefined) {
    const { applicationId, name: applicationName, createTime } = this.get(name);
    return {
      applicationId,
      applicationName,
      createTime: new Date(createTime),
      linkedToGitHub: false,
      computePlatform: 'Lambda' as const,
    };
  }

  /** Gives an application another name. */
  rename(name: string | undefined, to: string | undefined): void {
    const application = this.get(name);
    if (to === undefined || to === application.name) return;
    const checked = this.#checkedName(to);
    this.#applications.delete(application.name);
    application.name = checked;
    this.#applications.set(checked, application);
  }

  /** Deletes an application with its groups; one that isn't there is no error, as on AWS. */
  remove(name: string): void {
    this.#applications.delete(name);
  }

  /** Makes a deployment group. */
  createGroup(input: CreateDeploymentGroupInput): GroupRecord {
    const application = this.get(input.applicationName);
    refuseFields('CreateDeploymentGroup for Lambda', input, SERVER_FIELDS);
    const name = this.#checkedGroupName(application, input.deploymentGroupName);
    const group: GroupRecord = {
      applicationName: application.name,
      deploymentGroupId: this.#cloud.uuid(),
      deploymentGroupName: name,
      deploymentConfigName: input.deploymentConfigName ?? 'CodeDeployDefault.LambdaAllAtOnce',
      serviceRoleArn: checkRole(input.serviceRoleArn),
      deploymentStyle: checkStyle(input.deploymentStyle),
      alarmConfiguration: checkAlarms(input.alarmConfiguration),
      autoRollbackConfiguration: checkAutoRollback(input.autoRollbackConfiguration),
    };
    application.groups.set(name, group);
    return group;
  }

  #checkedGroupName(application: ApplicationRecord, name: string | undefined): string {
    if (!name) {
      throw codeDeployError(
        'DeploymentGroupNameRequiredException',
        'The deployment group name was not specified.',
      );
    }
    if (name.length > 100 || !/^[\w.+=,@-]+$/.test(name)) {
      throw codeDeployError(
        'InvalidDeploymentGroupNameException',
        `The deployment group name ${name} is not valid`,
      );
    }
    if (application.groups.has(name)) {
      throw codeDeployError(
        'DeploymentGroupAlreadyExistsException',
        `Deployment Group already exists with name: ${name}`,
      );
    }
    return name;
  }

  /** A group that must be there. */
  group(applicationName: string | undefined, name: string | undefined): GroupRecord {
    const application = this.get(applicationName);
    if (!name) {
      throw codeDeployError(
        'DeploymentGroupNameRequiredException',
        'The deployment group name was not specified.',
      );
    }
    const found = application.groups.get(name);
    if (found) return found;
    throw codeDeployError(
      'DeploymentGroupDoesNotExistException',
      `No Deployment Group found for name: ${name}`,
    );
  }

  /** The groups of an application. */
  groups(applicationName: string | undefined): GroupRecord[] {
    return [...this.get(applicationName).groups.values()];
  }

  /** Whether any group uses a deployment configuration. */
  usesConfig(name: string): boolean {
    return [...this.#applications.values()].some(({ groups }) =>
      [...groups.values()].some(({ deploymentConfigName }) => deploymentConfigName === name),
    );
  }

  /** Changes what the request names and leaves the rest. */
  updateGroup(input: UpdateDeploymentGroupInput): void {
    const application = this.get(input.applicationName);
    const group = this.group(input.applicationName, input.currentDeploymentGroupName);
    refuseFields('UpdateDeploymentGroup for Lambda', input, SERVER_FIELDS);
    const { newDeploymentGroupName } = input;
    const role =
      input.serviceRoleArn === undefined ? group.serviceRoleArn : checkRole(input.serviceRoleArn);
    const style = checkStyle(input.deploymentStyle);
    const alarms = checkAlarms(input.alarmConfiguration) ?? group.alarmConfiguration;
    const rollback =
      checkAutoRollback(input.autoRollbackConfiguration) ?? group.autoRollbackConfiguration;
    if (newDeploymentGroupName && newDeploymentGroupName !== group.deploymentGroupName) {
      const name = this.#checkedGroupName(application, newDeploymentGroupName);
      application.groups.delete(group.deploymentGroupName);
      group.deploymentGroupName = name;
      application.groups.set(name, group);
    }
    group.deploymentConfigName = input.deploymentConfigName ?? group.deploymentConfigName;
    group.serviceRoleArn = role;
    group.deploymentStyle = style;
    group.alarmConfiguration = alarms;
    group.autoRollbackConfiguration = rollback;
  }

  /** Deletes a group; one that isn't there is no error, as on AWS. */
  removeGroup(applicationName: string | undefined, name: string | undefined): void {
    this.get(applicationName).groups.delete(name ?? '');
  }
}

/** A group as the API shows it. */
export const groupView = (group: GroupRecord): DeploymentGroupInfo => ({
  applicationName: group.applicationName,
  deploymentGroupId: group.deploymentGroupId,
  deploymentGroupName: group.deploymentGroupName,
  deploymentConfigName: group.deploymentConfigName,
  serviceRoleArn: group.serviceRoleArn,
  deploymentStyle: group.deploymentStyle,
  ...(group.alarmConfiguration ? { alarmConfiguration: group.alarmConfiguration } : {}),
  ...(group.autoRollbackConfiguration
    ? { autoRollbackConfiguration: group.autoRollbackConfiguration }
    : {}),
  computePlatform: 'Lambda',
  terminationHookEnabled: false,
});
