import type { RuleCondition } from '../domain/fast-path-row.ts';
import type { GroupWeight } from '../domain/weights.ts';

/** A listener rule as one read saw it. */
export interface RuleSight {
  readonly ruleArn: string;
  /** null: the listener's default rule. */
  readonly priority: number | null;
  readonly conditions: readonly RuleCondition[];
  /** Empty when the rule does anything but forward. */
  readonly weights: readonly GroupWeight[];
  readonly sticky: boolean;
}

/** Targets of a group by their health; `reasons` says why some are not healthy. */
export interface GroupHealth {
  readonly healthy: number;
  readonly registered: number;
  readonly reasons: readonly string[];
}

/** What of a target group would skew a shift. */
export interface GroupSettings {
  readonly targetGroupArn: string;
  readonly attached: boolean;
  readonly sticky: boolean;
  readonly slowStartSeconds: number;
  readonly deregistrationSeconds: number;
}

/** The load balancer of one target. */
export interface Traffic {
  rule(ruleArn: string): Promise<RuleSight>;
  rules(ruleArns: readonly string[]): Promise<RuleSight[]>;
  listenerRules(listenerArn: string): Promise<RuleSight[]>;
  /** Replaces a rule's forward action, and its conditions where given. One attempt: nobody may write late. */
  forward(
    ruleArn: string,
    weights: readonly GroupWeight[],
    conditions?: readonly RuleCondition[],
  ): Promise<void>;
  health(targetGroupArn: string): Promise<GroupHealth>;
  settings(targetGroupArns: readonly string[]): Promise<GroupSettings[]>;
  listener(listenerArn: string): Promise<{ protocol: string; port: number }>;
  /** Tag keys of a resource. */
  tagKeys(arn: string): Promise<string[]>;
}
