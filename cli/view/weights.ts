import {
  DescribeRulesCommand,
  type ElasticLoadBalancingV2Client,
  type Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Color, Shiftable } from '../../functions/domain/target.ts';

/** What share of users each color gets, in percent, as the load balancer's own rules say now; an override included. */
export interface ColorWeights {
  readonly blue: number;
  readonly green: number;
  readonly overridden: boolean;
}

/** Reads the rules of a target: what is asked of AWS, never what the ledger believes. */
export const readWeights = async (
  client: ElasticLoadBalancingV2Client,
  { route }: Shiftable,
): Promise<ColorWeights> => {
  const { Rules = [] } = await client.send(
    new DescribeRulesCommand({ RuleArns: [route.overrideRuleArn, route.weightedRuleArn] }),
  );
  const rule = (arn: string): Rule | undefined => Rules.find(({ RuleArn }) => RuleArn === arn);
  const override = rule(route.overrideRuleArn);
  const overridden = override !== undefined && matchesUsers(override);
  const acting = overridden ? override : rule(route.weightedRuleArn);
  const share = (color: Color): number => shareOf(acting, route.targetGroupArns[color]);
  return { blue: share('blue'), green: share('green'), overridden };
};

const matchesUsers = ({ Conditions = [] }: Rule): boolean =>
  !Conditions.some(({ HostHeaderConfig, Values }) =>
    [...(HostHeaderConfig?.Values ?? []), ...(Values ?? [])].some((host) =>
      host.endsWith('.invalid'),
    ),
  );

const shareOf = (rule: Rule | undefined, targetGroupArn: string): number => {
  const action = rule?.Actions?.find(({ Type }) => Type === 'forward');
  const groups = action?.ForwardConfig?.TargetGroups ?? [
    { TargetGroupArn: action?.TargetGroupArn, Weight: 1 },
  ];
  const total = groups.reduce((sum, { Weight = 1 }) => sum + Weight, 0);
  const own = groups
    .filter((group) => group.TargetGroupArn === targetGroupArn)
    .reduce((sum, { Weight = 1 }) => sum + Weight, 0);
  return total === 0 ? 0 : Math.round((own / total) * 100);
};
