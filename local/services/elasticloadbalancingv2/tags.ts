import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../aws-error.ts';
import type { Operation } from '../service.ts';
import type { BalancerState } from './state.ts';

/** Adds tags or replaces their values; at most 50 per resource. */
export const putTags = (
  state: BalancerState,
  arn: string,
  tags: readonly Tag[] | undefined,
): void => {
  const kept = new Map(state.tags.get(arn));
  const keys = (tags ?? []).map((tag) => tag.Key);
  if (new Set(keys).size !== keys.length) {
    throw new AwsError('DuplicateTagKeysException', 'Tag keys must be unique');
  }
  for (const tag of tags ?? []) kept.set(tag.Key ?? '', tag.Value ?? '');
  if (kept.size > 50) {
    throw new AwsError('TooManyTagsException', 'The maximum number of tags per resource is 50');
  }
  state.tags.set(arn, kept);
};

/** Operations on tags of load balancers, listeners, rules and target groups. */
export const tagOperations = (state: BalancerState): Record<string, Operation> => ({
  AddTags: (input: { ResourceArns?: string[]; Tags?: Tag[] }) => {
    for (const arn of input.ResourceArns ?? []) {
      assertExists(state, arn);
      putTags(state, arn, input.Tags);
    }
    return {};
  },
  RemoveTags: (input: { ResourceArns?: string[]; TagKeys?: string[] }) => {
    for (const arn of input.ResourceArns ?? []) {
      assertExists(state, arn);
      for (const key of input.TagKeys ?? []) state.tags.get(arn)?.delete(key);
    }
    return {};
  },
  DescribeTags: (input: { ResourceArns?: string[] }) => ({
    TagDescriptions: (input.ResourceArns ?? []).map((ResourceArn) => {
      assertExists(state, ResourceArn);
      const tags = state.tags.get(ResourceArn) ?? new Map<string, string>();
      return { ResourceArn, Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
    }),
  }),
});

const assertExists = (state: BalancerState, arn: string): void => {
  if (arn.includes(':loadbalancer/')) state.loadBalancer(arn);
  else if (arn.includes(':listener-rule/')) state.rule(arn);
  else if (arn.includes(':listener/')) state.listener(arn);
  else state.targetGroup(arn);
};
