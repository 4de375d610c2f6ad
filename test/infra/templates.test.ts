import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, test } from 'vitest';
import { readConfiguration } from '../../config/read.ts';
import { targetsOf } from '../../config/targets.ts';
import { configDigestOf } from '../../config/workload.ts';
import { configuration as sample } from '../../examples/shop/slipway.config.ts';
import { ServiceRecord } from '../../functions/domain/release.ts';
import { Target } from '../../functions/domain/target.ts';
import { environments } from '../../functions/runtime/env.ts';
import { ANY_RESOURCE } from '../../infra/rules/any-resource.ts';
import { buildStacks } from '../../infra/slipway.ts';

const configuration = readConfiguration(sample);
let app: App;
let templates: Map<string, Template>;

type Statement = {
  Action: string | string[];
  Resource?: unknown;
  Principal?: unknown;
  Effect: string;
};

beforeAll(() => {
  app = new App({ builtinCloudFormationValidation: false });
  buildStacks(app, configuration);
  templates = new Map(
    app.node.children
      .filter((child) => 'templateFile' in child)
      .map((child) => [child.node.id, Template.fromStack(child as Stack)]),
  );
});

const template = (id: string): Template => {
  const found = templates.get(id);
  if (found === undefined)
    throw new Error(`no stack ${id} among ${[...templates.keys()].join(', ')}`);
  return found;
};

const statements = (): { stack: string; id: string; statement: Statement }[] =>
  [...templates].flatMap(([stack, one]) =>
    Object.entries({
      ...one.findResources('AWS::IAM::Policy'),
      ...one.findResources('AWS::IAM::Role'),
    }).flatMap(([id, resource]) => {
      const properties = resource['Properties'] as {
        PolicyDocument?: { Statement: Statement[] };
        Policies?: { PolicyDocument: { Statement: Statement[] } }[];
      };
      const documents = [
        properties.PolicyDocument,
        ...(properties.Policies ?? []).map(({ PolicyDocument }) => PolicyDocument),
      ];
      return documents.flatMap((document) =>
        (document?.Statement ?? []).map((statement) => ({ stack, id, statement })),
      );
    }),
  );

