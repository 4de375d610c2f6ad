import { describe, expect, test } from 'vitest';
import { ConfigurationInvalid } from '../../config/problem.ts';
import { readConfiguration } from '../../config/read.ts';
import type { ConfigurationInput } from '../../config/schema.ts';
import { configuration as sample } from '../../examples/shop/slipway.config.ts';

const withAnalysis = (analysis: object, route: object = {}): ConfigurationInput => {
  const { checkout } = sample.services;
  if (checkout === undefined) throw new Error('the shop has no checkout');
  return {
    ...sample,
    services: {
      checkout: { ...checkout, analysis, route: { ...checkout.route, ...route } },
    },
  };
};

const problemsOf = (input: ConfigurationInput): string[] => {
  try {
    readConfiguration(input);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationInvalid)) throw error;
    return error.problems.map(({ path, expected }) => `${path}: ${expected}`);
  }
};

const ARN = 'arn:aws:application-signals:eu-west-1:333333333333:slo/checkout';

describe('configuration: signals', () => {
  test.each<[string, object]>([
    ['an objective by name and by ARN', { slos: ['checkout-availability', ARN] }],
    ['a probe', { probe: { path: '/orders?dry=1', perMinute: 600 } }],
    ['alarms with any characters in their names', { alarms: ['checkout: orders/min > 5'] }],
  ])('%s', (_name, analysis) => {
    expect(problemsOf(withAnalysis(analysis))).toEqual([]);
  });

  test.each<[string, object, string, string]>([
    [
      'an alarm by its ARN',
      { alarms: ['arn:aws:cloudwatch:eu-west-1:1:alarm:a'] },
      'alarms[0]',
      'name',
    ],
    ['an objective by another ARN', { slos: ['arn:aws:sns:eu-west-1:1:topic'] }, 'slos[0]', 'ARN'],
    ['an objective without a name', { slos: [''] }, 'slos[0]', 'name'],
    ['a probe without a path', { probe: { perMinute: 10 } }, 'probe.path', ''],
    ['a probe of another host', { probe: { path: 'http://x/', perMinute: 10 } }, 'probe.path', '/'],
    [
      'a probe that is a load test',
      { probe: { path: '/', perMinute: 601 } },
      'probe.perMinute',
      '',
    ],
    ['a probe that never asks', { probe: { path: '/', perMinute: 0 } }, 'probe.perMinute', ''],
  ])('refuses %s', (_name, analysis, path, words) => {
    const problems = problemsOf(withAnalysis(analysis));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`services.checkout.analysis.${path}`);
    expect(problems[0]).toContain(words);
  });

  test.each([
    ['/orders/1', []],
    ['/orders/1?dry=1', []],
    ['/ordersx', ['/orders/*']],
    ['/v2/orders', []],
    ['/v22/orders', ['/orders/*']],
  ])('a probe of %s under /orders/* and /v?/orders', (path, wrong) => {
    const problems = problemsOf(
      withAnalysis({ probe: { path, perMinute: 10 } }, { paths: ['/orders/*', '/v?/orders'] }),
    );
    expect(problems).toHaveLength(wrong.length);
    for (const words of wrong) expect(problems[0]).toContain(words);
  });
});
