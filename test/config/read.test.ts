import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secondsOf } from '../../config/duration.ts';
import { ConfigurationInvalid, type Problem } from '../../config/problem.ts';
import { readConfiguration } from '../../config/read.ts';
import type { ConfigurationInput } from '../../config/schema.ts';
import { configuration } from '../../examples/shop/slipway.config.ts';

const problemsOf = (input: unknown): readonly Problem[] => {
  try {
    readConfiguration(input);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return error.problems;
    throw error;
  }
};

type Change = (input: Record<string, never> & ConfigurationInput) => unknown;
const changed = (change: Change): unknown => {
  const copy = structuredClone(configuration) as Parameters<Change>[0];
  change(copy);
  return copy;
};
// biome-ignore lint/suspicious/noExplicitAny: bad input is the point here
const checkout = (input: any) => input.services.checkout;
// biome-ignore lint/suspicious/noExplicitAny: bad input is the point here
const environments = (input: any) => input.environments;

describe('configuration: good', () => {
  test('the sample is read, with durations in seconds and defaults filled in', () => {
    const read = readConfiguration(configuration);
    expect(read.environments['staging']?.bake).toBe(120);
    expect(read.environments['dev']?.traffic).toBe('users');
    expect(read.environments['dev']?.waves).toEqual([['primary']]);
    expect(read.services['checkout']?.gates.scan).toEqual({ failOn: 'HIGH', exceptions: [] });
  });

  test('what is left out is the safe value', () => {
    const read = readConfiguration(
      changed((input) => {
        delete checkout(input).analysis;
        delete checkout(input).gates;
      }),
    );
    expect(read.services['checkout']?.analysis).toMatchObject({
      errorRate: { max: 0.01 },
      minRequests: 200,
      alpha: 0.001,
      onInconclusive: 'rollBack',
      unanswered: true,
      xray: false,
    });
    expect(read.services['checkout']?.analysis).not.toHaveProperty('patience');
    expect(read.services['checkout']?.gates.scan.failOn).toBe('HIGH');
  });
});

