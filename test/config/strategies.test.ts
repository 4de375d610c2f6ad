import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigurationInvalid, type Problem } from '../../config/problem.ts';
import { readConfiguration } from '../../config/read.ts';
import type { ConfigurationInput } from '../../config/schema.ts';
import { customConfigurationOf, scheduleSeconds } from '../../config/strategy.ts';
import { CODEDEPLOY_CONFIGURATIONS_MAX } from '../../config/strategy-check.ts';
import { targetsOf } from '../../config/targets.ts';
import { configuration as sample } from '../../examples/shop/slipway.config.ts';

type Environment = ConfigurationInput['environments'][string];

const production = sample.environments['production'] as Environment;
const withProduction = (change: Partial<Environment>): ConfigurationInput => ({
  ...sample,
  environments: { ...sample.environments, production: { ...production, ...change } },
});

const problemsOf = (input: unknown): readonly Problem[] => {
  try {
    readConfiguration(input);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return error.problems;
    throw error;
  }
};

const STEPS = {
  steps: [
    { to: 1, hold: '10m' },
    { to: 5, hold: '10m' },
    { to: 25, hold: '20m' },
  ],
};

describe('strategies: read', () => {
  test.each([
    ['rolling', 'codeDeploy', 1, null, { kind: 'rolling' }],
    ['recreate', 'codeDeploy', 1, null, { kind: 'recreate' }],
    ['allAtOnce', 'codeDeploy', 2, 'codeDeploy', { kind: 'allAtOnce' }],
    ['blueGreen', 'schedule', 2, 'schedule', { kind: 'blueGreen' }],
    [
      { canary: { step: 5, every: '10m' } },
      'codeDeploy',
      2,
      'codeDeploy',
      { kind: 'canary', percent: 5, everySeconds: 600 },
    ],
    [
      { linear: { step: 20, every: '5m' } },
      'schedule',
      2,
      'schedule',
      { kind: 'linear', stepPercent: 20, everySeconds: 300 },
    ],
    [
      STEPS,
      'schedule',
      2,
      'schedule',
      {
        kind: 'steps',
        steps: [
          { percent: 1, holdSeconds: 600 },
          { percent: 5, holdSeconds: 600 },
          { percent: 25, holdSeconds: 1_200 },
        ],
      },
    ],
  ] as const)('%j by %s', (strategy, shift, colors, by, read) => {
    const input = withProduction({ strategy, shift, bake: '0s' } as Environment);
    const [primary, standby] = targetsOf(readConfiguration(input)).filter(
      ({ environment }) => environment === 'production',
    );
    expect(primary).toMatchObject({ strategy: read, colors, shift: by });
    // Without users of its own a standby has no steps, and who moves its alias stays the same.
    const followed = colors === 1 ? read : { kind: 'blueGreen' };
    expect(standby).toMatchObject({ strategy: followed, colors, shift: by });
  });

  test('what is left out is CodeDeploy', () => {
    const targets = targetsOf(readConfiguration(sample)).filter(({ colors }) => colors === 2);
    expect(targets.map(({ shift }) => shift)).toEqual(targets.map(() => 'codeDeploy'));
  });

  test.each([
    [{ canary: { step: 5, every: '10m' } }, 600],
    [{ linear: { step: 30, every: '4m' } }, 720],
    [{ linear: { step: 50, every: '4m' } }, 240],
    [STEPS, 2_400],
    ['blueGreen', 0],
  ] as const)('%j lasts %i s at least', (strategy, seconds) => {
    const input = withProduction({ strategy, shift: 'schedule' } as Environment);
    const found = targetsOf(readConfiguration(input)).find(
      ({ environment }) => environment === 'production',
    );
    expect(found && scheduleSeconds(found.strategy)).toBe(seconds);
  });
});

