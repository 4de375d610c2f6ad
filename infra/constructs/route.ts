import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { CfnTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';
import type { Edge } from './edge.ts';
import { Handler, useKey } from './handler.ts';
import type { LedgerAway } from './registration.ts';

export interface RouteProps {
  readonly target: ConfiguredTarget;
  readonly edge: Edge;
  readonly groups: { readonly blue: CfnTargetGroup; readonly green: CfnTargetGroup };
  readonly pointer: IFunction;
  readonly fastPathTable: Table;
  readonly key: IKey;
  readonly ledger: LedgerAway;
}

/**
 * What rollouts change: the three rules, the pointer's alias and environment, the fast path's row. Made by a custom resource
 * and from then on owned by Slipway, because CloudFormation would put the template's values back in the middle of a shift.
 */
export class Route extends Construct {
  readonly ruleArns: {
    readonly weighted: string;
    readonly override: string;
    readonly test: string;
  };

  constructor(scope: Construct, id: string, props: RouteProps) {
    super(scope, id);
    const { target, edge, groups, pointer, fastPathTable, ledger } = props;
    const stack = Stack.of(this);
    const rules = `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:listener-rule/app/*`;
    const listeners = `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:listener/app/*`;
    const ownRoute = new Handler(this, 'OwnRoute', {
      entry: 'rollout/own-route',
      functionName: `${target.prefix}-own-route`,
      roleName: `${names.targetRole(target, 'target').replace(/-target$/, '')}-own-route`,
      description: `Creates what rollouts change, and changes no more than conditions (${target.targetId})`,
      timeoutSeconds: 120,
      statements: [
        new PolicyStatement({
          actions: [
            'elasticloadbalancing:CreateRule',
            'elasticloadbalancing:ModifyRule',
            'elasticloadbalancing:DeleteRule',
            'elasticloadbalancing:SetRulePriorities',
            'elasticloadbalancing:AddTags',
          ],
          resources: [rules, listeners],
        }),
        // Describing has no resource-level permissions.
        new PolicyStatement({
          actions: [
            'elasticloadbalancing:DescribeRules',
            'elasticloadbalancing:DescribeTags',
            'elasticloadbalancing:DescribeListeners',
          ],
          resources: ['*'],
        }),
        new PolicyStatement({
          actions: [
            'lambda:GetAlias',
            'lambda:CreateAlias',
            'lambda:GetFunctionConfiguration',
            'lambda:PublishVersion',
          ],
          resources: [pointer.functionArn, `${pointer.functionArn}:*`],
        }),
        new PolicyStatement({
          actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
          resources: [fastPathTable.tableArn],
        }),
        useKey(props.key, 'dynamodb'),
        new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [ledger.roleArn] }),
      ],
    });
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::SlipwayRoute',
      serviceToken: ownRoute.function.functionArn,
      serviceTimeout: Duration.minutes(10),
      properties: {
        TargetId: target.targetId,
        ListenerArn: edge.listenerArn,
        Priority: String(target.settings.route.priority),
        Hosts: JSON.stringify(target.settings.route.hosts),
        Paths: JSON.stringify(target.settings.route.paths),
        BlueTargetGroupArn: groups.blue.ref,
        GreenTargetGroupArn: groups.green.ref,
        PointerFunctionName: pointer.functionName,
        FastPathTable: fastPathTable.tableName,
        LocksTable: names.locksTable,
        LocksRoleArn: ledger.roleArn,
        LocksExternalId: ledger.externalId,
        PipelineRegion: ledger.region,
      },
    });
    this.ruleArns = {
      weighted: resource.getAttString('WeightedRuleArn'),
      override: resource.getAttString('OverrideRuleArn'),
      test: resource.getAttString('TestRuleArn'),
    };
  }
}
