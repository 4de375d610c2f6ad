import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pointsOf, recorded, runPoint } from '../world/kill-runs.ts';
import { type Ground, groundOf, type KillScenario, scenarioOf } from '../world/kill-scenarios.ts';
import { ENDINGS, nameOf, type Point } from '../world/strikes.ts';

// Goal: whatever ends at whatever point of a rollout or a rollback, users are served by one release and nothing is left over.
// Method: a sample of the points that `npm run kills` tries: those that have hurt, and some of the others.
let ground: Ground;

beforeAll(async () => {
  ground = await groundOf();
}, 120_000);
afterAll(() => ground.visits.stop());

const sampled = async (scenario: KillScenario, every: number): Promise<Point[]> => {
  const effects = await recorded(ground, scenario);
  return pointsOf(ground, scenario, effects).filter((_, index) => index % every === 0);
};

const amiss = async (points: readonly Point[]): Promise<string[]> => {
  const bad: string[] = [];
  for (const point of points) {
    const { faults } = await runPoint(ground, scenarioOf(point.scenario), point);
    if (faults.length > 0) bad.push(`${nameOf(point)}: ${faults.join('; ')}`);
    if (faults.length > 0) ground = await groundOf();
  }
  return bad;
};

describe('killed at any point: what is tried', () => {
  test('is what the functions really do, in both machines, with every kind of ending', async () => {
    const effects = await recorded(ground, scenarioOf('alarm'));
    const points = pointsOf(ground, scenarioOf('alarm'), effects);
    const seen = new Set(points.map(({ functionName, call }) => `${functionName} ${call}`));
    for (const one of [
      'slipway-checkout-production-alarm-fast-path elasticloadbalancingv2.ModifyRule',
      'slipway-claim-rollback dynamodb.TransactWriteItems',
      'slipway-override-traffic elasticloadbalancingv2.ModifyRule',
      'slipway-restore-stable elasticloadbalancingv2.ModifyRule',
      'slipway-checkout-production-scale-workload https.PATCH',
      'slipway-conclude-rollback eventbridge.PutEvents',
    ]) {
      expect(seen).toContain(one);
    }
    expect(new Set(points.map(({ ends }) => ends))).toEqual(new Set(ENDINGS));
  });
});

describe('killed at any point: where it has hurt', { timeout: 120_000 }, () => {
  test('an execution is lost when its rollout has just been completed: the release goes on as released', async () => {
    const scenario = scenarioOf('released');
    const effects = await recorded(ground, scenario);
    const points = pointsOf(ground, scenario, effects).filter(
      ({ functionName, call, ends }) =>
        functionName === 'slipway-conclude-rollout' &&
        call === 'eventbridge.PutEvents' &&
        ends !== 'function',
    );
    expect(points.length).toBeGreaterThanOrEqual(12);
    for (const point of points) {
      expect(await runPoint(ground, scenario, point), nameOf(point)).toMatchObject({
        outcome: 'released',
        faults: [],
      });
    }
  });

  test('an execution is lost while its rollout is being refused: nothing was touched, and nothing is stuck', async () => {
    const scenario = scenarioOf('refused');
    const effects = await recorded(ground, scenario);
    const points = pointsOf(ground, scenario, effects).filter(
      ({ functionName, call }) =>
        functionName === 'slipway-refuse-rollout' && call === 'invocation',
    );
    expect(points.length).toBeGreaterThan(0);
    expect(await amiss(points)).toEqual([]);
  });
});

describe('killed at any point: a sample', () => {
  test.each([
    ['released', 41],
    ['alarm', 29],
    ['oneColor', 37],
    ['byHand', 31],
  ])('%s: one point of %i', { timeout: 120_000 }, async (name, every) => {
    expect(await amiss(await sampled(scenarioOf(name), every))).toEqual([]);
  });
});
