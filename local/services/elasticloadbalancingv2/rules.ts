import type {
  CreateRuleCommandInput,
  DescribeRulesCommandInput,
  ModifyRuleCommandInput,
  Rule,
  SetRulePrioritiesCommandInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../aws-error.ts';
import type { Operation } from '../service.ts';
import { normalizedActions } from './actions.ts';
import { normalizedConditions } from './conditions.ts';
import { unsupportedField, validationError } from './errors.ts';
import { page } from './page.ts';
import type { BalancerState, ListenerRecord, RuleRecord } from './state.ts';
import { putTags } from './tags.ts';

const rulesPerLoadBalancer = 100;

/** Operations on listener rules. */
export const ruleOperations = (state: BalancerState): Record<string, Operation> => ({
  CreateRule: (input: CreateRuleCommandInput) => {
    if (input.Transforms?.length) throw unsupportedField('CreateRule', 'Transforms');
    const listener = state.listener(input.ListenerArn);
    const priority = checkedPriority(input.Priority);
    assertFree(listener, priority);
    const count = listener.loadBalancer.listeners.reduce((sum, each) => sum + each.rules.length, 0);
    if (count >= rulesPerLoadBalancer) {
      throw new AwsError(
        'TooManyRulesException',
        `The maximum number of rules per load balancer is ${rulesPerLoadBalancer}`,
      );
    }
    const conditions = normalizedConditions(input.Conditions, 'CreateRule');
    const actions = normalizedActions(state, listener.loadBalancer, input.Actions, 'CreateRule');
    const arn = `${listener.arn.replace(':listener/', ':listener-rule/')}/${state.newId()}`;
    const rule: RuleRecord = { arn, listener, priority, conditions, actions };
    listener.rules.push(rule);
    state.rules.set(arn, rule);
    putTags(state, arn, input.Tags);
    state.onRoutingChange();
    return { Rules: [describedRule(rule)] };
  },

  ModifyRule: (input: ModifyRuleCommandInput) => {
    if (input.Transforms?.length || input.ResetTransforms) {
      throw unsupportedField('ModifyRule', 'Transforms');
    }
    const rule = state.rule(input.RuleArn);
    if (rule.priority === 'default') {
      throw new AwsError(
        'OperationNotPermittedException',
        `Default rule '${rule.arn}' cannot be modified`,
      );
    }
    const conditions = input.Conditions && normalizedConditions(input.Conditions, 'ModifyRule');
    const actions =
      input.Actions &&
      normalizedActions(state, rule.listener.loadBalancer, input.Actions, 'ModifyRule');
    if (conditions) rule.conditions = conditions;
    if (actions) rule.actions = actions;
    state.onRoutingChange();
    return { Rules: [describedRule(rule)] };
  },

  DeleteRule: (input: { RuleArn?: string }) => {
    const rule = state.rule(input.RuleArn);
    if (rule.priority === 'default') {
      throw new AwsError(
        'OperationNotPermittedException',
        `Default rule '${rule.arn}' cannot be deleted`,
      );
    }
    rule.listener.rules.splice(rule.listener.rules.indexOf(rule), 1);
    state.rules.delete(rule.arn);
    state.tags.delete(rule.arn);
    state.onRoutingChange();
    return {};
  },

  DescribeRules: (input: DescribeRulesCommandInput) => {
    if (input.ListenerArn === undefined && input.RuleArns === undefined) {
      throw validationError('You must specify either listener ARN or rule ARNs');
    }
    if (input.ListenerArn !== undefined && input.RuleArns !== undefined) {
      throw validationError('You cannot specify both a listener ARN and rule ARNs');
    }
    const rules = input.RuleArns
      ? input.RuleArns.map((arn) => state.rule(arn))
      : rulesOf(state.listener(input.ListenerArn));
    return page('Rules', rules, input, describedRule);
  },

  SetRulePriorities: (input: SetRulePrioritiesCommandInput) => {
    const changes = (input.RulePriorities ?? []).map(({ RuleArn, Priority }) => ({
      rule: state.rule(RuleArn),
      priority: checkedPriority(Priority),
    }));
    const wanted = new Map(changes.map(({ rule, priority }) => [rule, priority]));
    for (const { rule, priority } of changes) {
      if (rule.priority === 'default') {
        throw new AwsError(
          'OperationNotPermittedException',
          'Default rules cannot be reprioritized',
        );
      }
      const taken = rule.listener.rules.some(
        (other) => other !== rule && (wanted.get(other) ?? other.priority) === priority,
      );
      if (taken) throw priorityInUse(priority);
    }
    for (const { rule, priority } of changes) rule.priority = priority;
    state.onRoutingChange();
    return { Rules: changes.map(({ rule }) => describedRule(rule)) };
  },
});

const checkedPriority = (priority: number | undefined): number => {
  if (priority === undefined || !Number.isInteger(priority) || priority < 1 || priority > 50_000) {
    throw validationError(`Priority '${priority ?? ''}' must be between 1 and 50000`);
  }
  return priority;
};

const assertFree = (listener: ListenerRecord, priority: number): void => {
  if (listener.rules.some((rule) => rule.priority === priority)) throw priorityInUse(priority);
};

const priorityInUse = (priority: number): AwsError =>
  new AwsError('PriorityInUseException', `Priority '${priority}' is currently in use`);

/** The rules of a listener in the order in which they are tried, the default rule last. */
export const rulesOf = (listener: ListenerRecord): RuleRecord[] => [
  ...[...listener.rules].sort((a, b) => Number(a.priority) - Number(b.priority)),
  listener.defaultRule,
];

const describedRule = (rule: RuleRecord): Rule => ({
  RuleArn: rule.arn,
  Priority: String(rule.priority),
  Conditions: [...rule.conditions],
  Actions: [...rule.actions],
  IsDefault: rule.priority === 'default',
});
