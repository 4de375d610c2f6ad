import { Stack } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';
import type { CodeDeployNames } from './pointer-shift.ts';
import type { LedgerAway } from './registration.ts';
import { STEPS_ON_TARGETS } from './step-table.ts';

export interface TargetRolesProps {
  readonly target: ConfiguredTarget;
  readonly pipeline: LedgerAway;
  readonly clusterFunctionArns: readonly string[];
}

/** The two ways into a target from the pipeline's account: one for handlers, one for machines. */
export class TargetRoles extends Construct {
  readonly target: Role;
  readonly invoke: Role;

  constructor(scope: Construct, id: string, props: TargetRolesProps) {
    super(scope, id);
    const { target, pipeline } = props;
    const pipelineRole = (purpose: string): string =>
      `arn:aws:iam::${pipeline.account}:role/${names.role(pipeline.region, purpose)}`;
    this.target = new Role(this, 'Target', {
      roleName: names.targetRole(target, 'target'),
      description: `What Slipway's handlers may do on ${target.targetId}`,
      assumedBy: new AccountPrincipal(pipeline.account).withConditions({
        StringEquals: { 'sts:ExternalId': pipeline.externalId },
        ArnEquals: { 'aws:PrincipalArn': STEPS_ON_TARGETS.map(pipelineRole) },
      }),
    });
    this.invoke = new Role(this, 'Invoke', {
      roleName: names.targetRole(target, 'invoke'),
      description: `Lets Slipway invoke the cluster functions of ${target.targetId}`,
      assumedBy: new AccountPrincipal(pipeline.account).withConditions({
        ArnEquals: {
          'aws:PrincipalArn': ['machine-rollout', 'machine-rollback', 'keep-warm'].map(
            pipelineRole,
          ),
        },
      }),
    });
    this.invoke.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [...props.clusterFunctionArns],
      }),
    );
    const stack = Stack.of(this);
    this.target.addToPolicy(
      new PolicyStatement({
        actions: ['eks:DescribeCluster'],
        resources: [
          `arn:aws:eks:${stack.region}:${stack.account}:cluster/${target.environmentSettings.cluster}`,
        ],
      }),
    );
    // Describing load balancers, alarms, metrics and traces has no resource-level permissions.
    this.target.addToPolicy(
      new PolicyStatement({
        sid: 'Read',
        actions: [
          'elasticloadbalancing:DescribeListeners',
          'elasticloadbalancing:DescribeLoadBalancers',
          'elasticloadbalancing:DescribeRules',
          'elasticloadbalancing:DescribeTags',
          'elasticloadbalancing:DescribeTargetGroupAttributes',
          'elasticloadbalancing:DescribeTargetGroups',
          'elasticloadbalancing:DescribeTargetHealth',
          'cloudwatch:DescribeAlarms',
          'cloudwatch:GetMetricData',
          'xray:GetTimeSeriesServiceStatistics',
        ],
        resources: ['*'],
      }),
    );
  }

  /** The tick starts the probe and does not wait for it. */
  allowProbe(functionArn: string): void {
    this.target.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
    );
  }

  /** What a target with two colors adds. */
  allowShift(at: {
    readonly ruleArns: readonly string[];
    readonly pointerArn: string;
    /** Null where the rollout keeps the schedule itself. */
    readonly codeDeploy: CodeDeployNames | null;
    readonly fastPathTableArn: string;
  }): void {
    const statements = [
      new PolicyStatement({
        actions: ['elasticloadbalancing:ModifyRule'],
        resources: [...at.ruleArns],
      }),
      new PolicyStatement({
        actions: [
          'lambda:GetAlias',
          'lambda:UpdateAlias',
          'lambda:GetFunctionConfiguration',
          'lambda:UpdateFunctionConfiguration',
          'lambda:PublishVersion',
          'lambda:ListVersionsByFunction',
        ],
        resources: [at.pointerArn, `${at.pointerArn}:*`],
      }),
      ...(at.codeDeploy === null ? [] : this.codeDeployStatements(at.codeDeploy)),
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources: [at.fastPathTableArn],
      }),
    ];
    for (const statement of statements) this.target.addToPolicy(statement);
  }

  private codeDeployStatements(at: CodeDeployNames): PolicyStatement[] {
    const stack = Stack.of(this);
    const codedeploy = (resource: string): string =>
      `arn:aws:codedeploy:${stack.region}:${stack.account}:${resource}`;
    return [
      new PolicyStatement({
        actions: [
          'codedeploy:CreateDeployment',
          'codedeploy:GetDeployment',
          'codedeploy:BatchGetDeployments',
          'codedeploy:ListDeployments',
          'codedeploy:StopDeployment',
          'codedeploy:GetDeploymentTarget',
          'codedeploy:ListDeploymentTargets',
          'codedeploy:PutLifecycleEventHookExecutionStatus',
        ],
        resources: [codedeploy(`deploymentgroup:${at.application}/${at.group}`)],
      }),
      new PolicyStatement({
        actions: ['codedeploy:GetDeploymentConfig'],
        resources: [codedeploy(`deploymentconfig:${at.configuration}`)],
      }),
      new PolicyStatement({
        actions: ['codedeploy:GetApplicationRevision', 'codedeploy:RegisterApplicationRevision'],
        resources: [codedeploy(`application:${at.application}`)],
      }),
    ];
  }
}
