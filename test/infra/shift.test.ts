import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { readConfiguration } from '../../config/read.ts';
import type { ConfigurationInput } from '../../config/schema.ts';
import { configuration as sample } from '../../examples/shop/slipway.config.ts';
import { Target } from '../../functions/domain/target.ts';
import { buildStacks } from '../../infra/slipway.ts';

// Goal: a target has CodeDeploy, or it has none of it, and an account and Region has each schedule once.
// Method: the stacks of two services in environments of one account that shift in different ways.

const at = { account: '333333333333', cluster: 'shop' } as const;
const checkout = sample.services['checkout'] as ConfigurationInput['services'][string];
const canary = { canary: { step: 10, every: '5m' } } as const;
const configuration = readConfiguration({
  ...sample,
  services: {
    checkout,
    basket: {
      ...checkout,
      repository: 'shop/basket',
      route: { ...checkout.route, hosts: ['basket.example.com'], priority: 200 },
    },
  },
  environments: {
    one: { ...at, strategy: canary },
    two: { ...at, strategy: canary },
    three: { ...at, strategy: { linear: { step: 10, every: '5m' } } },
    green: { ...at, strategy: 'blueGreen' },
    own: {
      ...at,
      shift: 'schedule',
      strategy: { steps: [{ to: 5, hold: '10m' }] },
    },
    ownlinear: { ...at, shift: 'schedule', strategy: { linear: { step: 7, every: '5m' } } },
  },
});

const templates = new Map<string, Template>();

beforeAll(() => {
  const app = new App({ builtinCloudFormationValidation: false });
  buildStacks(app, configuration);
  for (const child of app.node.children) {
    if ('templateFile' in child) {
      templates.set(child.node.id, Template.fromStack(child as Stack));
    }
  }
});

const template = (part: string): Template => {
  const [found] = [...templates].filter(([id]) => id.includes(part));
  if (found === undefined) throw new Error(`no stack ${part} in ${[...templates.keys()].join()}`);
  return found[1];
};

const namesOf = (of: Template, type: string, property: string): unknown[] =>
  Object.values(of.findResources(type)).map((found) => found['Properties'][property]);

const codeDeployIn = (of: Template): string[] => {
  const { Resources } = of.toJSON() as { Resources: Record<string, { Type: string }> };
  const text = JSON.stringify(Resources).toLowerCase();
  return [
    ...Object.values(Resources)
      .map(({ Type }) => Type)
      .filter((type) => type.startsWith('AWS::CodeDeploy')),
    ...(text.match(/codedeploy[:.a-z_-]*/g) ?? []),
  ];
};

describe("shift: a target's stack", () => {
  test('by CodeDeploy: application, group, both hooks', () => {
    const stack = template('checkout-one');
    stack.resourceCountIs('AWS::CodeDeploy::Application', 1);
    stack.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentConfigName: 'slipway-canary-10-every-5m',
    });
    const functions = namesOf(stack, 'AWS::Lambda::Function', 'FunctionName').map(String);
    expect(functions.filter((name) => name.startsWith('CodeDeployHook_'))).toHaveLength(2);
  });

  test.each(['checkout-own', 'basket-own', 'checkout-ownlinear'])(
    'by its own schedule there is nothing of CodeDeploy, no permission either: %s',
    (name) => {
      expect(codeDeployIn(template(name)).filter((word) => word !== 'codedeploy')).toEqual([]);
    },
  );

  test('whoever moves the alias, the role may, and only this one', () => {
    for (const name of ['checkout-one', 'checkout-own']) {
      const policies = JSON.stringify(template(name).findResources('AWS::IAM::Policy'));
      expect(policies).toContain('lambda:UpdateAlias');
      expect(policies).not.toMatch(/"lambda:UpdateAlias"[^\]]*\],"Effect":"Allow","Resource":"\*"/);
    }
  });

  test('registers what its rollouts will read', () => {
    const targetOf = (name: string): string => {
      const [found, ...others] = namesOf(template(name), 'Custom::SlipwayRegistration', 'Record');
      expect(others).toEqual([]);
      return JSON.stringify(found);
    };
    expect(targetOf('checkout-own')).toContain('\\"codeDeploy\\":null');
    expect(targetOf('checkout-one')).toContain('slipway-canary-10-every-5m');
  });
});

describe("shift: an account and Region's schedules", () => {
  test('are there once for all services and environments, and none that CodeDeploy does not shift by', () => {
    const base = template('base');
    expect(
      namesOf(base, 'AWS::CodeDeploy::DeploymentConfig', 'DeploymentConfigName').sort(),
    ).toEqual(['slipway-canary-10-every-5m', 'slipway-linear-10-every-5m']);
  });
});

describe('shift: what an older stack registered', () => {
  test('still reads: CodeDeploy shifts it', () => {
    const codeDeploy = {
      application: 'a',
      group: 'g',
      configuration: 'c',
      hooks: { before: 'b', after: 'f' },
    };
    const { shape } = Target;
    const read = shape.shiftable.unwrap().shape.codeDeploy.parse(codeDeploy);
    expect(read).toEqual(codeDeploy);
    expect(shape.strategy.parse({ kind: 'canary', percent: 5, everySeconds: 60 }).kind).toBe(
      'canary',
    );
  });
});
