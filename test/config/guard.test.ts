import { describe, expect, test } from 'vitest';
import { ConfigurationInvalid, type Problem } from '../../config/problem.ts';
import { readConfiguration } from '../../config/read.ts';
import type { ConfigurationInput } from '../../config/schema.ts';
import { targetsOf } from '../../config/targets.ts';
import { configuration as sample } from '../../examples/shop/slipway.config.ts';
import { configuration as shop } from '../fixtures/configurations/guarded.config.ts';

type Guard = NonNullable<ConfigurationInput['environments'][string]['guard']>;

const withGuard = (guard: unknown): ConfigurationInput => {
  const { production } = shop.environments;
  if (production === undefined) throw new Error('the shop has no production');
  return { ...shop, environments: { production: { ...production, guard: guard as Guard } } };
};

const withDependencies = (dependencies: unknown): ConfigurationInput => {
  const { checkout } = shop.services;
  if (checkout === undefined) throw new Error('the shop has no checkout');
  return {
    ...shop,
    services: { ...shop.services, checkout: { ...checkout, dependencies: dependencies as never } },
  };
};

const termsOf = (input: ConfigurationInput) => targetsOf(readConfiguration(input))[0]?.guard;

const problemsOf = (input: ConfigurationInput): readonly Problem[] => {
  try {
    readConfiguration(input);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return error.problems;
    throw error;
  }
};

describe('configuration: guard', () => {
  test.each([
    ['24h', { seconds: 86_400, rollsBackSeconds: 3_600 }],
    ['30m', { seconds: 1_800, rollsBackSeconds: 1_800 }],
    ['0s', { seconds: 0, rollsBackSeconds: 0 }],
    [{ for: '2h' }, { seconds: 7_200, rollsBackSeconds: 3_600 }],
    [
      { for: '2h', rollsBackFor: '0s' },
      { seconds: 7_200, rollsBackSeconds: 0 },
    ],
    [
      { for: '8h', rollsBackFor: '4h', correlated: { services: 2, within: '10m' } },
      {
        seconds: 28_800,
        rollsBackSeconds: 14_400,
        correlated: { services: 2, withinSeconds: 600 },
      },
    ],
  ])('%j', (guard, expected) => {
    expect(termsOf(withGuard(guard))).toMatchObject(expected);
  });

  test('without a word: a day, back by itself in the first hour; one color has none', () => {
    const terms = new Map(
      targetsOf(readConfiguration(sample)).map(({ targetId, guard }) => [targetId, guard]),
    );
    expect(terms.get('checkout/production/eu-west-1')).toEqual({
      seconds: 86_400,
      rollsBackSeconds: 3_600,
      correlated: { services: 3, withinSeconds: 300 },
    });
    expect(terms.get('checkout/dev/eu-west-1')).toMatchObject({ seconds: 0, rollsBackSeconds: 0 });
  });

  test.each<[string, unknown, string, RegExp]>([
    ['no duration', 'a day', 'environments.production.guard', /a duration such as "24h"/],
    [
      'an unknown key',
      { for: '1h', until: '2h' },
      'environments.production.guard.until',
      /one of the keys for, rollsBackFor, correlated/,
    ],
    [
      'back for longer than it watches',
      { for: '30m', rollsBackFor: '1h' },
      'environments.production.guard.rollsBackFor',
      /at most guard.for \(1800s\)/,
    ],
    [
      'one service is not several',
      { for: '1h', correlated: { services: 1, within: '5m' } },
      'environments.production.guard.correlated.services',
      /at least 2/,
    ],
    [
      'too long to be together',
      { for: '1h', correlated: { services: 3, within: '2h' } },
      'environments.production.guard.correlated.within',
      /at most "1h"/,
    ],
  ])('refuses %s', (_name, guard, path, expected) => {
    const [problem, ...more] = problemsOf(withGuard(guard));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ path, expected: expect.stringMatching(expected) });
  });
});

describe('configuration: dependencies', () => {
  test('of each other, and of what is no service here', () => {
    const [target] = targetsOf(
      readConfiguration(withDependencies({ services: ['search'], alarms: ['payments-down'] })),
    );
    expect(target?.settings.dependencies).toEqual({
      services: ['search'],
      alarms: ['payments-down'],
    });
  });

  test.each([
    ['a misspelt service', ['catalgo'], 'catalog'],
    ['a service that is not here', ['payments'], undefined],
    ['itself', ['checkout'], undefined],
  ])('refuses %s', (_name, services, suggestion) => {
    const [problem] = problemsOf(withDependencies({ services }));
    expect(problem?.path).toBe('services.checkout.dependencies.services[0]');
    expect(problem?.expected).toContain('another service of this configuration: catalog, search');
    expect(problem?.suggestion).toBe(suggestion);
  });
});
