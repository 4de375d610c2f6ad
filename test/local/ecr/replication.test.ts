import { beforeEach, describe, expect, it } from 'vitest';
import { ecrModule } from '../../../local/services/ecr/module.ts';
import type { ResourceProvider } from '../../../local/services/service.ts';
import { ACCOUNT, ecrWorld, REGION, sampleImage, sampleIndex } from './ecr-world.ts';

const STANDBY = 'eu-west-1';
const OTHER = '222222222222';
let world: ReturnType<typeof ecrWorld>;
const there = (operation: string, input: object = {}, account = ACCOUNT) =>
  world.call(operation, { repositoryName: 'shop', ...input }, { region: STANDBY, account });
const replicate = (registryId = ACCOUNT, filter?: string) =>
  world.call('PutReplicationConfiguration', {
    replicationConfiguration: {
      rules: [
        {
          destinations: [{ region: STANDBY, registryId }],
          ...(filter && { repositoryFilters: [{ filter, filterType: 'PREFIX_MATCH' }] }),
        },
      ],
    },
  });
const states = async (imageTag: string) =>
  (await world.on('DescribeImageReplicationStatus', { imageId: { imageTag } })).replicationStatuses;

beforeEach(async () => {
  world = ecrWorld();
  await world.on('CreateRepository');
  world.ecr().setReplicationDelay(() => 60_000);
});