describe('strategies: refused', () => {
  test.each([
    [
      'steps by CodeDeploy, which knows none',
      { strategy: STEPS },
      { path: 'environments.production.shift', found: '"codeDeploy"' },
    ],
    [
      'a schedule where one color is replaced in place',
      { strategy: 'rolling', shift: 'schedule', bake: '0s' },
      { path: 'environments.production.shift', found: '"schedule"' },
    ],
    [
      'steps that fall',
      {
        strategy: {
          steps: [
            { to: 10, hold: '5m' },
            { to: 5, hold: '5m' },
          ],
        },
        shift: 'schedule',
      },
      { path: 'environments.production.strategy.steps' },
    ],
    [
      'a step twice',
      {
        strategy: {
          steps: [
            { to: 10, hold: '5m' },
            { to: 10, hold: '5m' },
          ],
        },
        shift: 'schedule',
      },
      { path: 'environments.production.strategy.steps' },
    ],
    [
      'a step to everything, which comes by itself',
      { strategy: { steps: [{ to: 100, hold: '5m' }] }, shift: 'schedule' },
      { path: 'environments.production.strategy.steps[0].to', expected: 'at most 99' },
    ],
    [
      'no steps',
      { strategy: { steps: [] }, shift: 'schedule' },
      { path: 'environments.production.strategy.steps' },
    ],
    [
      'more than two days',
      { strategy: { linear: { step: 1, every: '30m' } } },
      {
        path: 'environments.production.strategy',
        found: '2970 minutes from the first share to all of it',
      },
    ],
    [
      'a bake where nothing watches',
      { strategy: 'allAtOnce', bake: '5m' },
      { path: 'environments.production.bake' },
    ],
    [
      'another mover',
      { shift: 'gateway' },
      { path: 'environments.production.shift', expected: 'one of "codeDeploy", "schedule"' },
    ],
  ] as const)('%s', (_name, change, problem) => {
    const problems = problemsOf(withProduction(change as unknown as Environment));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject(problem);
  });
});

describe("strategies: CodeDeploy's own limit", () => {
  /** So many environments of one account, each with a schedule of its own. */
  const many = (count: number, change: (index: number) => object = () => ({})) => ({
    ...sample,
    environments: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `e${index}`,
        {
          account: '333333333333',
          cluster: 'shop',
          strategy: { canary: { step: 5, every: `${index + 1}m` } },
          ...change(index),
        },
      ]),
    ),
  });

  test('50 different schedules in an account and Region, not one more', () => {
    expect(problemsOf(many(CODEDEPLOY_CONFIGURATIONS_MAX))).toEqual([]);
    const [problem, ...others] = problemsOf(many(CODEDEPLOY_CONFIGURATIONS_MAX + 1));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      path: 'environments',
      found: '51 different canary and linear schedules in account 333333333333, Region eu-west-1',
    });
    expect(problem?.expected).toContain('at most 50');
  });

  test.each([
    ['equal ones count once', () => ({ strategy: { canary: { step: 5, every: '1m' } } })],
    ['own schedules count not at all', () => ({ shift: 'schedule' })],
    ['strategies that CodeDeploy has ready neither', () => ({ strategy: 'blueGreen' })],
    ['each account has its own', (index: number) => ({ account: `${333333333330 + (index % 2)}` })],
  ])('%s', (_name, change) => {
    expect(problemsOf(many(80, change))).toEqual([]);
  });

  test('two schedules have one name only when they are one', () => {
    const schedule = fc.record({
      kind: fc.constantFrom('canary', 'linear'),
      percent: fc.integer({ min: 1, max: 99 }),
      minutes: fc.integer({ min: 1, max: 2_880 }),
    });
    const nameOf = ({
      kind,
      percent,
      minutes,
    }: {
      kind: string;
      percent: number;
      minutes: number;
    }) =>
      customConfigurationOf(
        kind === 'canary'
          ? { kind, percent, everySeconds: minutes * 60 }
          : { kind: 'linear', stepPercent: percent, everySeconds: minutes * 60 },
      );
    fc.assert(
      fc.property(schedule, schedule, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(nameOf(one) === nameOf(other)).toBe(same);
      }),
    );
  });
});
