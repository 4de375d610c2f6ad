// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its own placeholders so
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { cloudformationModule } from '../../../local/services/cloudformation/module.ts';
import type { ResourceProvider, ServiceModule } from '../../../local/services/service.ts';
import { ssmModule } from '../../../local/services/ssm/module.ts';

// Goal: what a template says comes to be, is changed, replaced and removed, and put back where a step fails.
// Method: a service with a toy resource type that notes what is done to it.

const START = Date.UTC(2026, 0, 1);
const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';

type Thing = { Name?: string; Fixed?: string; Fail?: string; Needs?: unknown };

let done: string[];
let undeletable: Set<string>;
let directory: string;

const thing: ResourceProvider = {
  create: (properties: Thing, { logicalId }) => {
    done.push(`create ${logicalId} ${JSON.stringify(properties)}`);
    if (properties.Fail) throw new Error(properties.Fail);
    const physicalId = `${logicalId}-${properties.Fixed ?? 'x'}`;
    return { physicalId, attributes: { Arn: `arn:${physicalId}`, Name: properties.Name ?? '' } };
  },
  update: (properties: Thing, previous, { logicalId }) => {
    done.push(`update ${logicalId} ${JSON.stringify(properties)}`);
    if (properties.Fail) throw new Error(properties.Fail);
    const physicalId = `${logicalId}-${properties.Fixed ?? 'x'}`;
    const attributes = { Arn: `arn:${physicalId}`, Name: properties.Name ?? '' };
    return {
      physicalId: physicalId === previous.physicalId ? previous.physicalId : physicalId,
      attributes,
    };
  },
  remove: ({ physicalId }) => {
    if (undeletable.has(physicalId)) throw new Error('still in use');
    done.push(`remove ${physicalId}`);
  },
};
const things: ServiceModule = {
  name: 'things',
  create: () => ({ operations: {} }),
  resources: { 'Test::Thing': thing },
};

interface Stacks {
  [id: string]: { template: unknown; dependencies?: string[]; region?: string; assets?: unknown };
}

const write = (stacks: Stacks): void => {
  const artifacts: Record<string, unknown> = {};
  for (const [id, { template, dependencies = [], region = REGION, assets }] of Object.entries(
    stacks,
  )) {
    writeFileSync(join(directory, `${id}.template.json`), JSON.stringify(template));
    artifacts[id] = {
      type: 'aws:cloudformation:stack',
      environment: `aws://${ACCOUNT}/${region}`,
      properties: { templateFile: `${id}.template.json` },
      dependencies: [...dependencies, ...(assets ? [`${id}.assets`] : [])],
    };
    if (!assets) continue;
    writeFileSync(join(directory, `${id}.assets.json`), JSON.stringify({ files: assets }));
    artifacts[`${id}.assets`] = {
      type: 'cdk:asset-manifest',
      properties: { file: `${id}.assets.json` },
    };
  }
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
};

const resource = (Properties: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  Type: 'Test::Thing',
  Properties,
  ...rest,
});

