import type { ModifyRuleInput } from '@aws-sdk/client-elastic-load-balancing-v2';
import { overrideIsOn } from '../../functions/domain/override.ts';
import type { CallRecord } from '../../local/call-log.ts';
import type { BalancerService } from '../../local/services/elasticloadbalancingv2/balancer-service.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import type { TargetView } from './shiftable-target.ts';

/** What has been seen of one target's traffic, and what of it may not be. */
export interface TrafficWatch {
  /** Candidate weights in the order of their writing, of all rollouts. */
  readonly written: readonly number[];
  readonly broken: readonly string[];
  stop(): void;
}

const DRAINED = 0;

/**
 * Looks at every write to a target's rules and alias while it happens: weights add up to 100, the candidate gets no more than the
 * alias gives it, nothing goes down but all the way back, and no group without a healthy target gets traffic.
 */
export const watchTraffic = ({ world, target }: TargetView): TrafficWatch => {
  const { route, pointer } = target.shiftable;
  const balancer = world.cloud.service<BalancerService>('elasticloadbalancingv2', target);
  const functions = world.cloud.service<LambdaService>('lambda', target);
  const groups = [route.targetGroupArns.blue, route.targetGroupArns.green];
  const broken: string[] = [];
  const written: number[] = [];
  let candidate: { group: string; version: string; percent: number; back: boolean } | null = null;

  const forwarded = (ruleArn: string) => {
    const { actions } = balancer.state.rule(ruleArn);
    return actions
      .flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? [])
      .map(({ TargetGroupArn = '', Weight = 1 }) => ({ group: TargetGroupArn, weight: Weight }));
  };
  const weightOf = (ruleArn: string, group: string): number =>
    forwarded(ruleArn).find((one) => one.group === group)?.weight ?? 0;
  const healthy = (group: string): number =>
    [...balancer.state.targetGroup(group).targets.values()].filter(
      ({ state }) => state === 'healthy',
    ).length;
  const alias = () => functions.functions.get(pointer.functionName).aliases.get(pointer.alias);
  const aliasPercent = (version: string): number => {
    const found = alias();
    if (found?.functionVersion === version) return 100;
    return Math.round(100 * (found?.additionalVersionWeights[version] ?? 0));
  };
  const say = (what: string): void => {
    broken.push(`${new Date(world.clock.now()).toISOString()} ${what}`);
  };

  const published = (): void => {
    const live = groups.find((group) => weightOf(route.weightedRuleArn, group) === 100);
    const group = groups.find((one) => one !== live) ?? '';
    const { versions } = functions.functions.get(pointer.functionName);
    const version = [...versions.keys()].filter((key) => key !== '$LATEST').at(-1) ?? '';
    candidate = { group, version, percent: DRAINED, back: false };
  };

  const forwardsWell = (ruleArn: string, off: boolean): void => {
    const shares = forwarded(ruleArn);
    const sum = shares.reduce((total, { weight }) => total + weight, 0);
    const complete = groups.every((group) => shares.some((share) => share.group === group));
    if (sum !== 100 || shares.length !== 2 || !complete) {
      say(`${ruleArn} was written as ${JSON.stringify(shares)}`);
    }
    if (off) return;
    for (const { group, weight } of shares) {
      if (weight > 0 && healthy(group) === 0) {
        say(`${group} got ${weight} % without a healthy target`);
      }
    }
  };

  const candidateGot = (to: NonNullable<typeof candidate>, percent: number): void => {
    written.push(percent);
    const allowed = aliasPercent(to.version);
    if (percent > allowed) say(`the candidate got ${percent} %, the alias gives it ${allowed} %`);
    if (percent < to.percent && percent !== DRAINED) {
      say(`the candidate went from ${to.percent} % to ${percent} %`);
    }
    if (to.back && percent > DRAINED) say(`the candidate got ${percent} % after it went back`);
    to.back ||= percent < to.percent;
    to.percent = percent;
  };

  const ruleWritten = (ruleArn: string): void => {
    const isOverride = ruleArn === route.overrideRuleArn;
    const off = isOverride && !overrideIsOn(balancer.state.rule(ruleArn).conditions as never);
    forwardsWell(ruleArn, off);
    if (candidate === null) return;
    if (isOverride && !off) candidate.back = true;
    if (ruleArn === route.weightedRuleArn) {
      candidateGot(candidate, weightOf(ruleArn, candidate.group));
    }
  };

  const aliasWritten = (): void => {
    const weights = Object.values(alias()?.additionalVersionWeights ?? {});
    if (weights.length > 1 || weights.some((weight) => weight < 0 || weight > 1)) {
      say(`the alias was written as ${JSON.stringify(weights)}`);
    }
  };

  const seen = ({ service, operation, outcome, input, account, region }: CallRecord): void => {
    if (outcome !== 'ok' || account !== target.account || region !== target.region) return;
    if (service === 'elasticloadbalancingv2' && operation === 'ModifyRule') {
      const { RuleArn = '' } = input as ModifyRuleInput;
      const own = [route.weightedRuleArn, route.overrideRuleArn, route.testRuleArn];
      if (own.includes(RuleArn)) ruleWritten(RuleArn);
    } else if (service === 'lambda' && operation === 'UpdateAlias') {
      aliasWritten();
    } else if (service === 'lambda' && operation === 'PublishVersion') {
      published();
    }
  };
  return { written, broken, stop: world.cloud.onCall(seen) };
};