describe('configuration: refuses', () => {
  const cases: readonly (readonly [string, Change, Partial<Problem>])[] = [
    [
      'a misspelt key, and says which was meant',
      (input) => {
        checkout(input).repositry = 'x';
      },
      { path: 'services.checkout.repositry', suggestion: 'repository' },
    ],
    [
      'a misspelt key at the top',
      (input) => {
        (input as Record<string, unknown>)['enviroments'] = {};
      },
      { path: 'enviroments', suggestion: 'environments' },
    ],
    [
      'a misspelt key deep down',
      (input) => {
        checkout(input).analysis.minRequest = 1;
      },
      { path: 'services.checkout.analysis.minRequest', suggestion: 'minRequests' },
    ],
    [
      'a misspelt key of a guard',
      (input) => {
        environments(input).dev.guard = { for: '24h', rollBackFor: '1h' };
      },
      {
        path: 'environments.dev.guard.rollBackFor',
        expected: 'one of the keys for, rollsBackFor, correlated',
        suggestion: 'rollsBackFor',
      },
    ],
    [
      'a misspelt key below a guard',
      (input) => {
        environments(input).dev.guard = { for: '1h', correlated: { service: 3, within: '1m' } };
      },
      { path: 'environments.dev.guard.correlated.service', suggestion: 'services' },
    ],
    [
      'a misspelt strategy',
      (input) => {
        environments(input).dev.strategy = { cannary: { step: 10, every: '1m' } };
      },
      { path: 'environments.dev.strategy.cannary', suggestion: 'canary' },
    ],
    [
      'a misspelt key of a strategy, by the keys of that strategy',
      (input) => {
        environments(input).dev.strategy = { linear: { step: 10, evry: '1m' } };
      },
      {
        path: 'environments.dev.strategy.linear.evry',
        expected: 'one of the keys step, every',
        suggestion: 'every',
      },
    ],
    [
      'a misspelt key of one step',
      (input) => {
        environments(input).dev.strategy = { steps: [{ to: 10, hld: '1m' }] };
      },
      { path: 'environments.dev.strategy.steps[0].hld', suggestion: 'hold' },
    ],
    [
      'a misspelt key of manifests',
      (input) => {
        checkout(input).manifests = { path: 'k8s', readyness: '/' };
      },
      { path: 'services.checkout.manifests.readyness', suggestion: 'readiness' },
    ],
    [
      'what is no strategy at all, with those that there are',
      (input) => {
        environments(input).dev.strategy = { surprise: true };
      },
      { path: 'environments.dev.strategy', found: '{"surprise":true}' },
    ],
    [
      'an α by which one rollout in ten would be condemned for nothing',
      (input) => {
        checkout(input).analysis.alpha = 0.1;
      },
      { path: 'services.checkout.analysis.alpha', found: '0.1', expected: 'at most 0.05' },
    ],
    [
      'a policy that would go on without evidence',
      (input) => {
        checkout(input).analysis.onInconclusive = 'promote';
      },
      { path: 'services.checkout.analysis.onInconclusive', found: '"promote"' },
    ],
    [
      'an error metric that is the same for both colors',
      (input) => {
        checkout(input).analysis.errors = {
          namespace: 'Shop',
          metric: 'Failed',
          dimensions: { Service: 'checkout' },
        };
      },
      { path: 'services.checkout.analysis.errors' },
    ],
    [
      'an account that is none',
      (input) => {
        environments(input).dev.account = '12';
      },
      { path: 'environments.dev.account', found: '"12"', expected: 'an account id of 12 digits' },
    ],
    [
      'a duration without unit',
      (input) => {
        environments(input).staging.bake = '10';
      },
      { path: 'environments.staging.bake', found: '"10"' },
    ],
    [
      'a schedule of part of a minute',
      (input) => {
        environments(input).production.strategy = { linear: { step: 10, every: '90s' } };
      },
      { path: 'environments.production.strategy.linear.every' },
    ],
    [
      'an unknown strategy',
      (input) => {
        environments(input).production.strategy = 'yolo';
      },
      { path: 'environments.production.strategy', found: '"yolo"' },
    ],
    [
      'a bake where nothing watches',
      (input) => {
        environments(input).dev.bake = '5m';
      },
      { path: 'environments.dev.bake', found: '300s' },
    ],
    [
      'a standby wave without a standby Region',
      (input) => {
        delete input.regions.standby;
      },
      { path: 'environments.production.waves' },
    ],
    [
      'more replicas at least than at most',
      (input) => {
        checkout(input).workload.replicas = { min: 3, max: 2 };
      },
      { path: 'services.checkout.workload.replicas' },
    ],
    [
      'more hosts and paths than a rule takes',
      (input) => {
        checkout(input).route.hosts = [
          'a.example',
          'b.example',
          'c.example',
          'd.example',
          'e.example',
        ];
      },
      { path: 'services.checkout.route' },
    ],
    [
      'an exception that never ends',
      (input) => {
        checkout(input).gates = {
          scan: {
            exceptions: [{ cve: 'CVE-2026-0001', owner: 'a', reason: 'b', expires: 'never' }],
          },
        };
      },
      { path: 'services.checkout.gates.scan.exceptions[0].expires' },
    ],
    [
      'no services',
      (input) => {
        input.services = {};
      },
      { path: 'services' },
    ],
    [
      'a repository that two services claim',
      (input) => {
        (input.services as Record<string, unknown>)['other'] = {
          ...structuredClone(checkout(input)),
          route: { ...checkout(input).route, priority: 200 },
        };
      },
      { path: 'services.other.repository' },
    ],
    [
      'priorities that overlap',
      (input) => {
        (input.services as Record<string, unknown>)['other'] = {
          ...structuredClone(checkout(input)),
          repository: 'shop/other',
          route: { ...checkout(input).route, priority: 102 },
        };
      },
      { path: 'services.other.route.priority', found: '102' },
    ],
    [
      'a service whose name is too long for a target group',
      (input) => {
        (input.services as Record<string, unknown>)['a-rather-long-name'] = {
          ...structuredClone(checkout(input)),
          repository: 'shop/other',
          route: { ...checkout(input).route, priority: 200 },
        };
      },
      { path: 'services.a-rather-long-name' },
    ],
  ];

  test.each(cases)('%s', (_name, change, expected) => {
    expect(problemsOf(changed(change))).toContainEqual(expect.objectContaining(expected));
  });

  test('everything at once, not one thing after the other', () => {
    const problems = problemsOf(
      changed((input) => {
        checkout(input).workload.port = 0;
        environments(input).dev.account = 'x';
        (input as Record<string, unknown>)['servces'] = {};
      }),
    );
    expect(problems.map(({ path }) => path).sort()).toEqual(
      ['environments.dev.account', 'services.checkout.workload.port', 'servces'].sort(),
    );
  });

  test.each([[null], [undefined], [42], ['text'], [[]]])(
    '%j, which is no configuration at all',
    (input) => {
      expect(problemsOf(input).length).toBeGreaterThan(0);
    },
  );

  test('anything at all without a crash of another kind', () => {
    fc.assert(fc.property(fc.anything(), (input) => Array.isArray(problemsOf(input))));
  });
});

describe('durations', () => {
  test.each([
    ['90s', 90],
    ['10m', 600],
    ['2h', 7200],
    ['1d', 86_400],
    ['1.5h', 5400],
    ['10', undefined],
    ['-1m', undefined],
    ['1w', undefined],
    ['', undefined],
  ] as const)('%s is %s seconds', (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });
});
