import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  type DeploymentInfo,
  GetDeploymentCommand,
  ListDeploymentsCommand,
} from '@aws-sdk/client-codedeploy';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRulesCommand, type Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetAliasCommand, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  ListExecutionsCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type MachineNoun, machineArn, names } from '../../config/names.ts';
import { type ChainHead, verifyChain } from '../../functions/domain/chain.ts';
import { keys } from '../../functions/domain/ledger-keys.ts';
import { targetLockKey } from '../../functions/domain/lock.ts';
import { overrideIsOn } from '../../functions/domain/override.ts';
import type { RolloutRecord } from '../../functions/domain/rollout.ts';
import type { Color, Shiftable, Target } from '../../functions/domain/target.ts';
import type { EksService } from '../../local/services/eks/eks-service.ts';
import type { World } from './world.ts';

/** A target with two colors. */
export type ShiftableTarget = Target & { readonly shiftable: Shiftable };

/** An execution as its machine lists it. */
export interface Listed {
  readonly executionArn: string;
  readonly name: string;
  readonly status: string;
}

/** What AWS itself says of one target: nothing of it comes from the ledger. */
export class TargetView {
  readonly world: World;
  readonly target: ShiftableTarget;

  constructor(world: World, target: ShiftableTarget) {
    this.world = world;
    this.target = target;
  }

  get client() {
    return this.world.client(this.target);
  }

  async rule(of: 'weighted' | 'override'): Promise<Rule> {
    const { route } = this.target.shiftable;
    const RuleArns = [of === 'weighted' ? route.weightedRuleArn : route.overrideRuleArn];
    const { Rules = [] } = await this.client.send(new DescribeRulesCommand({ RuleArns }));
    const [rule] = Rules;
    if (rule === undefined) throw new Error(`${this.target.targetId} has no ${of} rule`);
    return rule;
  }

