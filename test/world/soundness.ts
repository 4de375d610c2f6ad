import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { type MachineNoun, machineArn } from '../../config/names.ts';
import { targetsOf } from '../../config/targets.ts';
import type { LiveRecord } from '../../functions/domain/rollout.ts';
import { otherColor } from '../../functions/domain/target.ts';
import type { BalancerService } from '../../local/services/elasticloadbalancingv2/balancer-service.ts';
import type { SqsService } from '../../local/services/sqs/sqs-service.ts';
import { TargetView } from './shiftable-target.ts';
import type { World } from './world.ts';

const NOUNS: readonly MachineNoun[] = ['release', 'rollout', 'rollback'];

/** How a fault begins that says no more than that the cluster did not take a candidate's pods away: nothing waits for it. */
export const UNDRAINED = 'pods of what was rolled back';

/** Every target of the configuration as its stack registered it. */
export const viewsOf = async (world: World): Promise<TargetView[]> =>
  // With one color only what needs no colors is asked of a view.
  (await world.ledger.targets()).map((target) => new TargetView(world, target as never));

const podsOf = (view: TargetView) =>
  view.kubernetes.store
    .list('Pod', view.target.cluster.namespace)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ metadata }) => metadata.name.startsWith(`${view.target.service}-`));

const imagesOf = (pod: object): string =>
  JSON.stringify((pod as { spec?: { containers?: object[] } }).spec?.containers ?? []);

/** What is not as it should be where traffic goes, by every word of AWS. */
const routeFaults = async (view: TargetView, live: LiveRecord | null): Promise<string[]> => {
  const { world, target } = view;
  const { route } = target.shiftable;
  const faults: string[] = [];
  if (await view.overrideOn()) faults.push('the override is on');
  if (live === null) return faults;
  const { color } = live;
  const weights = await view.weights();
  if (weights[color] !== 100 || weights[otherColor(color)] !== 0) {
    faults.push(`live is ${color}, the weights are ${JSON.stringify(weights)}`);
  }
  const { version, additional } = await view.alias();
  if (version !== live.pointerVersion || Object.keys(additional).length > 0) {
    faults.push(`alias ${version} ${JSON.stringify(additional)}, live is ${live.pointerVersion}`);
  }
  const { state } = world.cloud.service<BalancerService>('elasticloadbalancingv2', target);
  const targets = [...state.targetGroup(route.targetGroupArns[color]).targets.values()];
  const healthy = targets.filter((one) => one.state === 'healthy').length;
  if (healthy < 2) faults.push(`${color} has ${healthy} healthy targets`);
  const deployments = await view.deployments();
  const found = await Promise.all(deployments.map((id) => view.deployment(id)));
  const open = found.filter(({ status = '' }) => !/Succeeded|Failed|Stopped/.test(status));
  for (const { deploymentId, status } of open) faults.push(`${deploymentId} is ${status}`);
  return faults;
};

/** What is not as it should be in the records of a target. */
const recordFaults = async (view: TargetView, live: LiveRecord | null): Promise<string[]> => {
  const faults: string[] = [];
  const owner = await view.lockOwner();
  if (owner !== null) faults.push(`the lock is held by ${owner}`);
  const rollout = await view.rollout();
  if (rollout === null) return faults;
  // What preflight refuses stays as it was planned.
  const isLive = live?.rolloutId === rollout.rolloutId;
  const wanted = isLive ? ['completed'] : ['rolledBack', 'planned'];
  if (!wanted.includes(rollout.phase)) faults.push(`${rollout.rolloutId} is ${rollout.phase}`);
  if (rollout.endedAt === null) faults.push(`${rollout.rolloutId} has no end`);
  const fault = await view.chainFault(rollout.releaseId);
  if (fault !== null) faults.push(`the chain of ${rollout.releaseId}: ${fault}`);
  return faults;
};

/** What is not as it should be in the cluster of a target. */
const podFaults = async (view: TargetView, live: LiveRecord | null): Promise<string[]> => {
  const { target } = view;
  const hasColors = (target.shiftable as object | null) !== null;
  if (live === null) {
    const left = hasColors ? podsOf(view).length : 0;
    return left === 0 ? [] : [`nothing is live, ${left} pods are there`];
  }
  const faults: string[] = [];
  const slot = `${target.service}-${hasColors ? `${live.color}-` : ''}`;
  const serving = podsOf(view).filter(({ metadata }) => metadata.name.startsWith(slot));
  const right = serving.filter((pod) => imagesOf(pod).includes(live.digest));
  if (right.length < 2 || right.length !== serving.length) {
    faults.push(`${right.length} of ${serving.length} pods run what is live`);
  }
  const newest = await view.rollout();
  if (hasColors && newest?.phase === 'rolledBack') {
    // What live's guard keeps warm beside it is no candidate.
    const left = podsOf(view)
      .filter(({ metadata }) =>
        metadata.name.startsWith(`${target.service}-${otherColor(live.color)}-`),
      )
      .filter((pod) => imagesOf(pod).includes(newest.digest))
      .map(({ metadata }) => metadata.name);
    if (left.length > 0) faults.push(`${UNDRAINED}: ${left.join(', ')}`);
  }
  return faults;
};

/** What is not as it should be on one target: whatever is live serves alone and is what the records say. */
const targetFaults = async (view: TargetView): Promise<string[]> => {
  const { world, target } = view;
  const live = await world.ledger.live(target.targetId);
  const faults = await Promise.all([
    recordFaults(view, live),
    podFaults(view, live),
    (target.shiftable as object | null) === null ? [] : routeFaults(view, live),
  ]);
  return faults.flat().map((fault) => `${target.environment}: ${fault}`);
};

/** Executions that run, and messages that nobody has taken. */
const leftOver = async (world: World): Promise<string[]> => {
  const faults: string[] = [];
  for (const noun of NOUNS) {
    const { executions = [] } = await world.client().send(
      new ListExecutionsCommand({
        stateMachineArn: machineArn(world.home, noun),
        statusFilter: 'RUNNING',
      }),
    );
    for (const { name } of executions) faults.push(`${noun} ${name} runs`);
  }
  const places = [world.home, ...targetsOf(world.configuration)];
  const seen = new Set<string>();
  for (const place of places) {
    const key = `${place.account} ${place.region}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const queue of world.cloud.service<SqsService>('sqs', place).queues()) {
      const messages = queue.messages();
      for (const { body } of messages) faults.push(`${queue.name}: ${body.slice(0, 160)}`);
    }
  }
  return faults;
};

/** What is not as it should be when nothing is under way; nothing: each target serves one release alone, and nothing is stuck. */
export const faultsOf = async (world: World): Promise<string[]> => {
  const views = await viewsOf(world);
  const faults = await Promise.all(views.map((view) => targetFaults(view)));
  return [...faults.flat(), ...(await leftOver(world))];
};
