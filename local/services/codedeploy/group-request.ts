import type {
  AlarmConfiguration,
  AutoRollbackConfiguration,
  DeploymentStyle,
} from '@aws-sdk/client-codedeploy';
import { codeDeployError } from './codedeploy-error.ts';

/** What only groups of servers or ECS services have. */
export const SERVER_FIELDS = [
  'autoScalingGroups',
  'blueGreenDeploymentConfiguration',
  'ec2TagFilters',
  'ec2TagSet',
  'ecsServices',
  'loadBalancerInfo',
  'onPremisesInstanceTagFilters',
  'onPremisesTagSet',
  'outdatedInstancesStrategy',
  'terminationHookEnabled',
  'triggerConfigurations',
];

const ROLLBACK_EVENTS: readonly string[] = [
  'DEPLOYMENT_FAILURE',
  'DEPLOYMENT_STOP_ON_ALARM',
  'DEPLOYMENT_STOP_ON_REQUEST',
];
/** The quota page's number; the API's own documentation still says 10. */
const MOST_ALARMS = 50;

/** Refuses an alarm configuration that can't be used. */
export const checkAlarms = (
  configuration: AlarmConfiguration | undefined,
): AlarmConfiguration | undefined => {
  const alarms = configuration?.alarms ?? [];
  const names = alarms.map(({ name }) => name);
  if (names.some((name) => !name) || new Set(names).size !== names.length) {
    throw codeDeployError(
      'InvalidAlarmConfigException',
      'Each alarm must have a name and may be listed only once',
    );
  }
  if (configuration?.enabled && alarms.length === 0) {
    throw codeDeployError('InvalidAlarmConfigException', 'No alarm is listed to be monitored');
  }
  if (alarms.length > MOST_ALARMS) {
    throw codeDeployError(
      'AlarmsLimitExceededException',
      `${alarms.length} alarms are listed; at most ${MOST_ALARMS} are allowed`,
    );
  }
  return configuration;
};

/** Refuses an automatic rollback that can't be used. */
export const checkAutoRollback = (
  configuration: AutoRollbackConfiguration | undefined,
): AutoRollbackConfiguration | undefined => {
  const events = configuration?.events ?? [];
  const unknown = events.find((event) => !ROLLBACK_EVENTS.includes(event));
  if (unknown || (configuration?.enabled && events.length === 0)) {
    throw codeDeployError(
      'InvalidAutoRollbackConfigException',
      `Automatic rollback needs at least one of ${ROLLBACK_EVENTS.join(', ')}${unknown ? `, got ${unknown}` : ''}`,
    );
  }
  return configuration;
};

const STYLE: DeploymentStyle = {
  deploymentType: 'BLUE_GREEN',
  deploymentOption: 'WITH_TRAFFIC_CONTROL',
};

/** Refuses a deployment style that Lambda doesn't have. */
export const checkStyle = (style: DeploymentStyle | undefined): DeploymentStyle => {
  if (
    style &&
    (style.deploymentType !== STYLE.deploymentType ||
      style.deploymentOption !== STYLE.deploymentOption)
  ) {
    throw codeDeployError(
      'InvalidDeploymentStyleException',
      `For Lambda the deployment style must be BLUE_GREEN and WITH_TRAFFIC_CONTROL, got ${style.deploymentType} and ${style.deploymentOption}`,
    );
  }
  return STYLE;
};

/** Refuses a service role that is no role. */
export const checkRole = (role: string | undefined): string => {
  if (!role) {
    throw codeDeployError('RoleRequiredException', 'The role ID was not specified.');
  }
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+/.test(role)) {
    throw codeDeployError('InvalidRoleException', `The service role ARN ${role} is not valid`);
  }
  return role;
};