  /** Weights of one rule by color. */
  async weights(of: 'weighted' | 'override' = 'weighted'): Promise<Record<Color, number>> {
    const { Actions = [] } = await this.rule(of);
    const { blue, green } = this.target.shiftable.route.targetGroupArns;
    const weightOf = (arn: string): number =>
      Actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []).find(
        ({ TargetGroupArn }) => TargetGroupArn === arn,
      )?.Weight ?? 0;
    return { blue: weightOf(blue), green: weightOf(green) };
  }

  async overrideOn(): Promise<boolean> {
    const { Conditions = [] } = await this.rule('override');
    return overrideIsOn(Conditions as never);
  }

  /** Where the pointer's alias stands, and what else has a part of it. */
  async alias(): Promise<{ version: string; additional: Record<string, number> }> {
    const { functionName: FunctionName, alias: Name } = this.target.shiftable.pointer;
    const found = await this.client.send(new GetAliasCommand({ FunctionName, Name }));
    return {
      version: found.FunctionVersion ?? '',
      additional: found.RoutingConfig?.AdditionalVersionWeights ?? {},
    };
  }

  async pointerVersions(): Promise<string[]> {
    const { functionName: FunctionName } = this.target.shiftable.pointer;
    const { Versions = [] } = await this.client.send(
      new ListVersionsByFunctionCommand({ FunctionName }),
    );
    return Versions.map(({ Version = '' }) => Version);
  }

  async lockOwner(): Promise<string | null> {
    const { Item } = await this.world.client().send(
      new GetItemCommand({
        TableName: names.locksTable,
        Key: { pk: { S: targetLockKey(this.target.targetId) } },
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? null : ((unmarshall(Item)['owner'] as string | undefined) ?? null);
  }

  async rollout(): Promise<RolloutRecord | null> {
    return this.world.ledger.rollout(this.target.targetId);
  }

  async deployment(deploymentId: string): Promise<DeploymentInfo> {
    const found = await this.client.send(new GetDeploymentCommand({ deploymentId }));
    return found.deploymentInfo ?? {};
  }

  /** Ids of the group's deployments, those that undo others not counted. */
  async deployments(): Promise<string[]> {
    const { codeDeploy } = this.target.shiftable;
    if (codeDeploy === null) return [];
    const { application, group } = codeDeploy;
    const listed = await this.client.send(
      new ListDeploymentsCommand({ applicationName: application, deploymentGroupName: group }),
    );
    const deployments: string[] = listed.deployments ?? [];
    const found = await Promise.all(deployments.map((id) => this.deployment(id)));
    return deployments.filter((_, index) => found[index]?.creator !== 'codeDeployRollback');
  }

  /** The pods of a color that are neither gone nor going. */
  pods(color: Color): string[] {
    const { cluster, service } = this.target;
    return this.kubernetes.store
      .list('Pod', cluster.namespace)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith(`${service}-${color}-`));
  }

  get kubernetes() {
    const { clusters } = this.world.cloud.service<EksService>('eks', this.target);
    return clusters.get(this.target.cluster.name).kubernetes;
  }

  /** Puts an alarm into a state by hand. */
  async setAlarm(AlarmName: string, StateValue: 'ALARM' | 'OK'): Promise<void> {
    const StateReason = `set to ${StateValue}`;
    await this.client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
  }

  /** Starts a machine as a person does. */
  async startByHand(noun: 'release' | 'rollback', input: object): Promise<string> {
    const { executionArn = '' } = await this.world.client().send(
      new StartExecutionCommand({
        stateMachineArn: machineArn(this.world.home, noun),
        input: JSON.stringify(input),
      }),
    );
    return executionArn;
  }

  /** Starts the rollback of this target as a person does. */
  rollBackByHand(reason: string): Promise<string> {
    const { service, environment, region } = this.target;
    return this.startByHand('rollback', { service, environment, region, reason, by: 'ada' });
  }

  /** Lets time pass until an execution has ended. */
  ended(executionArn: string): Promise<DescribeExecutionOutput> {
    return this.world.until(`${executionArn} has ended`, async () => {
      const found = await this.world.client().send(new DescribeExecutionCommand({ executionArn }));
      return found.status === 'RUNNING' ? undefined : found;
    });
  }

  /** The executions of a machine for this target's newest rollout, oldest first. */
  async executions(noun: MachineNoun): Promise<Listed[]> {
    const { executions = [] } = await this.world
      .client()
      .send(new ListExecutionsCommand({ stateMachineArn: machineArn(this.world.home, noun) }));
    return executions
      .map(({ executionArn = '', name = '', status = '' }) => ({ executionArn, name, status }))
      .reverse();
  }

  async rollbacksOf(rolloutId: string): Promise<Listed[]> {
    return (await this.executions('rollback')).filter(({ name }) => name.startsWith(rolloutId));
  }

  /** Lets time pass until the weighted rule gives the candidate of the newest rollout this much. */
  async untilShare(percent: number): Promise<RolloutRecord> {
    return this.world.until(`the candidate has ${percent} %`, async () => {
      const rollout = await this.rollout();
      if (rollout?.color == null || rollout.endedAt !== null) return undefined;
      return (await this.weights())[rollout.color] === percent ? rollout : undefined;
    });
  }

  /** What is wrong with a release's chain of events, its record's head included; null: nothing. */
  async chainFault(releaseId: string): Promise<string | null> {
    const { pk, sk } = keys.release(releaseId);
    const { Item = {} } = await this.world.client().send(
      new GetItemCommand({
        TableName: names.ledgerTable,
        Key: { pk: { S: pk }, sk: { S: sk } },
        ConsistentRead: true,
      }),
    );
    const { eventCount, headHash } = unmarshall(Item) as ChainHead;
    return verifyChain(await this.world.ledger.events(releaseId), { eventCount, headHash });
  }
}

/** The sample service in one environment of the primary Region. */
export const targetView = async (world: World, environment: string): Promise<TargetView> => {
  const found = (await world.ledger.targets()).find(
    (one) => one.environment === environment && one.region === world.home.region,
  );
  if (found === undefined || found.shiftable === null) {
    throw new Error(`there is no target ${environment} with two colors`);
  }
  return new TargetView(world, { ...found, shiftable: found.shiftable });
};
