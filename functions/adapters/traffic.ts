import {
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ConfigurationMissing } from '../domain/errors.ts';
import type { RuleSight, Traffic } from '../ports/traffic.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';
import { readRules } from './rule-reads.ts';
import { conditionsToWrite, forwardAction, ruleSight } from './rule-shapes.ts';

/** Elastic Load Balancing in a place. */
export const traffic = (runtime: Runtime, place: Place): Traffic => {
  const reads = aws(runtime)(ElasticLoadBalancingV2Client, place);
  const writes = aws(runtime)(ElasticLoadBalancingV2Client, { ...place, maxAttempts: 1 });

  const rules = (ruleArns: readonly string[]): Promise<RuleSight[]> =>
    readRules(runtime, place, ruleArns);

  return {
    rules,
    rule: async (ruleArn) => {
      const [rule] = await rules([ruleArn]);
      if (rule === undefined) throw new ConfigurationMissing(`no listener rule ${ruleArn}`);
      return rule;
    },
    listenerRules: async (listenerArn) => {
      const found: RuleSight[] = [];
      let marker: string | undefined;
      do {
        const page = await reads.send(
          new DescribeRulesCommand({ ListenerArn: listenerArn, PageSize: 400, Marker: marker }),
        );
        found.push(...(page.Rules ?? []).map(ruleSight));
        marker = page.NextMarker;
      } while (marker !== undefined);
      return found;
    },
    forward: async (ruleArn, weights, conditions) => {
      await writes.send(
        new ModifyRuleCommand({
          RuleArn: ruleArn,
          Actions: forwardAction(weights),
          ...(conditions === undefined ? {} : { Conditions: conditionsToWrite(conditions) }),
        }),
      );
    },
    health: async (targetGroupArn) => {
      const answer = await reads.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
      );
      const states = (answer.TargetHealthDescriptions ?? []).map((each) => each.TargetHealth);
      const ill = states.filter((state) => state?.State !== 'healthy');
      return {
        healthy: states.length - ill.length,
        registered: states.length,
        reasons: [...new Set(ill.map((state) => state?.Reason ?? state?.State ?? 'unknown'))],
      };
    },
    settings: async (targetGroupArns) => {
      const groups = await reads.send(
        new DescribeTargetGroupsCommand({ TargetGroupArns: [...targetGroupArns] }),
      );
      return Promise.all(
        targetGroupArns.map(async (targetGroupArn) => {
          const group = groups.TargetGroups?.find((each) => each.TargetGroupArn === targetGroupArn);
          const answer = await reads.send(
            new DescribeTargetGroupAttributesCommand({ TargetGroupArn: targetGroupArn }),
          );
          const value = (key: string) =>
            answer.Attributes?.find((attribute) => attribute.Key === key)?.Value;
          return {
            targetGroupArn,
            attached: (group?.LoadBalancerArns ?? []).length > 0,
            sticky: value('stickiness.enabled') === 'true',
            slowStartSeconds: Number(value('slow_start.duration_seconds') ?? 0),
            // What a group has that was told nothing.
            deregistrationSeconds: Number(value('deregistration_delay.timeout_seconds') ?? 300),
          };
        }),
      );
    },
    listener: async (listenerArn) => {
      const answer = await reads.send(
        new DescribeListenersCommand({ ListenerArns: [listenerArn] }),
      );
      const [listener] = answer.Listeners ?? [];
      if (listener === undefined) {
        throw new ConfigurationMissing(`the listener ${listenerArn} does not exist`);
      }
      return { protocol: listener.Protocol ?? 'HTTP', port: listener.Port ?? 80 };
    },
    tagKeys: async (arn) => {
      const answer = await reads.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
      return (answer.TagDescriptions ?? []).flatMap((each) =>
        (each.Tags ?? []).map((tag) => tag.Key ?? ''),
      );
    },
  };
};
