import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ConfigurationMissing } from '../domain/errors.ts';
import type { RuleSight } from '../ports/traffic.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';
import { ruleSight } from './rule-shapes.ts';

/** Listener rules as they stand now, in the order asked for. Apart from what writes them: who only looks carries less. */
export const readRules = async (
  runtime: Runtime,
  place: Place,
  ruleArns: readonly string[],
): Promise<RuleSight[]> => {
  const answer = await aws(runtime)(ElasticLoadBalancingV2Client, place).send(
    new DescribeRulesCommand({ RuleArns: [...ruleArns] }),
  );
  const seen = (answer.Rules ?? []).map(ruleSight);
  return ruleArns.map((ruleArn) => {
    const rule = seen.find((each) => each.ruleArn === ruleArn);
    if (rule !== undefined) return rule;
    throw new ConfigurationMissing(
      `the listener rule ${ruleArn} does not exist; deploy the target's stack, or put it back`,
    );
  });
};
