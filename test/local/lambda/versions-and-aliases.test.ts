import { describe, expect, it } from 'vitest';
import { SmallCloud } from './small-cloud.ts';

interface Configuration {
  readonly Version: string;
  readonly RevisionId: string;
  readonly LastUpdateStatus: string;
  readonly CodeSha256: string;
}

interface Alias {
  readonly FunctionVersion: string;
  readonly RevisionId: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights: Record<string, number> };
}

const paint = async () => {
  const cloud = new SmallCloud();
  await cloud.makeFunction(
    'paint',
    'export const handler = (_event, context) => context.functionVersion;',
    { Environment: { Variables: { COLOUR: 'red' } } },
  );
  const recolour = async (COLOUR: string, more: object = {}) =>
    cloud.ask<Configuration>('lambda', 'UpdateFunctionConfiguration', {
      FunctionName: 'paint',
      Environment: { Variables: { COLOUR } },
      ...more,
    });
  const publish = (more: object = {}) =>
    cloud.ask<Configuration>('lambda', 'PublishVersion', { FunctionName: 'paint', ...more });
  /** Makes and publishes another version. */
  const next = async (colour: string) => {
    await recolour(colour);
    await cloud.clock.advance(2_000);
    return publish();
  };
  const alias = (operation: string, more: object = {}) =>
    cloud.ask<Alias>('lambda', `${operation}Alias`, {
      FunctionName: 'paint',
      Name: 'live',
      ...more,
    });
  return { cloud, recolour, publish, next, alias };
};

