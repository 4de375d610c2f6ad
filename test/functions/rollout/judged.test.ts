import { describe, expect, test } from 'vitest';
import { Analysis } from '../../../functions/domain/target.ts';
import { type RolloutWorld, rolloutWorld } from './rollout-world.ts';
import { shopTarget } from './shop-target.ts';

// Goal: what a service configures of its judge is what its rollouts are judged by.
// Method: the machines and handlers on the local AWS; the target is registered with an analysis of its own; time is virtual.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const targetId = 'checkout/production/eu-west-1';

/** A world in which 1.1.0 is live with a few minutes of traffic, and its second release is judged so. */
const servingWith = async (over: Partial<Analysis>): Promise<RolloutWorld> => {
  const { analysis } = shopTarget();
  const world = await rolloutWorld({ analysis: Analysis.parse({ ...analysis, ...over }) });
  expect(await world.ended(await world.launch('1.1.0'))).toMatchObject({ outcome: 'completed' });
  await world.clock.advance(5 * MINUTE);
  return world;
};

const firstStepOf = async (world: RolloutWorld, version: string): Promise<string> => {
  const execution = await world.launch(version);
  await world.until('the first step', async () => (await world.weights()).green === 50);
  return execution;
};

describe("judged: patience from the service's own rate", () => {
  test.each([
    ['a busy service: two hours', 50, 2 * HOUR, 2 * HOUR],
    ['many requests needed: three times what they take', 20_000, 2.5 * HOUR, 6 * HOUR],
  ])('%s', async (_name, requestsMin, least, most) => {
    const world = await servingWith({ patienceSeconds: null, requestsMin });
    const execution = await firstStepOf(world, '1.2.0');
    const began = world.clock.now();
    world.setLoad(0);
    await world.clock.advance(least - 15 * MINUTE);
    expect((await world.weights()).green).toBe(50);
    expect(await world.ended(execution)).toMatchObject({ outcome: 'rolledBack' });
    expect(world.clock.now() - began).toBeGreaterThan(least);
    const rollback = (await world.ledger.rollout(targetId))?.rollback;
    expect(rollback?.cause).toBe('noEvidence');
    const [, seconds] = /^no pass within (\d+) s at 50 %/.exec(rollback?.reason ?? '') ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThanOrEqual(least);
    expect(Number(seconds) * 1000).toBeLessThanOrEqual(most);
  });
});

describe('judged: failures that the load balancer does not see', () => {
  const errors = { namespace: 'Shop', metric: 'Failed', dimensions: { Color: '{color}' } };

  /** The service counts its own failures, each minute, as gRPC services do. */
  const counting = (world: RolloutWorld, failed: Partial<Record<'blue' | 'green', number>>) => {
    const publish = () => {
      const MetricData = Object.entries(failed).map(([color, Value]) => ({
        MetricName: 'Failed',
        Dimensions: [{ Name: 'Color', Value: color }],
        Value,
      }));
      void world.call('cloudwatch', 'PutMetricData', { Namespace: 'Shop', MetricData });
      world.clock.at(world.clock.now() + MINUTE, publish);
    };
    publish();
  };

  test('condemn', async () => {
    const world = await servingWith({ errors });
    counting(world, { blue: 0, green: 60 });
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'rolledBack' });
    expect((await world.ledger.rollout(targetId))?.rollback).toMatchObject({
      cause: 'judge',
      reason: expect.stringMatching(/^\d+ of the candidate's \d+ requests were bad \(20 %\)/),
    });
  });

  test('are none where the service says 0', async () => {
    const world = await servingWith({ errors });
    counting(world, { blue: 0, green: 0 });
    expect(await world.ended(await world.launch('1.2.0'))).toMatchObject({ outcome: 'completed' });
  });

  test('are unknown where one color says nothing: it stays, and goes back unjudged', async () => {
    const world = await servingWith({ errors, patienceSeconds: 1_800 });
    counting(world, { blue: 0 });
    const execution = await firstStepOf(world, '1.2.0');
    await world.clock.advance(25 * MINUTE);
    expect((await world.weights()).green).toBe(50);
    expect(await world.ended(execution)).toMatchObject({ outcome: 'rolledBack' });
    expect((await world.ledger.rollout(targetId))?.rollback?.cause).toBe('noEvidence');
  });
});