describe('templates: permissions', () => {
  test('no statement allows every action, or every action of a service', () => {
    const wide = statements().filter(({ statement }) =>
      [statement.Action].flat().some((action) => action === '*' || action.endsWith(':*')),
    );
    expect(wide).toEqual([]);
  });

  test('every resource is named but for the actions that take none', () => {
    const wide = statements()
      .filter(({ statement }) => [statement.Resource].flat().includes('*'))
      .flatMap(({ stack, id, statement }) =>
        [statement.Action]
          .flat()
          .filter((action) => ANY_RESOURCE[action] === undefined)
          .map((action) => `${stack} ${id}: ${action}`),
      );
    expect(
      wide,
      'name the resource, or add the action with its reason to infra/rules/any-resource.ts',
    ).toEqual([]);
  });

  test('cdk-nag finds nothing that has not its reason', () => {
    const { violations } = new AwsSolutionsChecks(app).validateScope(app);
    expect(violations).toEqual([]);
  });

  test('cdk-nag would find a role that may do everything', () => {
    const careless = new App({ builtinCloudFormationValidation: false });
    const role = new Role(new Stack(careless, 'careless'), 'Role', {
      assumedBy: new AccountRootPrincipal(),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
    const { violations } = new AwsSolutionsChecks(careless).validateScope(careless);
    expect(violations.length).toBeGreaterThan(0);
  });

  test('the role for handlers wants the external id and a named role', () => {
    const roles = template('slipway-checkout-production-eu-west-1').findResources(
      'AWS::IAM::Role',
      { Properties: { RoleName: 'slipway-euw1-checkout-production-target' } },
    );
    const [role] = Object.values(roles);
    const condition = role?.['Properties'].AssumeRolePolicyDocument.Statement[0].Condition;
    expect(condition.StringEquals['sts:ExternalId']).toBe('slipway-999999999999');
    expect(condition.ArnEquals['aws:PrincipalArn']).toContain(
      'arn:aws:iam::999999999999:role/slipway-euw1-tick',
    );
  });
});

describe('templates: registration', () => {
  test.each(targetsOf(configuration).map((target) => [target.targetId, target] as const))(
    '%s registers what handlers can read',
    (_id, target) => {
      const [resource] = Object.values(
        template(`${target.prefix}-${target.region}`).findResources('Custom::SlipwayRegistration'),
      );
      const record = Target.parse(JSON.parse(flattened(resource?.['Properties'].Record)));
      expect(record).toMatchObject({
        targetId: target.targetId,
        account: target.account,
        strategy: target.strategy,
      });
      expect((record.plainRoute === null) !== (record.shiftable === null)).toBe(true);
    },
  );

  test('the service registers its gates and its path', () => {
    const [resource] = Object.values(
      template('slipway-checkout').findResources('Custom::SlipwayRegistration'),
    );
    const record = ServiceRecord.parse(JSON.parse(resource?.['Properties'].Record));
    expect(record.environments.map(({ environment }) => environment)).toEqual([
      'dev',
      'test',
      'staging',
      'production',
    ]);
    expect(record.environments.at(-1)?.waves).toEqual([['eu-west-1'], ['eu-central-1']]);
    const settings = configuration.services['checkout'];
    expect(settings && configDigestOf(settings.workload)).toBe(record.configDigest);
  });
});

describe('templates: environments', () => {
  const functions = () =>
    [...templates].flatMap(([stack, one]) =>
      Object.values(one.findResources('AWS::Lambda::Function')).map((resource) => {
        const name = String(resource['Properties'].FunctionName);
        const variables = (resource['Properties'].Environment?.Variables ?? {}) as Record<
          string,
          unknown
        >;
        const entry = Object.keys(environments).find((known) =>
          isOf(name, known.split('/')[1] ?? ''),
        );
        return { stack, name, entry, variables };
      }),
    );
  const isOf = (functionName: string, handler: string): boolean =>
    functionName === `slipway-${handler}` ||
    functionName.endsWith(`-${handler}`) ||
    (handler === 'answer-hook' && functionName.startsWith('CodeDeployHook_'));

  test('every function has what its handler reads', () => {
    for (const { stack, name, entry, variables } of functions()) {
      if (name.endsWith('-pointer')) continue;
      const schema = environments[entry as keyof typeof environments];
      expect(schema, `${stack} ${name} has a schema in functions/runtime/env.ts`).toBeDefined();
      const filled = Object.fromEntries(
        Object.entries(variables).map(([key, value]) => [key, flattened(value)]),
      );
      expect(schema.safeParse(filled).error, `${stack} ${name}`).toBeUndefined();
    }
  });
});

describe('templates: what must stand', () => {
  test('stateful resources are kept, encrypted and recoverable', () => {
    const ledger = template('slipway-ledger');
    ledger.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain' });
    ledger.allResourcesProperties('AWS::DynamoDB::Table', {
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
    ledger.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  test('an account and Region gets a base stack with a key where a target has two colors, and nowhere else', () => {
    const places = targetsOf(configuration).filter(({ colors }) => colors === 2);
    const expected = new Set(
      places.map(({ account, region }) => `slipway-base-${account}-${region}`),
    );
    expect(new Set([...templates.keys()].filter((id) => id.startsWith('slipway-base-')))).toEqual(
      expected,
    );
    for (const id of expected) template(id).resourceCountIs('AWS::KMS::Key', 1);
    const oneColor = targetsOf(configuration).filter(({ colors }) => colors === 1);
    expect(oneColor.length).toBeGreaterThan(0);
    for (const { prefix, region } of oneColor) {
      expect(JSON.stringify(template(`${prefix}-${region}`).toJSON())).not.toContain('kms');
    }
  });

  test('one-color targets get no second target group, override, composite alarm or X-Ray groups', () => {
    const dev = template('slipway-checkout-dev-eu-west-1');
    dev.resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 1);
    dev.resourceCountIs('AWS::CloudWatch::CompositeAlarm', 0);
    dev.resourceCountIs('AWS::XRay::Group', 0);
    dev.resourceCountIs('Custom::SlipwayRoute', 0);
    dev.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
  });

  test('CloudFormation writes nothing that a rollout changes', () => {
    const production = template('slipway-checkout-production-eu-west-1');
    production.resourceCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', 0);
    production.resourceCountIs('AWS::Lambda::Alias', 0);
    const [pointer] = Object.values(
      production.findResources('AWS::Lambda::Function', {
        Properties: { FunctionName: 'slipway-checkout-production-pointer' },
      }),
    );
    expect(pointer?.['Properties'].Environment).toBeUndefined();
  });

  test('CodeDeploy rolls back on failure, alarm and request, and does not go on when it cannot read alarms', () => {
    template('slipway-checkout-production-eu-west-1').hasResourceProperties(
      'AWS::CodeDeploy::DeploymentGroup',
      {
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
        },
        AlarmConfiguration: { Enabled: true, IgnorePollAlarmFailure: false },
      },
    );
  });

  test('machines name functions by version, and are started through an alias', () => {
    const pipeline = template('slipway-pipeline');
    pipeline.resourceCountIs('AWS::StepFunctions::StateMachineAlias', 3);
    for (const machine of Object.values(
      pipeline.findResources('AWS::StepFunctions::StateMachine'),
    )) {
      for (const [name, value] of Object.entries(machine['Properties'].DefinitionSubstitutions)) {
        if (name.endsWith('Fn')) expect(JSON.stringify(value), name).toMatch(/CurrentVersion/);
      }
    }
  });

  test('functions run on Node 24 on ARM with active tracing', () => {
    for (const one of templates.values()) {
      if (Object.keys(one.findResources('AWS::Lambda::Function')).length === 0) continue;
      one.allResourcesProperties('AWS::Lambda::Function', {
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      });
    }
  });

  test('only what talks to a cluster is placed in its network, and the cluster knows its role', () => {
    const production = template('slipway-checkout-production-eu-west-1');
    const placed = Object.values(production.findResources('AWS::Lambda::Function'))
      .filter((resource) => resource['Properties'].VpcConfig !== undefined)
      .map((resource) => resource['Properties'].FunctionName);
    expect(placed.sort()).toEqual(
      ['apply-workload', 'check-workload', 'scale-workload', 'smoke-test'].map(
        (name) => `slipway-checkout-production-${name}`,
      ),
    );
    production.hasResourceProperties('AWS::EKS::AccessEntry', {
      ClusterName: 'shop-production',
      KubernetesGroups: ['slipway'],
    });
  });

  test('the alarm fast path has its own concurrency, role, dead letters, and one rule it may write', () => {
    const production = template('slipway-checkout-production-eu-west-1');
    production.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'slipway-checkout-production-alarm-fast-path',
      ReservedConcurrentExecutions: 5,
    });
    production.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } },
    });
  });
});

/** A token made of Fn::Join, with each reference replaced by a name: enough to read the JSON that it is. */
const flattened = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const joined = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  if (joined !== undefined) return joined[1].map(flattened).join(joined[0]);
  return 'token';
};
