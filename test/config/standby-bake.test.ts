import { expect, test } from 'vitest';
import { readConfiguration } from '../../config/read.ts';
import { targetsOf } from '../../config/targets.ts';
import { configuration } from '../../examples/shop/slipway.config.ts';

test.each([
  { bake: '30m', primary: 1800, standby: 900 },
  { bake: '15m', primary: 900, standby: 900 },
  { bake: '4m', primary: 240, standby: 240 },
])(
  'targets: a bake of $bake in production lasts at most 15 min where nobody sends requests',
  (at) => {
    const { production } = configuration.environments;
    const read = readConfiguration({
      ...configuration,
      environments: { ...configuration.environments, production: { ...production, bake: at.bake } },
    });
    const seconds = targetsOf(read)
      .filter(({ environment }) => environment === 'production')
      .map(({ bakeSeconds }) => bakeSeconds);
    expect(seconds).toEqual([at.primary, at.standby]);
  },
);