describe('lambda: versions', () => {
  it('publishes nothing new while nothing has changed', async () => {
    const { publish } = await paint();
    expect((await publish()).Version).toBe('1');
    expect((await publish()).Version).toBe('1');
    expect((await publish({ Description: 'again' })).Version).toBe('1');
  });

  it('counts a changed environment as a change', async () => {
    const { publish, next } = await paint();
    await publish();
    expect((await next('green')).Version).toBe('2');
  });

  it('never gives a number twice, even to a function made anew', async () => {
    const { cloud, publish, next } = await paint();
    await publish();
    await next('green');
    await cloud.ask('lambda', 'DeleteFunction', { FunctionName: 'paint', Qualifier: '2' });
    expect((await next('blue')).Version).toBe('3');
    await cloud.ask('lambda', 'DeleteFunction', { FunctionName: 'paint' });
    await cloud.makeFunction('paint', 'export const handler = () => 0;');
    expect((await publish()).Version).toBe('4');
  });

  it('freezes what it publishes', async () => {
    const { cloud, publish, recolour } = await paint();
    await publish();
    await recolour('green');
    await cloud.clock.advance(2_000);
    const { Environment } = await cloud.ask<{ Environment: unknown }>(
      'lambda',
      'GetFunctionConfiguration',
      { FunctionName: 'paint', Qualifier: '1' },
    );
    expect(Environment).toEqual({ Variables: { COLOUR: 'red' } });
  });

  it('refuses to change or publish while an update is in progress', async () => {
    const { cloud, recolour, publish } = await paint();
    expect((await recolour('green')).LastUpdateStatus).toBe('InProgress');
    const conflict = {
      name: 'ResourceConflictException',
      message:
        'The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:eu-central-1:111111111111:function:paint',
    };
    await expect(recolour('blue')).rejects.toMatchObject(conflict);
    await expect(publish()).rejects.toMatchObject(conflict);
    await cloud.clock.advance(2_000);
    const { LastUpdateStatus } = await cloud.ask<Configuration>(
      'lambda',
      'GetFunctionConfiguration',
      { FunctionName: 'paint' },
    );
    expect(LastUpdateStatus).toBe('Successful');
    await expect(publish()).resolves.toMatchObject({ Version: '1' });
  });

  it('refuses an outdated RevisionId', async () => {
    const { cloud, recolour, publish } = await paint();
    const { RevisionId } = await recolour('green');
    await cloud.clock.advance(2_000);
    await recolour('blue', { RevisionId });
    await cloud.clock.advance(2_000);
    await expect(publish({ RevisionId })).rejects.toMatchObject({
      name: 'PreconditionFailedException',
      $metadata: { httpStatusCode: 412 },
    });
  });

  it('refuses another CodeSha256 than that of $LATEST', async () => {
    const { publish } = await paint();
    await expect(publish({ CodeSha256: 'other' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });

  it('runs the version that is asked for', async () => {
    const { cloud, publish } = await paint();
    await publish();
    const at = (qualifier: string) => cloud.lambda.invoke('paint', {}, { qualifier });
    expect((await at('1')).payload).toBe('1');
    expect((await at('$LATEST')).payload).toBe('$LATEST');
    await expect(at('7')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:eu-central-1:111111111111:function:paint:7',
    });
  });

  it('lists versions with $LATEST first', async () => {
    const { cloud, publish, next } = await paint();
    await publish();
    await next('green');
    const { Versions } = await cloud.ask<{ Versions: Configuration[] }>(
      'lambda',
      'ListVersionsByFunction',
      { FunctionName: 'paint' },
    );
    expect(Versions.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
  });

  it('refuses to make a version resource where nothing has changed', async () => {
    const { cloud, publish } = await paint();
    await publish();
    await expect(cloud.make('AWS::Lambda::Version', { FunctionName: 'paint' })).rejects.toThrow(
      'A version for this Lambda function exists ( 1 ). Modify the function to create a new version.',
    );
  });
});

describe('lambda: aliases', () => {
  const twoVersions = async () => {
    const made = await paint();
    await made.publish();
    await made.next('green');
    await made.alias('Create', { FunctionVersion: '1' });
    return made;
  };

  it('shares invocations between two versions by weight', async () => {
    const { cloud, alias } = await twoVersions();
    await alias('Update', { RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } } });
    const counts: Record<string, number> = { 1: 0, 2: 0 };
    for (let run = 0; run < 400; run += 1) {
      const { executedVersion } = await cloud.lambda.invoke('paint:live', {});
      counts[executedVersion] = (counts[executedVersion] ?? 0) + 1;
    }
    expect(counts['2']).toBeGreaterThan(70);
    expect(counts['2']).toBeLessThan(130);
  });

  it('keeps the routing that an update does not name, and drops one that is empty', async () => {
    const { alias } = await twoVersions();
    await alias('Update', { RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } });
    expect((await alias('Update', { Description: 'x' })).RoutingConfig).toEqual({
      AdditionalVersionWeights: { 2: 0.1 },
    });
    const finished = await alias('Update', {
      FunctionVersion: '2',
      RoutingConfig: { AdditionalVersionWeights: {} },
    });
    expect(finished).toMatchObject({ FunctionVersion: '2' });
    expect(finished.RoutingConfig).toBeUndefined();
  });

  it('lets the first of two writers with the same RevisionId win', async () => {
    const { alias } = await twoVersions();
    const { RevisionId } = await alias('Get');
    await alias('Update', { FunctionVersion: '2', RevisionId });
    await expect(alias('Update', { FunctionVersion: '1', RevisionId })).rejects.toMatchObject({
      name: 'PreconditionFailedException',
    });
    expect((await alias('Get')).FunctionVersion).toBe('2');
  });

  it.each([
    ['three versions', { 2: 0.1, 3: 0.1 }],
    ['itself twice', { 1: 0.1 }],
    ['more than everything', { 2: 1.1 }],
    ['$LATEST', { $LATEST: 0.1 }],
  ])('refuses to route to %s', async (_what, AdditionalVersionWeights) => {
    const { alias } = await twoVersions();
    await expect(
      alias('Update', { RoutingConfig: { AdditionalVersionWeights } }),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  it('refuses versions that do not exist', async () => {
    const { alias } = await twoVersions();
    await expect(alias('Update', { FunctionVersion: '9' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('keeps a version that an alias needs', async () => {
    const { cloud } = await twoVersions();
    await expect(
      cloud.ask('lambda', 'DeleteFunction', { FunctionName: 'paint', Qualifier: '1' }),
    ).rejects.toMatchObject({ name: 'ResourceConflictException' });
  });

  it('tells that an alias is not there as AWS does', async () => {
    const { alias } = await twoVersions();
    await expect(alias('Get', { Name: 'none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message:
        'Cannot find alias arn: arn:aws:lambda:eu-central-1:111111111111:function:paint:none',
    });
  });
});

describe('lambda: permissions', () => {
  it('writes the policy that AWS writes', async () => {
    const { cloud } = await paint();
    await cloud.make('AWS::Lambda::Permission', {
      FunctionName: 'paint',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: 'arn:aws:events:eu-central-1:111111111111:rule/r',
    });
    const { Policy } = await cloud.ask<{ Policy: string }>('lambda', 'GetPolicy', {
      FunctionName: 'paint',
    });
    expect(JSON.parse(Policy)).toMatchObject({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: 'arn:aws:lambda:eu-central-1:111111111111:function:paint',
          Condition: {
            ArnLike: { 'AWS:SourceArn': 'arn:aws:events:eu-central-1:111111111111:rule/r' },
          },
        },
      ],
    });
    expect(cloud.lambda.policyOf('arn:aws:lambda:eu-central-1:111111111111:function:paint')).toBe(
      Policy,
    );
  });

  it('refuses the same statement id twice, and removes one', async () => {
    const { cloud } = await paint();
    const permission = {
      FunctionName: 'paint',
      StatementId: 'one',
      Action: 'lambda:InvokeFunction',
      Principal: '222222222222',
    };
    await cloud.ask('lambda', 'AddPermission', permission);
    await expect(cloud.ask('lambda', 'AddPermission', permission)).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    await cloud.ask('lambda', 'RemovePermission', { FunctionName: 'paint', StatementId: 'one' });
    await expect(cloud.ask('lambda', 'GetPolicy', { FunctionName: 'paint' })).rejects.toMatchObject(
      {
        name: 'ResourceNotFoundException',
      },
    );
  });
});

describe('lambda: what a template may not ask for', () => {
  it.each([
    [
      'a reserved variable',
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      'Reserved keys used in this request: AWS_REGION',
    ],
    [
      'more than 4 KB of variables',
      { Environment: { Variables: { BIG: 'x'.repeat(4_100) } } },
      'exceeded the 4KB limit',
    ],
    ['a timeout over 15 minutes', { Timeout: 901 }, "Value '901' at 'timeout'"],
    ['another runtime', { Runtime: 'python3.13' }, 'runs Node.js functions only'],
    ['an image', { Code: { ImageUri: 'x' } }, 'ImageUri'],
    ['a layer', { Layers: ['arn:layer'] }, 'layers (arn:layer)'],
    ['an asset that was not published', { Code: { S3Bucket: 'other', S3Key: 'k' } }, 'NoSuchKey'],
  ])('%s', async (_what, properties, message) => {
    const cloud = new SmallCloud();
    await expect(
      cloud.makeFunction('bad', 'export const handler = () => 0;', properties),
    ).rejects.toThrow(message);
  });
});
