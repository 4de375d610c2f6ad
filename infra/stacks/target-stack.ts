import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { CfnListenerRule } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { judged } from '../../config/judged.ts';
import { names } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';
import { AlarmFastPath } from '../constructs/alarm-fast-path.ts';
import { budgetStatement, slosOf } from '../constructs/budget-access.ts';
import { ClusterAccess } from '../constructs/cluster-access.ts';
import { Edge } from '../constructs/edge.ts';
import { Handler, useKey } from '../constructs/handler.ts';
import { PointerShift } from '../constructs/pointer-shift.ts';
import { type LedgerAway, ledgerAway, Registration } from '../constructs/registration.ts';
import { Route } from '../constructs/route.ts';
import { targetGroup } from '../constructs/target-groups.ts';
import { TargetRoles } from '../constructs/target-roles.ts';
import { Watch } from '../constructs/watch.ts';
import type { BaseStack } from './base-stack.ts';

export interface TargetStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly target: ConfiguredTarget;
  /** Null where no target of the account and Region has two colors. */
  readonly base: BaseStack | null;
}

/**
 * One service in one environment, account and Region: what must work alone when the pipeline cannot be reached. The last thing
 * that it makes is its registration in the ledger, so the pipeline never sees half a target.
 */
export class TargetStack extends Stack {
  constructor(scope: Construct, id: string, props: TargetStackProps) {
    super(scope, id, props);
    const { configuration, target } = props;
    const away = ledgerAway(configuration, target.account);
    const edge = new Edge(this, target);
    const cluster = new ClusterAccess(this, 'Cluster', target, edge);
    const roles = new TargetRoles(this, 'Roles', {
      target,
      pipeline: away,
      clusterFunctionArns: Object.values(cluster.functionArns),
    });
    const budgets = budgetStatement(target);
    if (budgets !== null) roles.target.addToPolicy(budgets);
    if (cluster.probeArn !== null) roles.allowProbe(cluster.probeArn);
    const routed =
      target.colors === 1
        ? { plainRoute: this.plainRoute(target, edge), shiftable: null }
        : { plainRoute: null, shiftable: this.shiftable(props, edge, roles, away) };
    const registration = new Registration(this, 'Registration', {
      kind: 'target',
      ledger: away,
      functionName: `${target.prefix}-register`,
      roleName: `${names.targetRole(target, 'target').replace(/-target$/, '')}-register`,
      record: this.toJsonString({
        service: target.service,
        environment: target.environment,
        region: target.region,
        account: target.account,
        targetId: target.targetId,
        strategy: target.strategy,
        bakeSeconds: target.bakeSeconds,
        servesUsers: target.servesUsers,
        roleArn: roles.target.roleArn,
        externalId: away.externalId,
        invokeRoleArn: roles.invoke.roleArn,
        cluster: {
          name: target.environmentSettings.cluster,
          namespace: target.environmentSettings.namespace ?? target.service,
        },
        functions: { ...cluster.functionArns, probe: cluster.probeArn },
        analysis: {
          ...judged(target.settings.analysis),
          slos: slosOf(target),
          probe: cluster.probeArn === null ? null : (target.settings.analysis.probe ?? null),
        },
        guard: target.guard,
        rollback: { keepPod: target.environmentSettings.rollback.keepPod },
        dependencies: target.settings.dependencies,
        ...routed,
      }),
    });
    registration.node.addDependency(roles, cluster);
  }

  /** One color: one group behind one plain rule, which nobody shifts. */
  private plainRoute(target: ConfiguredTarget, edge: Edge) {
    const group = targetGroup(this, 'Blue', target, edge, 'blue');
    const { hosts, paths, priority } = target.settings.route;
    const rule = new CfnListenerRule(this, 'Rule', {
      listenerArn: edge.listenerArn,
      priority: priority + 2,
      conditions: [
        { field: 'host-header', hostHeaderConfig: { values: hosts } },
        ...(paths.length > 0
          ? [{ field: 'path-pattern', pathPatternConfig: { values: paths } }]
          : []),
      ],
      actions: [{ type: 'forward', targetGroupArn: group.ref }],
    });
    return { ...this.common(target, edge), ruleArn: rule.ref, targetGroupArn: group.ref };
  }

  private shiftable(props: TargetStackProps, edge: Edge, roles: TargetRoles, away: LedgerAway) {
    const { target, base } = props;
    if (base === null)
      throw new Error(`${target.targetId} shifts, so its place needs a base stack`);
    const key = Key.fromKeyArn(this, 'Key', base.key.keyArn);
    const groups = {
      blue: targetGroup(this, 'Blue', target, edge, 'blue'),
      green: targetGroup(this, 'Green', target, edge, 'green'),
    };
    const pointer = new Handler(this, 'ReleasePointer', {
      entry: 'rollout/release-pointer',
      functionName: `${target.prefix}-pointer`,
      description: `Points to the release that serves ${target.targetId}`,
      memoryMiB: 128,
      timeoutSeconds: 3,
    }).function;
    const fastPathTable = this.fastPathTable(target, key);
    const watch = new Watch(this, 'Watch', { target, edge, groups });
    const { composite } = watch;
    const codeDeploy =
      target.shift === 'codeDeploy'
        ? new PointerShift(this, 'Shift', { target, pointer, composite, fastPathTable, key }).names
        : null;
    const route = new Route(this, 'Route', {
      target,
      edge,
      groups,
      pointer,
      fastPathTable,
      key,
      ledger: away,
    });
    new AlarmFastPath(this, 'FastPath', {
      target,
      watched: watch.watched,
      overrideRuleArn: route.ruleArns.override,
      fastPathTable,
      key,
      pipeline: away,
    });
    roles.allowShift({
      ruleArns: Object.values(route.ruleArns),
      pointerArn: pointer.functionArn,
      codeDeploy,
      fastPathTableArn: fastPathTable.tableArn,
    });
    roles.target.addToPolicy(useKey(key, 'dynamodb'));
    return {
      route: {
        ...this.common(target, edge),
        weightedRuleArn: route.ruleArns.weighted,
        overrideRuleArn: route.ruleArns.override,
        testRuleArn: route.ruleArns.test,
        targetGroupArns: { blue: groups.blue.ref, green: groups.green.ref },
      },
      pointer: { functionName: pointer.functionName, alias: 'live' },
      codeDeploy,
      fastPathTable: fastPathTable.tableName,
      alarms: { watched: watch.watched, composite: `${target.prefix}-hurting` },
      xrayGroups: watch.xrayGroups,
    };
  }

  private common(target: ConfiguredTarget, edge: Edge) {
    return {
      loadBalancerArn: edge.loadBalancerArn,
      loadBalancerFullName: edge.loadBalancerFullName,
      dnsName: edge.dnsName,
      listenerArn: edge.listenerArn,
      hosts: target.settings.route.hosts,
      paths: target.settings.route.paths,
    };
  }

  /** One row: what the alarm fast path must know without asking anybody. */
  private fastPathTable(target: ConfiguredTarget, key: IKey): Table {
    return new Table(this, 'FastPathRow', {
      tableName: `${target.prefix}-fast-path`,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
