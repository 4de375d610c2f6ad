import { Stack } from 'aws-cdk-lib';
import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnApplication, CfnDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { customConfigurationOf } from '../../config/strategy.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';
import { Handler, useKey } from './handler.ts';

export interface PointerShiftProps {
  readonly target: ConfiguredTarget;
  readonly pointer: IFunction;
  readonly composite: CompositeAlarm;
  readonly fastPathTable: Table;
  readonly key: IKey;
}

/** By what a target's CodeDeploy is found. */
export interface CodeDeployNames {
  readonly application: string;
  readonly group: string;
  readonly configuration: string;
  readonly hooks: { readonly before: string; readonly after: string };
}

/** CodeDeploy's side of a target: application, deployment group with alarms and automatic rollback, hooks, its own role. */
export class PointerShift extends Construct {
  readonly names: CodeDeployNames;

  constructor(scope: Construct, id: string, props: PointerShiftProps) {
    super(scope, id);
    const { target, pointer } = props;
    const before = this.hook('Before', 'before', props);
    const after = this.hook('After', 'after', props);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      description: `CodeDeploy for ${target.targetId}`,
    });
    // The managed policy may change the alias of any function; this one only of the pointer.
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'lambda:GetAlias',
          'lambda:UpdateAlias',
          'lambda:GetProvisionedConcurrencyConfig',
        ],
        resources: [pointer.functionArn, `${pointer.functionArn}:*`],
      }),
    );
    // Describing composite alarms needs every resource.
    role.addToPolicy(
      new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [before, after].flatMap(({ function: fn }) => [
          fn.functionArn,
          `${fn.functionArn}:*`,
        ]),
      }),
    );
    const application = new CfnApplication(this, 'Application', {
      applicationName: target.prefix,
      computePlatform: 'Lambda',
    });
    this.names = {
      application: target.prefix,
      group: target.prefix,
      configuration: customConfigurationOf(target.strategy) ?? 'CodeDeployDefault.LambdaAllAtOnce',
      hooks: { before: before.function.functionName, after: after.function.functionName },
    };
    const group = new CfnDeploymentGroup(this, 'Group', {
      applicationName: application.ref,
      deploymentGroupName: this.names.group,
      deploymentConfigName: this.names.configuration,
      serviceRoleArn: role.roleArn,
      deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      alarmConfiguration: {
        enabled: true,
        ignorePollAlarmFailure: false,
        alarms: [{ name: `${target.prefix}-hurting` }],
      },
      autoRollbackConfiguration: {
        enabled: true,
        events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
      },
    });
    group.node.addDependency(props.composite, role);
  }

  private hook(
    id: string,
    stage: 'before' | 'after',
    { target, fastPathTable, key }: PointerShiftProps,
  ): Handler {
    const stack = Stack.of(this);
    return new Handler(this, id, {
      entry: 'rollout/answer-hook',
      functionName: `CodeDeployHook_${target.prefix}-${stage}`,
      description: `CodeDeploy asks ${stage} traffic moves (${target.targetId})`,
      environment: {
        FAST_PATH_TABLE: fastPathTable.tableName,
        TARGET_ID: target.targetId,
        STAGE: stage,
      },
      statements: [
        new PolicyStatement({
          actions: ['codedeploy:GetDeployment', 'codedeploy:PutLifecycleEventHookExecutionStatus'],
          resources: [
            `arn:aws:codedeploy:${stack.region}:${stack.account}:deploymentgroup:${target.prefix}/${target.prefix}`,
          ],
        }),
        // Target health has no resource-level permissions.
        new PolicyStatement({
          actions: ['elasticloadbalancing:DescribeTargetHealth'],
          resources: ['*'],
        }),
        new PolicyStatement({
          actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
          resources: [fastPathTable.tableArn],
        }),
        useKey(key, 'dynamodb'),
      ],
    });
  }
}
