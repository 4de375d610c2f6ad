import type { Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from 'vitest';
import { readWeights } from '../../cli/view/weights.ts';
import type { Shiftable } from '../../functions/domain/target.ts';

// Goal: weights are what users get by the rules that the load balancer answers with, an override included.

const route = {
  weightedRuleArn: 'arn:weighted',
  overrideRuleArn: 'arn:override',
  targetGroupArns: { blue: 'arn:blue', green: 'arn:green' },
};
const forward = (blue: number, green: number): Rule['Actions'] => [
  {
    Type: 'forward',
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: 'arn:blue', Weight: blue },
        { TargetGroupArn: 'arn:green', Weight: green },
      ],
    },
  },
];
const hosts = (...Values: string[]): Rule['Conditions'] => [
  { Field: 'host-header', HostHeaderConfig: { Values } },
];
const weighted = (blue: number, green: number): Rule => ({
  RuleArn: 'arn:weighted',
  Conditions: hosts('shop.example'),
  Actions: forward(blue, green),
});
const override = (host: string, blue = 100, green = 0): Rule => ({
  RuleArn: 'arn:override',
  Conditions: hosts(host),
  Actions: forward(blue, green),
});

const read = (...Rules: Rule[]) => {
  const asked: unknown[] = [];
  const client = {
    send: async ({ input }: { input: unknown }) => {
      asked.push(input);
      return { Rules };
    },
  };
  return readWeights(client as never, { route } as unknown as Shiftable).then((weights) => ({
    weights,
    asked,
  }));
};

describe('weights', () => {
  test.each<[string, Rule[], object]>([
    [
      'the weighted rule',
      [weighted(70, 30), override('off.invalid')],
      { blue: 70, green: 30, overridden: false },
    ],
    [
      'shares of any sum',
      [weighted(1, 3), override('off.invalid')],
      { blue: 25, green: 75, overridden: false },
    ],
    [
      'the override',
      [weighted(70, 30), override('shop.example')],
      { blue: 100, green: 0, overridden: true },
    ],
    [
      'an override that last good cannot carry alone',
      [weighted(70, 30), override('shop.example', 80, 20)],
      { blue: 80, green: 20, overridden: true },
    ],
    [
      'nothing weighs',
      [weighted(0, 0), override('off.invalid')],
      { blue: 0, green: 0, overridden: false },
    ],
    ['no rule there', [], { blue: 0, green: 0, overridden: false }],
    [
      'one group without weights',
      [{ RuleArn: 'arn:weighted', Actions: [{ Type: 'forward', TargetGroupArn: 'arn:green' }] }],
      { blue: 0, green: 100, overridden: false },
    ],
  ])('weights: %s', async (_name, rules, weights) => {
    expect((await read(...rules)).weights).toEqual(weights);
  });

  test('weights: both rules are asked for, and nothing else', async () => {
    const { asked } = await read(weighted(100, 0));
    expect(asked).toEqual([{ RuleArns: ['arn:override', 'arn:weighted'] }]);
  });
});
