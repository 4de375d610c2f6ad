import type {
  AlarmConfiguration,
  AutoRollbackConfiguration,
  DeploymentCreator,
  DeploymentInfo,
  DeploymentStatus,
  DeploymentTarget,
  ErrorCode,
  LifecycleEventStatus,
  RevisionLocation,
  RollbackInfo,
  TargetStatus,
} from '@aws-sdk/client-codedeploy';
import type { Place } from '../service.ts';
import type { AppSpec } from './app-spec.ts';
import type { GroupRecord } from './applications.ts';
import type { ShiftStep } from './deployment-configs.ts';

/** The events of a Lambda deployment as its target shows them. */
export const LIFECYCLE = ['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'] as const;

/** One event of the lifecycle. */
export interface LifecycleRecord {
  status: LifecycleEventStatus;
  startTime?: number;
  endTime?: number;
  /** The hook function that ran, and what became of it. */
  failure?: { readonly script: string; readonly message: string };
}

/** Why a running deployment must end before its time. */
export type Interruption =
  | { readonly kind: 'alarm'; readonly alarms: readonly string[] }
  | { readonly kind: 'poll'; readonly denied: boolean; readonly message: string }
  | { readonly kind: 'stop'; readonly autoRollback: boolean | undefined };

/** A hook function that has been invoked and has not answered. */
export interface PendingHook {
  readonly executionId: string;
  readonly answer: (succeeded: boolean) => void;
}

/** A deployment, from its request on; it never goes away. */
export interface Deployment {
  readonly id: string;
  readonly group: GroupRecord;
  readonly configName: string;
  readonly steps: readonly ShiftStep[];
  readonly revision: RevisionLocation;
  readonly previousRevision: RevisionLocation | undefined;
  readonly spec: AppSpec;
  readonly creator: DeploymentCreator;
  readonly description: string | undefined;
  readonly alarms: AlarmConfiguration | undefined;
  readonly overrideAlarms: AlarmConfiguration | undefined;
  readonly autoRollback: AutoRollbackConfiguration | undefined;
  readonly createTime: number;
  readonly lifecycle: Record<(typeof LIFECYCLE)[number], LifecycleRecord>;
  /** Execution ids of all hooks, with whether they've been answered. */
  readonly hooks: Map<string, 'pending' | 'answered'>;
  status: DeploymentStatus;
  startTime?: number;
  completeTime?: number;
  error?: { readonly code: ErrorCode; readonly message: string };
  rollback?: RollbackInfo;
  /** The target version's share of the traffic, 0 to 1. */
  weight: number;
  pendingHook?: PendingHook;
  interruption?: Interruption;
  /** Ends the present wait. */
  wake?: () => void;
}

/** Whether a deployment still goes on. */
export const isActive = ({ status }: Deployment): boolean =>
  status === 'Created' || status === 'Queued' || status === 'InProgress' || status === 'Ready';

/** What a deployment calls its one target. */
export const targetIdOf = ({ spec }: Deployment): string =>
  `${functionNameOf(spec.functionName)}:${spec.alias}`;

const functionNameOf = (reference: string): string =>
  /:function:([^:]+)/.exec(reference)?.[1] ?? reference;

const targetStatus = (deployment: Deployment): TargetStatus => {
  switch (deployment.status) {
    case 'Succeeded':
      return 'Succeeded';
    case 'Failed':
    case 'Stopped':
      return 'Failed';
    case 'InProgress':
      return 'InProgress';
    default:
      return 'Pending';
  }
};

/** A deployment as GetDeployment shows it. */
export const deploymentView = (deployment: Deployment): DeploymentInfo => {
  const { group, error, rollback } = deployment;
  const status = targetStatus(deployment);
  return {
    applicationName: group.applicationName,
    deploymentGroupName: group.deploymentGroupName,
    deploymentConfigName: deployment.configName,
    deploymentId: deployment.id,
    ...(deployment.previousRevision ? { previousRevision: deployment.previousRevision } : {}),
    revision: deployment.revision,
    status: deployment.status,
    ...(error ? { errorInformation: error } : {}),
    createTime: new Date(deployment.createTime),
    ...(deployment.startTime === undefined ? {} : { startTime: new Date(deployment.startTime) }),
    ...(deployment.completeTime === undefined
      ? {}
      : { completeTime: new Date(deployment.completeTime) }),
    deploymentOverview: {
      Pending: status === 'Pending' ? 1 : 0,
      InProgress: status === 'InProgress' ? 1 : 0,
      Succeeded: status === 'Succeeded' ? 1 : 0,
      Failed: status === 'Failed' ? 1 : 0,
      Skipped: 0,
      Ready: 0,
    },
    ...(deployment.description === undefined ? {} : { description: deployment.description }),
    creator: deployment.creator,
    ignoreApplicationStopFailures: false,
    ...(deployment.autoRollback ? { autoRollbackConfiguration: deployment.autoRollback } : {}),
    updateOutdatedInstancesOnly: false,
    ...(rollback ? { rollbackInfo: rollback } : {}),
    deploymentStyle: group.deploymentStyle,
    instanceTerminationWaitTimeStarted: false,
    deploymentStatusMessages: [],
    computePlatform: 'Lambda',
    ...(deployment.overrideAlarms ? { overrideAlarmConfiguration: deployment.overrideAlarms } : {}),
  };
};

const timeOf = (key: 'startTime' | 'endTime', at: number | undefined) =>
  at === undefined ? {} : { [key]: new Date(at) };

/** A deployment's target as GetDeploymentTarget shows it. */
export const targetView = (deployment: Deployment, place: Place): DeploymentTarget => {
  const { spec, lifecycle } = deployment;
  const name = functionNameOf(spec.functionName);
  const times = LIFECYCLE.flatMap((event) => {
    const { startTime, endTime } = lifecycle[event];
    return [startTime, endTime].filter((at) => at !== undefined);
  });
  return {
    deploymentTargetType: 'LambdaTarget',
    lambdaTarget: {
      deploymentId: deployment.id,
      targetId: targetIdOf(deployment),
      targetArn: `arn:aws:lambda:${place.region}:${place.account}:function:${name}:${spec.alias}`,
      status: targetStatus(deployment),
      lastUpdatedAt: new Date(Math.max(deployment.createTime, ...times)),
      lifecycleEvents: LIFECYCLE.map((event) => {
        const { status, startTime, endTime, failure } = lifecycle[event];
        return {
          lifecycleEventName: event,
          ...(failure
            ? {
                diagnostics: {
                  errorCode: 'ScriptFailed' as const,
                  scriptName: failure.script,
                  message: failure.message,
                  logTail: '',
                },
              }
            : {}),
          ...timeOf('startTime', startTime),
          ...timeOf('endTime', endTime),
          status,
        };
      }),
      lambdaFunctionInfo: {
        functionName: name,
        functionAlias: spec.alias,
        currentVersion: spec.currentVersion,
        targetVersion: spec.targetVersion,
        targetVersionWeight: deployment.weight,
      },
    },
  };
};