describe('ecr: replication:', () => {
  it('an image arrives with the same digest after the delay, and its destination says so', async () => {
    await replicate();
    const digest = await world.push(sampleImage(), 'v1');
    expect(await states('v1')).toEqual([
      { region: STANDBY, registryId: ACCOUNT, status: 'IN_PROGRESS' },
    ]);
    await world.clock.advance(60_000);
    expect(await states('v1')).toMatchObject([{ status: 'COMPLETE' }]);
    expect((await there('DescribeImages')).imageDetails).toMatchObject([
      { imageDigest: digest, imageTags: ['v1'] },
    ]);
    const arrived = world.events.filter(({ region }) => region === STANDBY);
    expect(arrived.map(({ event }) => event)).toMatchObject([
      {
        source: 'aws.ecr',
        'detail-type': 'ECR Replication Action',
        resources: [`arn:aws:ecr:${STANDBY}:${ACCOUNT}:repository/shop`],
        detail: {
          result: 'SUCCESS',
          'repository-name': 'shop',
          'image-digest': digest,
          'source-account': ACCOUNT,
          'action-type': 'REPLICATE',
          'source-region': REGION,
          'image-tag': 'v1',
        },
      },
    ]);
  });

  it('an index brings its children; layers can be read there', async () => {
    const image = sampleImage();
    await world.push(image);
    await replicate();
    await world.push(sampleIndex(image.digest), 'v1');
    await world.clock.advance(60_000);
    const { images } = await there('BatchGetImage', { imageIds: [{ imageDigest: image.digest }] });
    expect(images).toHaveLength(1);
    expect(world.ecr(STANDBY).blob(JSON.parse(image.manifest).layers[0].digest)).toBeDefined();
  });

  it('only what is pushed afterwards, and only what the filter names', async () => {
    await world.push(sampleImage({}, 'before'), 'before');
    await replicate(ACCOUNT, 'ship');
    await world.push(sampleImage({}, 'after'), 'after');
    await world.clock.advance(60_000);
    expect([await states('before'), await states('after')]).toEqual([[], []]);
  });

  it('a tag that is taken and immutable over there is left out', async () => {
    await there('CreateRepository', { imageTagMutability: 'IMMUTABLE' });
    await replicate();
    const first = await world.push(sampleImage({}, 'one'), 'v1');
    const second = await world.push(sampleImage({}, 'two'), 'v1');
    await world.clock.advance(60_000);
    expect((await there('ListImages')).imageIds).toEqual([
      { imageDigest: first, imageTag: 'v1' },
      { imageDigest: second },
    ]);
  });

  it('another account must allow it', async () => {
    await replicate(OTHER);
    await world.push(sampleImage({}, 'one'), 'v1');
    await world.clock.advance(60_000);
    expect(await states('v1')).toMatchObject([{ status: 'FAILED' }]);
    expect(world.eventsOf('ECR Replication Action')[0]?.detail).toMatchObject({
      result: 'FAILED',
    });
    await there(
      'PutRegistryPolicy',
      {
        policyText: JSON.stringify({
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
              Action: ['ecr:ReplicateImage', 'ecr:CreateRepository'],
              Resource: '*',
            },
          ],
        }),
      },
      OTHER,
    );
    await world.push(sampleImage({}, 'two'), 'v2');
    await world.clock.advance(60_000);
    expect(await states('v2')).toMatchObject([{ status: 'COMPLETE', registryId: OTHER }]);
    expect((await there('ListImages', {}, OTHER)).imageIds).toHaveLength(1);
  });

  it('what has arrived goes no further, and not back', async () => {
    await replicate();
    await world.call(
      'PutReplicationConfiguration',
      {
        replicationConfiguration: {
          rules: [{ destinations: [{ region: REGION, registryId: ACCOUNT }] }],
        },
      },
      { region: STANDBY },
    );
    await world.push(sampleImage(), 'v1');
    await world.clock.advance(600_000);
    expect(world.eventsOf('ECR Replication Action')).toHaveLength(1);
  });

  it('a registry does not replicate to itself', async () => {
    await expect(
      world.call('PutReplicationConfiguration', {
        replicationConfiguration: {
          rules: [{ destinations: [{ region: REGION, registryId: ACCOUNT }] }],
        },
      }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('ecr: CloudFormation:', () => {
  const provider = (type: string) => ecrModule.resources[type] as Required<ResourceProvider>;
  const context = (logicalId: string) => ({
    account: ACCOUNT,
    region: REGION,
    stackName: 'Stack',
    stackId: 'arn:aws:cloudformation:eu-central-1:111111111111:stack/Stack/1',
    logicalId,
    cloud: world.cloud,
    principal: world.principal,
  });

  it('a repository is made, changed in place, replaced when renamed, and emptied on delete', async () => {
    const repository = provider('AWS::ECR::Repository');
    const properties = {
      ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      ImageTagMutabilityExclusionFilters: [
        {
          ImageTagMutabilityExclusionFilterType: 'WILDCARD',
          ImageTagMutabilityExclusionFilterValue: 'dev-*',
        },
      ],
      ImageScanningConfiguration: { ScanOnPush: true },
      LifecyclePolicy: { LifecyclePolicyText: '{"rules":[]}' },
      RepositoryPolicyText: { Statement: [] },
      EmptyOnDelete: true,
    };
    const made = await repository.create(properties, context('Images'));
    expect(made.physicalId).toMatch(/^stack-images-[a-z0-9]{12}$/);
    const describe = async () =>
      (await world.call('DescribeRepositories', { repositoryNames: [made.physicalId] }))
        .repositories[0];
    expect(await describe()).toMatchObject({
      repositoryArn: made.attributes['Arn'],
      repositoryUri: made.attributes['RepositoryUri'],
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
      imageScanningConfiguration: { scanOnPush: true },
    });
    const changed = { EmptyOnDelete: true };
    const updated = await repository.update(changed, { ...made, properties }, context('Images'));
    expect(updated.physicalId).toBe(made.physicalId);
    expect(await describe()).toMatchObject({ imageTagMutability: 'MUTABLE' });
    const renamed = await repository.update(
      { RepositoryName: 'other' },
      { ...updated, properties: changed },
      context('Images'),
    );
    expect(renamed.physicalId).toBe('other');
    world.ecr().store(made.physicalId, 'x');
    await repository.remove({ ...updated, properties: changed }, context('Images'));
    expect(world.ecr().registry.repositories.has(made.physicalId)).toBe(false);
  });

  it('registry settings come and go', async () => {
    const replication = provider('AWS::ECR::ReplicationConfiguration');
    const properties = {
      ReplicationConfiguration: {
        Rules: [{ Destinations: [{ Region: STANDBY, RegistryId: ACCOUNT }] }],
      },
    };
    const made = await replication.create(properties, context('Replication'));
    expect(made).toEqual({ physicalId: ACCOUNT, attributes: { RegistryId: ACCOUNT } });
    const rules = async () => (await world.call('DescribeRegistry')).replicationConfiguration.rules;
    expect(await rules()).toMatchObject([{ destinations: [{ region: STANDBY }] }]);
    await replication.remove({ ...made, properties }, context('Replication'));
    expect(await rules()).toEqual([]);
    await provider('AWS::ECR::RegistryScanningConfiguration').create(
      {
        ScanType: 'ENHANCED',
        Rules: [
          {
            ScanFrequency: 'CONTINUOUS_SCAN',
            RepositoryFilters: [{ Filter: '*', FilterType: 'WILDCARD' }],
          },
        ],
      },
      context('Scanning'),
    );
    const { scanningConfiguration } = await world.call('GetRegistryScanningConfiguration');
    expect(scanningConfiguration.scanType).toBe('ENHANCED');
    await provider('AWS::ECR::RegistryPolicy').create(
      { PolicyText: { Statement: [] } },
      context('Policy'),
    );
    expect((await world.call('GetRegistryPolicy')).policyText).toBe('{"Statement":[]}');
  });

  it('a pull-through cache rule is refused by name', () => {
    expect(() => provider('AWS::ECR::PullThroughCacheRule').create({}, context('Cache'))).toThrow(
      /AWS::ECR::PullThroughCacheRule/,
    );
  });
});
