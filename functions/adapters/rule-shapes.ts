import type {
  Action,
  RuleCondition as AwsCondition,
  Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RuleCondition } from '../domain/fast-path-row.ts';
import type { GroupWeight } from '../domain/weights.ts';
import type { RuleSight } from '../ports/traffic.ts';

/** The whole action list of a rule: ModifyRule replaces it, so both groups always stand in it. Group stickiness stays off. */
export const forwardAction = (weights: readonly GroupWeight[]): Action[] => [
  {
    Type: 'forward',
    Order: 1,
    ForwardConfig: {
      TargetGroups: weights.map(({ targetGroupArn, weight }) => ({
        TargetGroupArn: targetGroupArn,
        Weight: weight,
      })),
      TargetGroupStickinessConfig: { Enabled: false },
    },
  },
];

/** Conditions as ModifyRule takes them: a rule's description carries each of them in two forms, and only one may go back. */
export const conditionsToWrite = (conditions: readonly RuleCondition[]): AwsCondition[] =>
  conditions.map((condition) => {
    const { Values, ...rest } = condition as AwsCondition;
    const configured = Object.keys(rest).some((key) => key.endsWith('Config'));
    return configured || Values === undefined ? rest : { ...rest, Values };
  });

/** A rule's description in our words. */
export const ruleSight = (rule: Rule): RuleSight => {
  const actions = rule.Actions ?? [];
  const forward = actions.length === 1 ? actions[0] : undefined;
  const config = forward?.Type === 'forward' ? forward.ForwardConfig : undefined;
  const single =
    forward?.Type === 'forward' && forward.TargetGroupArn !== undefined
      ? [{ targetGroupArn: forward.TargetGroupArn, weight: 100 }]
      : [];
  const weights = (config?.TargetGroups ?? []).map((group) => ({
    targetGroupArn: group.TargetGroupArn ?? '',
    weight: group.Weight ?? 1,
  }));
  const priority = Number(rule.Priority);
  return {
    ruleArn: rule.RuleArn ?? '',
    priority: Number.isInteger(priority) ? priority : null,
    conditions: (rule.Conditions ?? []) as RuleCondition[],
    weights: weights.length > 0 ? weights : single,
    sticky: config?.TargetGroupStickinessConfig?.Enabled ?? false,
  };
};