const make = (modules: ServiceModule[] = []) => {
  const warnings: string[] = [];
  const cloud = new Cloud({
    clock: new VirtualClock(START),
    seed: 1,
    modules: [things, cloudformationModule, ssmModule, ...modules],
    warn: (message) => warnings.push(message),
  });
  const api = <T = Record<string, unknown>>(operation: string, input: unknown = {}) =>
    cloud.call<T>('cloudformation', operation, input, {
      account: ACCOUNT,
      region: REGION,
      principal: operatorOf(ACCOUNT),
    });
  const status = async (name: string) => {
    const { Stacks } = await api<{ Stacks: { StackStatus: string }[] }>('DescribeStacks', {
      StackName: name,
    });
    return Stacks[0]?.StackStatus;
  };
  const deploy = async (stacks: Stacks, options = {}) => {
    write(stacks);
    done = [];
    const results = await cloud.deploy(directory, options);
    return results.map(({ stack, outcome }) => `${stack.name} ${outcome}`);
  };
  return { cloud, api, status, deploy, warnings };
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  done = [];
  undeletable = new Set();
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('template: deploy: order', () => {
  test('template: deploy: order: what is needed comes first, by Ref, GetAtt, Sub and DependsOn', async () => {
    const { deploy } = make();
    await deploy({
      S: {
        template: {
          Resources: {
            A: resource({ Needs: { Ref: 'B' } }),
            B: resource({ Needs: { 'Fn::GetAtt': ['C', 'Arn'] } }),
            C: resource({ Needs: { 'Fn::Sub': 'x${D.Arn}' } }),
            D: resource({}, { DependsOn: 'E' }),
            E: resource({ Name: 'e' }),
          },
        },
      },
    });
    expect(done).toEqual([
      'create E {"Name":"e"}',
      'create D {}',
      'create C {"Needs":"xarn:D-x"}',
      'create B {"Needs":"arn:C-x"}',
      'create A {"Needs":"B-x"}',
    ]);
  });

  test('template: deploy: order: refuses a circle by naming it', async () => {
    const { deploy } = make();
    const template = {
      Resources: { A: resource({ Needs: { Ref: 'B' } }), B: resource({ Needs: { Ref: 'A' } }) },
    };
    await expect(deploy({ S: { template } })).rejects.toThrow('A → B → A');
  });

  test('template: deploy: order: stacks by their dependencies, exports into imports', async () => {
    const { deploy, api } = make();
    const results = await deploy({
      B: {
        dependencies: ['A'],
        template: { Resources: { Two: resource({ Needs: { 'Fn::ImportValue': 'A:One' } }) } },
      },
      A: {
        template: {
          Resources: { One: resource({}) },
          Outputs: { One: { Value: { 'Fn::GetAtt': ['One', 'Arn'] }, Export: { Name: 'A:One' } } },
        },
      },
    });
    expect(results).toEqual(['A created', 'B created']);
    expect(done.at(-1)).toBe('create Two {"Needs":"arn:One-x"}');
    expect((await api('ListExports'))['Exports']).toMatchObject([
      { Name: 'A:One', Value: 'arn:One-x' },
    ]);
    expect(await api('ListImports', { ExportName: 'A:One' })).toEqual({ Imports: ['B'] });
  });

  test('template: deploy: order: only the chosen stacks and what they need', async () => {
    const { deploy } = make();
    const template = { Resources: { R: resource({}) } };
    const stacks = { A: { template }, B: { template, dependencies: ['A'] }, C: { template } };
    expect(await deploy(stacks, { stacks: ['B'] })).toEqual(['A created', 'B created']);
    expect(await deploy(stacks, { stacks: ['C'], exclusively: true })).toEqual(['C created']);
    await expect(deploy(stacks, { stacks: ['D'] })).rejects.toThrow(
      'no stack D in the assembly; it has A, B, C',
    );
  });
});

describe('template: deploy: again', () => {
  const first = {
    S: {
      template: {
        Resources: {
          Same: resource({ Name: 'same' }),
          Changed: resource({ Name: 'one' }),
          Replaced: resource({ Fixed: 'one' }),
          User: resource({ Needs: { Ref: 'Replaced' } }),
          Gone: resource({}),
          Kept: resource({}, { DeletionPolicy: 'Retain' }),
        },
      },
    },
  };
  const second = {
    S: {
      template: {
        Resources: {
          Same: resource({ Name: 'same' }),
          Changed: resource({ Name: 'two' }),
          Replaced: resource({ Fixed: 'two' }),
          User: resource({ Needs: { Ref: 'Replaced' } }),
          New: resource({}),
        },
      },
    },
  };

  test('template: deploy: again: the same touches nothing', async () => {
    const { cloud, deploy, status } = make();
    await deploy(first);
    const events: unknown[] = [];
    cloud.onEvent((event) => events.push(event));
    expect(await deploy(first)).toEqual(['S unchanged']);
    expect(done).toEqual([]);
    expect(events).toEqual([]);
    expect(await status('S')).toBe('CREATE_COMPLETE');
  });

  test('template: deploy: again: changes, replaces, makes, removes, retains', async () => {
    const { deploy, status, api } = make();
    await deploy(first);
    expect(await deploy(second)).toEqual(['S updated']);
    expect(done).toEqual([
      'update Changed {"Name":"two"}',
      'update Replaced {"Fixed":"two"}',
      'update User {"Needs":"Replaced-two"}',
      'create New {}',
      'remove Gone-x',
      'remove Replaced-one',
    ]);
    expect(await status('S')).toBe('UPDATE_COMPLETE');
    const { StackResources } = await api<{ StackResources: { LogicalResourceId: string }[] }>(
      'DescribeStackResources',
      { StackName: 'S' },
    );
    expect(StackResources.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual([
      'Same',
      'Changed',
      'Replaced',
      'User',
      'New',
    ]);
  });

  test('template: deploy: again: a failure puts everything back, newest first', async () => {
    const { deploy, status, api } = make();
    await deploy(first);
    const before = await api('DescribeStackResources', { StackName: 'S' });
    const broken = structuredClone(second);
    Object.assign(broken.S.template.Resources, {
      Last: resource({ Fail: 'no room' }, { Metadata: { 'aws:cdk:path': 'S/Last' } }),
    });
    await expect(deploy(broken)).rejects.toThrow(
      'stack S (111111111111, eu-west-1) is UPDATE_ROLLBACK_COMPLETE: Last (S/Last, Test::Thing): no room',
    );
    expect(done.slice(5)).toEqual([
      'remove New-x',
      'update User {"Needs":"Replaced-one"}',
      'remove Replaced-two',
      'update Changed {"Name":"one"}',
    ]);
    expect(await status('S')).toBe('UPDATE_ROLLBACK_COMPLETE');
    const after = await api('DescribeStackResources', { StackName: 'S' });
    const ids = (answer: Record<string, unknown>) =>
      (answer['StackResources'] as { PhysicalResourceId: string }[]).map(
        (one) => one.PhysicalResourceId,
      );
    expect(ids(after)).toEqual(ids(before));
    expect(await deploy(first)).toEqual(['S unchanged']);
  });

  test('template: deploy: again: a failed change sends the old properties again', async () => {
    const { deploy } = make();
    await deploy({ S: { template: { Resources: { A: resource({ Name: 'a' }) } } } });
    const broken = { S: { template: { Resources: { A: resource({ Name: 'b', Fail: 'no' }) } } } };
    await expect(deploy(broken)).rejects.toThrow('A (Test::Thing): no');
    expect(done).toEqual(['update A {"Name":"b","Fail":"no"}', 'update A {"Name":"a"}']);
  });

  test('template: deploy: again: what cannot be removed fails nothing and is said', async () => {
    const { deploy, warnings } = make();
    await deploy(first);
    undeletable.add('Gone-x');
    expect(await deploy(second)).toEqual(['S updated']);
    expect(warnings).toEqual(['stack S: Gone could not be deleted: still in use']);
  });

  test('template: deploy: again: another type under the same name is refused', async () => {
    const { deploy } = make();
    await deploy({ S: { template: { Resources: { A: resource({}) } } } });
    const other = { S: { template: { Resources: { A: { Type: 'AWS::CDK::Metadata' } } } } };
    await expect(deploy(other)).rejects.toThrow('Update of resource type is not permitted');
  });
});

describe('template: deploy: a new stack that fails', () => {
  const broken = {
    S: {
      template: {
        Resources: {
          A: resource({}),
          K: resource({}, { DeletionPolicy: 'Retain' }),
          E: resource({}, { DeletionPolicy: 'RetainExceptOnCreate' }),
          Z: resource({ Fail: 'broken' }, { DependsOn: ['A', 'K', 'E'] }),
        },
      },
    },
  };

  test('template: deploy: a new stack that fails is taken back and can be made anew', async () => {
    const { deploy, status } = make();
    await expect(deploy(broken)).rejects.toThrow('is ROLLBACK_COMPLETE');
    expect(done.slice(4)).toEqual(['remove E-x', 'remove A-x']);
    expect(await status('S')).toBe('ROLLBACK_COMPLETE');
    const { Z: _, ...whole } = broken.S.template.Resources;
    expect(await deploy({ S: { template: { Resources: whole } } })).toEqual(['S created']);
  });

  test('template: deploy: a new stack that fails and cannot be taken back says both', async () => {
    const { deploy } = make();
    undeletable.add('A-x');
    await expect(deploy(broken)).rejects.toThrow(
      /ROLLBACK_FAILED: Z .*broken; A could not be deleted: still in use/,
    );
  });
});

describe('template: deploy: checks', () => {
  test('template: deploy: checks: all unknown types at once, with stack and path, before anything is touched', async () => {
    const { deploy } = make();
    const unknown = (Type: string, path?: string) => ({
      Type,
      ...(path && { Metadata: { 'aws:cdk:path': path } }),
    });
    const stacks = {
      A: { template: { Resources: { R: resource({}), X: unknown('AWS::X::Y', 'A/X/Resource') } } },
      B: { template: { Resources: { Z: unknown('AWS::Z::Z') } } },
    };
    await expect(deploy(stacks)).rejects.toThrow(
      'AWS::X::Y in stack A at A/X/Resource\n  AWS::Z::Z in stack B at Z',
    );
    expect(done).toEqual([]);
  });

  test('template: deploy: checks: conditions decide what is there', async () => {
    const { deploy } = make();
    const template = {
      Parameters: { Stage: { Type: 'String', Default: 'dev' } },
      Conditions: { Prod: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } },
      Resources: {
        A: resource({}, { Condition: 'Prod' }),
        B: resource({ Needs: { 'Fn::If': ['Prod', { Ref: 'A' }, 'none'] } }),
      },
      Outputs: { A: { Value: { Ref: 'A' }, Condition: 'Prod' } },
    };
    await deploy({ S: { template } });
    expect(done).toEqual(['create B {"Needs":"none"}']);
    await deploy({ S: { template } }, { parameters: { S: { Stage: 'prod' } } });
    expect(done).toEqual(['create A {}', 'update B {"Needs":"A-x"}']);
    expect(await deploy({ S: { template } })).toEqual(['S unchanged']);
    await deploy({ S: { template } }, { parameters: { S: { Stage: 'dev' } } });
    expect(done).toEqual(['update B {"Needs":"none"}', 'remove A-x']);
  });

  test('template: deploy: checks: parameters: missing, unknown, not allowed', async () => {
    const { deploy } = make();
    const template = {
      Parameters: {
        A: { Type: 'String' },
        B: { Type: 'String', AllowedValues: ['x'], Default: 'x' },
      },
      Resources: { R: resource({ Needs: { Ref: 'A' } }) },
    };
    await expect(deploy({ S: { template } })).rejects.toThrow('Parameters: [A] must have values');
    await expect(deploy({ S: { template } }, { parameters: { S: { C: '1' } } })).rejects.toThrow(
      '[C] do not exist',
    );
    await expect(
      deploy({ S: { template } }, { parameters: { S: { A: '1', B: 'y' } } }),
    ).rejects.toThrow('B must be one of x, got y');
  });

  test('template: deploy: checks: the bootstrap version is there; a rule that does not hold stops it', async () => {
    const { deploy } = make();
    const template = (versions: string[]) => ({
      Parameters: {
        BootstrapVersion: {
          Type: 'AWS::SSM::Parameter::Value<String>',
          Default: '/cdk-bootstrap/hnb659fds/version',
        },
      },
      Rules: {
        Check: {
          Assertions: [
            {
              Assert: { 'Fn::Not': [{ 'Fn::Contains': [versions, { Ref: 'BootstrapVersion' }] }] },
              AssertDescription: 'too old',
            },
          ],
        },
      },
      Resources: { R: resource({}) },
    });
    expect(await deploy({ S: { template: template(['1', '2']) } })).toEqual(['S created']);
    await expect(deploy({ S: { template: template(['30']) } })).rejects.toThrow(
      'Rules.Check: too old',
    );
  });

  test('template: deploy: checks: values of Parameter Store, by parameter and by dynamic reference', async () => {
    const { cloud, deploy } = make();
    const put = (Name: string, Value: string, Type = 'String') =>
      cloud.call(
        'ssm',
        'PutParameter',
        { Name, Value, Type },
        { account: ACCOUNT, region: REGION, principal: operatorOf(ACCOUNT) },
      );
    const template = {
      Parameters: {
        One: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/one' },
        Many: { Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/many' },
      },
      Resources: {
        R: resource({ Name: 'x{{resolve:ssm:/one}}y', Needs: [{ Ref: 'One' }, { Ref: 'Many' }] }),
      },
    };
    await expect(deploy({ S: { template } })).rejects.toThrow(
      'One reads /one from Parameter Store',
    );
    await put('/one', '1');
    await put('/many', 'a,b', 'StringList');
    await deploy({ S: { template } });
    expect(done).toEqual(['create R {"Name":"x1y","Needs":["1",["a","b"]]}']);
  });

  test('template: deploy: checks: an export in use stays', async () => {
    const { deploy } = make();
    const producer = (value: string) => ({
      template: {
        Resources: { R: resource({}) },
        Outputs: { O: { Value: value, Export: { Name: 'A:O' } } },
      },
    });
    const consumer = {
      template: { Resources: { R: resource({ Needs: { 'Fn::ImportValue': 'A:O' } }) } },
      dependencies: ['A'],
    };
    await deploy({ A: producer('1'), B: consumer });
    await expect(deploy({ A: producer('2'), B: consumer })).rejects.toThrow(
      'Export A:O cannot be updated as it is in use by B',
    );
  });

  test('template: deploy: checks: a missing assembly says what to do', async () => {
    const { cloud } = make();
    await expect(async () => cloud.deploy(join(directory, 'nowhere'))).rejects.toThrow(
      'run the synthesis first',
    );
  });
});

test('template: deploy: assets are found by bucket and key', async () => {
  const { cloud, deploy } = make();
  await deploy({
    S: {
      template: { Resources: { R: resource({}) } },
      assets: {
        abc: {
          source: { path: 'asset.abc', packaging: 'zip' },
          destinations: {
            here: {
              bucketName: 'cdk-assets-${AWS::AccountId}-${AWS::Region}',
              objectKey: 'abc.zip',
            },
          },
        },
      },
    },
  });
  expect(cloud.asset('cdk-assets-111111111111-eu-west-1', 'abc.zip')).toBe(
    join(directory, 'asset.abc'),
  );
  expect(cloud.asset('cdk-assets-111111111111-eu-west-1', 'other.zip')).toBeUndefined();
});

test('template: delete: in reverse order, retained things stay, names are free again', async () => {
  const { deploy, api } = make();
  const stacks = {
    S: {
      template: {
        Resources: {
          A: resource({ Needs: { Ref: 'B' } }),
          B: resource({}),
          K: resource({}, { DeletionPolicy: 'Retain' }),
        },
      },
    },
  };
  await deploy(stacks);
  done = [];
  await api('DeleteStack', { StackName: 'S' });
  expect(done).toEqual(['remove A-x', 'remove B-x']);
  await expect(api('DescribeStacks', { StackName: 'S' })).rejects.toThrow(
    'Stack with id S does not exist',
  );
});

test('template: events: tell the whole story, newest first', async () => {
  const { deploy, api } = make();
  await deploy({ S: { template: { Resources: { A: resource({}) } } } });
  const { StackEvents } = await api<{
    StackEvents: { LogicalResourceId: string; ResourceStatus: string }[];
  }>('DescribeStackEvents', { StackName: 'S' });
  expect(StackEvents.map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`)).toEqual([
    'S CREATE_COMPLETE',
    'A CREATE_COMPLETE',
    'A CREATE_IN_PROGRESS',
    'S CREATE_IN_PROGRESS',
  ]);
});
