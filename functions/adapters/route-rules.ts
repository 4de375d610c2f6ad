import {
  CreateRuleCommand,
  DeleteRuleCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  SetRulePrioritiesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { InputRefused, isNamed } from '../domain/errors.ts';
import type { RuleCondition } from '../domain/fast-path-row.ts';
import type { GroupWeight } from '../domain/weights.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import { HERE } from './place.ts';
import { conditionsToWrite, forwardAction } from './rule-shapes.ts';

/** Making and removing listener rules: what only the route's own resource does. */
export const routeRules = (runtime: Runtime) => {
  const balancer = aws(runtime)(ElasticLoadBalancingV2Client, HERE);
  return {
    create: async (rule: {
      readonly listenerArn: string;
      readonly priority: number;
      readonly conditions: readonly RuleCondition[];
      readonly weights: readonly GroupWeight[];
    }): Promise<string> => {
      try {
        const { Rules } = await balancer.send(
          new CreateRuleCommand({
            ListenerArn: rule.listenerArn,
            Priority: rule.priority,
            Conditions: conditionsToWrite(rule.conditions),
            Actions: forwardAction(rule.weights),
          }),
        );
        return Rules?.[0]?.RuleArn ?? '';
      } catch (error) {
        if (!isNamed(error, 'PriorityInUseException') && !isNamed(error, 'PriorityInUse')) {
          throw error;
        }
        throw new InputRefused(
          `priority ${rule.priority} of ${rule.listenerArn} is taken by another rule; choose a route.priority whose three numbers are free`,
          { cause: error },
        );
      }
    },
    changeConditions: async (ruleArn: string, conditions: readonly RuleCondition[]) => {
      await balancer.send(
        new ModifyRuleCommand({ RuleArn: ruleArn, Conditions: conditionsToWrite(conditions) }),
      );
    },
    setPriorities: async (priorities: readonly { ruleArn: string; priority: number }[]) => {
      await balancer.send(
        new SetRulePrioritiesCommand({
          RulePriorities: priorities.map(({ ruleArn, priority }) => ({
            RuleArn: ruleArn,
            Priority: priority,
          })),
        }),
      );
    },
    remove: async (ruleArn: string) => {
      try {
        await balancer.send(new DeleteRuleCommand({ RuleArn: ruleArn }));
      } catch (error) {
        if (!isNamed(error, 'RuleNotFoundException') && !isNamed(error, 'RuleNotFound'))
          throw error;
      }
    },
  };
};
