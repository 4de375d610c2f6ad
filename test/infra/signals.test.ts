import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { readConfiguration } from '../../config/read.ts';
import type { ConfigurationInput } from '../../config/schema.ts';
import { configuration as sample } from '../../examples/shop/slipway.config.ts';
import { buildStacks } from '../../infra/slipway.ts';

// Goal: what is configured to be watched is watched by every path that heeds alarms, and roles may do that much and no more.
// Method: the stacks of a service with alarms, objectives in and out of its places, and a probe.
const ELSEWHERE = 'arn:aws:application-signals:eu-west-1:222222222222:slo/other';
const checkout = sample.services['checkout'] as ConfigurationInput['services'][string];
const configuration = readConfiguration({
  ...sample,
  services: {
    checkout: {
      ...checkout,
      analysis: {
        ...checkout.analysis,
        alarms: ['orders-anomaly', 'checkout-health'],
        slos: ['checkout-availability', ELSEWHERE],
        probe: { path: '/orders', perMinute: 30 },
      },
    },
  },
});
let templates: Map<string, Template>;

beforeAll(() => {
  const app = new App({ builtinCloudFormationValidation: false });
  buildStacks(app, configuration);
  templates = new Map(
    app.node.children
      .filter((child) => 'templateFile' in child)
      .map((child) => [child.node.id, Template.fromStack(child as Stack)]),
  );
});

const textOf = (environment: string, region = ''): string => {
  const id = [...templates.keys()].find(
    (name) => name.includes('checkout') && name.includes(environment) && name.includes(region),
  );
  const template = templates.get(id ?? '');
  if (template === undefined)
    throw new Error(`no stack of ${environment}: ${[...templates.keys()]}`);
  return JSON.stringify(template.toJSON());
};

const BUDGETS = 'application-signals:BatchGetServiceLevelObjectiveBudgetReport';

describe('signals: stacks', () => {
  test('a configured alarm is a child of the composite alarm and in the rule for state changes', () => {
    const production = textOf('production', 'eu-west-1');
    for (const name of ['orders-anomaly', 'checkout-health']) {
      expect(production.includes(`ALARM(\\"${name}\\")`)).toBe(true);
      expect(new RegExp(`"alarmName":\\[[^\\]]*"${name}"`).test(production)).toBe(true);
    }
  });

  test('budgets are read where users are, of this account and Region alone', () => {
    const production = textOf('production', 'eu-west-1');
    expect(production.includes(BUDGETS)).toBe(true);
    expect(production).toContain(
      'arn:aws:application-signals:eu-west-1:333333333333:slo/checkout-availability',
    );
    expect(production.includes(ELSEWHERE)).toBe(false);
    expect(textOf('staging').includes(BUDGETS)).toBe(false);
    expect(textOf('production', 'eu-central-1').includes(BUDGETS)).toBe(false);
  });

  test('the probe is there where two colors are', () => {
    for (const [environment, region, there] of [
      ['production', 'eu-west-1', true],
      ['production', 'eu-central-1', true],
      ['staging', '', true],
      ['dev', '', false],
    ] as const) {
      expect(textOf(environment, region).includes(`slipway-checkout-${environment}-probe`)).toBe(
        there,
      );
    }
  });
});
