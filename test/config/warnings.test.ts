import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../config/read.ts';
import type { ConfigurationInput } from '../../config/schema.ts';
import { warningsOf } from '../../config/warnings.ts';
import { configuration } from '../../examples/shop/slipway.config.ts';

type Environment = ConfigurationInput['environments'][string];

const warned = (
  strategy: Environment['strategy'],
  over: Partial<Environment> = {},
  settle = '2m',
) => {
  const input = structuredClone(configuration);
  const { production } = input.environments;
  const { checkout } = input.services;
  if (production === undefined || checkout === undefined) throw new Error('the sample has both');
  input.environments['production'] = { ...production, strategy, ...over };
  input.services['checkout'] = { ...checkout, analysis: { ...checkout.analysis, settle } };
  return warningsOf(readConfiguration(input));
};

describe('configuration: warns', () => {
  test('of a schedule that is shorter than evidence takes, and says what would be right', () => {
    expect(warned({ linear: { step: 10, every: '3m' } })).toEqual([
      {
        path: 'environments.production.strategy.linear.every',
        found: '3m',
        expected: expect.stringMatching(/^at least "6m": .* of checkout takes 4m to 6m/),
      },
    ]);
    const steps = [
      { to: 5, hold: '10m' },
      { to: 50, hold: '2m' },
    ];
    expect(warned({ steps }, { shift: 'schedule' }).map(({ path }) => path)).toEqual([
      'environments.production.strategy.steps[1].hold',
    ]);
    expect(warned({ canary: { step: 10, every: '1m' } })[0]?.path).toBe(
      'environments.production.strategy.canary.every',
    );
  });

  test.each<[string, Environment['strategy'], Partial<Environment>, string]>([
    ['as long as evidence takes', { linear: { step: 10, every: '4m' } }, {}, '2m'],
    ['metrics that are believed sooner', { linear: { step: 10, every: '3m' } }, {}, '60s'],
    ['one step', 'blueGreen', {}, '2m'],
    ['nobody sends requests', { linear: { step: 10, every: '1m' } }, { traffic: 'none' }, '2m'],
  ])('not where there is nothing to warn of: %s', (_name, strategy, over, settle) => {
    expect(warned(strategy, over, settle)).toEqual([]);
  });

  test('nor of the sample', () => {
    expect(warningsOf(readConfiguration(configuration))).toEqual([]);
  });
});
