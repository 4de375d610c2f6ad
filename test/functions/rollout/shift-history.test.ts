import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../../functions/domain/target.ts';
import { nextStep } from '../../../functions/domain/weights.ts';
import type { BalancerService } from '../../../local/services/elasticloadbalancingv2/module.ts';
import type { LambdaService } from '../../../local/services/lambda/lambda-service.ts';
import { PLACE } from './place.ts';
import type { RolloutWorld } from './rollout-world.ts';
import { type Adapter, shiftedWorld } from './shifted-world.ts';

// Goal: in no history of calls that fail, answers that get lost and metrics that are missing do weights break a rule.
// Method: machines and handlers on the local AWS; what fails is drawn. Each write is looked at while it happens, by what AWS then says.

const targetId = 'checkout/production/eu-west-1';
const CANDIDATE = '3';

const STRATEGIES: readonly (readonly [Adapter, Strategy])[] = [
  ['codeDeploy', { kind: 'linear', stepPercent: 40, everySeconds: 120 }],
  ['schedule', { kind: 'linear', stepPercent: 40, everySeconds: 120 }],
  ['codeDeploy', { kind: 'canary', percent: 10, everySeconds: 60 }],
  [
    'schedule',
    {
      kind: 'steps',
      steps: [
        { percent: 5, holdSeconds: 60 },
        { percent: 30, holdSeconds: 60 },
      ],
    },
  ],
];

/** Calls of a shift that may fail; the rest of a rollout has tests of its own. */
const FRAGILE = new Set([
  'DescribeAlarms',
  'DescribeRules',
  'DescribeTargetHealth',
  'GetAlias',
  'GetDeployment',
  'GetMetricData',
  'ModifyRule',
  'PutLifecycleEventHookExecutionStatus',
  'UpdateAlias',
]);

/** All that the weighted rule and the alias went through, and what of it may not be. */
const watched = (world: RolloutWorld, strategy: Strategy) => {
  const { route } = world.edge;
  const balancer = world.cloud.service<BalancerService>('elasticloadbalancingv2', PLACE);
  const lambda = world.cloud.service<LambdaService>('lambda', PLACE);
  const weights: number[] = [];
  const broken: string[] = [];
  let goesBack = false;
  const aliasPercent = (): number => {
    const alias = lambda.functions.get('slipway-checkout-production-pointer').aliases.get('live');
    if (alias?.functionVersion === CANDIDATE) return 100;
    return Math.round(100 * (alias?.additionalVersionWeights[CANDIDATE] ?? 0));
  };
  const ruleWritten = (): void => {
    const { actions } = balancer.state.rule(route.weightedRuleArn);
    const groups = actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
    const of = (arn: string) =>
      groups.find(({ TargetGroupArn }) => TargetGroupArn === arn)?.Weight ?? -1;
    const candidate = of(route.targetGroupArns.green);
    const sum = of(route.targetGroupArns.blue) + candidate;
    const before = weights.at(-1) ?? 0;
    if (sum !== 100) broken.push(`${sum} in all`);
    if (candidate > aliasPercent()) broken.push(`${candidate} % above ${aliasPercent()} %`);
    if (candidate > before) {
      if (goesBack) broken.push(`up to ${candidate} % after it went back`);
      const step = nextStep(strategy, before);
      if (candidate !== step) broken.push(`from ${before} % to ${candidate} %, not ${step} %`);
    } else if (candidate < before && candidate !== 0) {
      broken.push(`from ${before} % down to ${candidate} %`);
    }
    goesBack ||= candidate < before;
    if (candidate !== before) weights.push(candidate);
  };
  const stop = world.cloud.onCall(({ operation, outcome, input }) => {
    if (operation !== 'ModifyRule' || outcome !== 'ok') return;
    if ((input as { RuleArn?: string }).RuleArn === route.weightedRuleArn) ruleWritten();
  });
  return { weights, broken, stop };
};

/** Fails the calls that the draw names: it is asked in the order of the calls, and runs out. */
const disturb = (world: RolloutWorld, draw: readonly number[]): void => {
  let at = 0;
  const next = (): number => draw[at++] ?? 99;
  const transient = (name: string) => Object.assign(new Error('drawn'), { name });
  world.disturb((operation) => {
    if (!FRAGILE.has(operation)) return undefined;
    const missing = operation === 'GetMetricData' ? 30 : 2;
    return next() < missing ? transient('Throttling') : undefined;
  });
  world.lose((name) =>
    (name === 'Tick' || name === 'CreateDeployment') && next() < 15
      ? transient('TransientFailure')
      : undefined,
  );
};

describe('shift: any history', () => {
  test.each(STRATEGIES)(
    '%s %j: weights go up by declared steps below the alias, and end whole',
    async (adapter, strategy) => {
      const outcomes = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          fc.noBias(fc.array(fc.nat(99), { minLength: 300, maxLength: 300 })),
          fc.nat(2).map((drawn) => drawn === 0),
          async (draw, isBad) => {
            const world = await shiftedWorld(adapter, strategy);
            const history = watched(world, strategy);
            disturb(world, draw);
            if (isBad) world.bad.green = 0.3;
            await world.launch('1.2.0');
            await world.until('the end', async () => {
              const record = await world.ledger.rollout(targetId);
              return record?.version === '1.2.0' && record.endedAt !== null;
            });
            await world.clock.advance(120_000);
            history.stop();
            const record = await world.ledger.rollout(targetId);
            const completed = record?.phase === 'completed';
            outcomes.add(record?.phase ?? '');
            expect(history.broken).toEqual([]);
            expect(record?.phase).toBe(completed ? 'completed' : 'rolledBack');
            expect(await world.weights()).toEqual(
              completed ? { blue: 0, green: 100 } : { blue: 100, green: 0 },
            );
            expect(await world.alias()).toEqual({ version: completed ? '3' : '2', weights: {} });
            if (isBad)
              expect(history.weights.filter((weight) => weight > 0).length).toBeLessThan(2);
          },
        ),
        { seed: 7, numRuns: 5, endOnFailure: true },
      );
      expect([...outcomes].sort()).toEqual(['completed', 'rolledBack']);
    },
    120_000,
  );
});
