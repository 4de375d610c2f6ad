import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../local/services/ecr/digest.ts';
import {
  ACCOUNT,
  ecrWorld,
  OCI_INDEX,
  OCI_MANIFEST,
  sampleImage,
  sampleIndex,
} from './ecr-world.ts';

const WHERE = `in the repository with name 'shop' in the registry with id '${ACCOUNT}'`;
let world: ReturnType<typeof ecrWorld>;
beforeEach(async () => {
  world = ecrWorld();
  await world.on('CreateRepository');
});

describe('ecr: repositories:', () => {
  it('are described, and gone when deleted', async () => {
    const { repositories } = await world.call('DescribeRepositories', {
      repositoryNames: ['shop'],
    });
    expect(repositories[0]).toMatchObject({
      repositoryArn: `arn:aws:ecr:eu-central-1:${ACCOUNT}:repository/shop`,
      repositoryUri: `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/shop`,
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
    await world.push(sampleImage());
    expect(await world.failure('DeleteRepository')).toMatchObject({
      name: 'RepositoryNotEmptyException',
      message: `The repository with name 'shop' in registry with id '${ACCOUNT}' cannot be deleted because it still contains images`,
    });
    await world.on('DeleteRepository', { force: true });
    expect(await world.failure('ListImages')).toMatchObject({
      name: 'RepositoryNotFoundException',
      message: `The repository with name 'shop' does not exist in the registry with id '${ACCOUNT}'`,
    });
  });

  it.each([
    ['twice', { repositoryName: 'shop' }, 'RepositoryAlreadyExistsException'],
    ['with capitals', { repositoryName: 'Shop' }, 'InvalidParameterException'],
    [
      'with filters but no exclusion',
      {
        repositoryName: 'x1',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'a' }],
      },
      'InvalidParameterException',
    ],
    [
      'with exclusion but no filters',
      { repositoryName: 'x2', imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' },
      'InvalidParameterException',
    ],
  ])('are not made %s', async (_name, input, name) => {
    expect((await world.failure('CreateRepository', input)).name).toBe(name);
  });

  it('are reached from another account by registryId', async () => {
    const digest = await world.push(sampleImage(), 'v1');
    const input = { repositoryName: 'shop', imageIds: [{ imageTag: 'v1' }] };
    const from = { account: '222222222222' };
    const { imageDetails } = await world.call(
      'DescribeImages',
      { ...input, registryId: ACCOUNT },
      from,
    );
    expect(imageDetails).toMatchObject([{ registryId: ACCOUNT, imageDigest: digest }]);
    await expect(world.call('DescribeImages', input, from)).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
    });
  });

  it('keep policies as text; what is missing or no JSON is said', async () => {
    expect((await world.failure('GetLifecyclePolicy')).name).toBe(
      'LifecyclePolicyNotFoundException',
    );
    await world.on('PutLifecyclePolicy', { lifecyclePolicyText: '{"rules":[]}' });
    expect((await world.on('GetLifecyclePolicy')).lifecyclePolicyText).toBe('{"rules":[]}');
    await world.on('SetRepositoryPolicy', { policyText: '{"Statement":[]}' });
    expect((await world.on('GetRepositoryPolicy')).policyText).toBe('{"Statement":[]}');
    expect((await world.failure('SetRepositoryPolicy', { policyText: '{' })).message).toMatch(
      /Invalid JSON syntax/,
    );
  });
});

describe('ecr: push:', () => {
  it('stores the image and says so with the documented event', async () => {
    const image = sampleImage();
    expect(await world.push(image, 'v1')).toBe(image.digest);
    expect(world.eventsOf('ECR Image Action')).toMatchObject([
      {
        source: 'aws.ecr',
        resources: [],
        detail: {
          result: 'SUCCESS',
          'repository-name': 'shop',
          'image-digest': image.digest,
          'action-type': 'PUSH',
          'image-tag': 'v1',
        },
      },
    ]);
    const { imageDetails } = await world.on('DescribeImages', { imageIds: [{ imageTag: 'v1' }] });
    expect(imageDetails).toMatchObject([
      {
        imageDigest: image.digest,
        imageTags: ['v1'],
        imagePushedAt: new Date(world.clock.now()),
        imageManifestMediaType: OCI_MANIFEST,
        artifactMediaType: 'application/vnd.oci.image.config.v1+json',
        imageSizeInBytes: image.blobs.join('').length,
      },
    ]);
  });

  it('an untagged push has no image-tag in its event', async () => {
    await world.push(sampleImage());
    expect(world.eventsOf('ECR Image Action')[0]?.detail).not.toHaveProperty('image-tag');
  });

  it('layers, children and digest must be right', async () => {
    const image = sampleImage();
    const index = sampleIndex(image.digest);
    const [config, layer] = image.blobs.map(digestOf);
    expect(await world.failure('PutImage', { imageManifest: image.manifest })).toMatchObject({
      name: 'LayersNotFoundException',
      message: `Layers with digests '[${config}, ${layer}]' required for pushing image into repository with name 'shop' in the registry with id '${ACCOUNT}' do not exist`,
    });
    expect(await world.failure('PutImage', { imageManifest: index.manifest })).toMatchObject({
      name: 'ReferencedImagesNotFoundException',
    });
    await world.push(image);
    expect(
      await world.failure('PutImage', {
        imageManifest: index.manifest,
        imageDigest: image.digest,
      }),
    ).toMatchObject({ name: 'ImageDigestDoesNotMatchException' });
    await world.push(index, 'v1');
    expect(world.eventsOf('ECR Image Action')).toHaveLength(2);
  });

  it.each([
    ['{', undefined, /Invalid JSON syntax/],
    ['{"schemaVersion":2}', undefined, /must be given for a manifest without mediaType/],
    [
      '{"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+json"}',
      undefined,
      /Unsupported manifest media type/,
    ],
    [
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST }),
      OCI_INDEX,
      /must be the manifest's own mediaType/,
    ],
    [
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: { mediaType: 'a', digest: 'sha256:12', size: 1 },
        layers: [],
      }),
      undefined,
      /config must have a digest like sha256/,
    ],
    [
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX }),
      undefined,
      /manifests must be a list/,
    ],
  ])('refused: manifest %s', async (imageManifest, imageManifestMediaType, message) => {
    const error = await world.failure('PutImage', { imageManifest, imageManifestMediaType });
    expect(error.name).toBe('InvalidParameterException');
    expect(error.message).toMatch(message);
  });

  it('the same image and tag again is an error, another tag is not', async () => {
    const image = sampleImage();
    await world.push(image, 'v1');
    expect(
      await world.failure('PutImage', { imageManifest: image.manifest, imageTag: 'v1' }),
    ).toMatchObject({
      name: 'ImageAlreadyExistsException',
      message: `Image with digest '${image.digest}' and tag 'v1' already exists ${WHERE}`,
    });
    await world.push(image, 'v2');
    const { imageDetails } = await world.on('DescribeImages');
    expect(imageDetails).toMatchObject([{ imageTags: ['v1', 'v2'] }]);
  });

  it('a mutable tag moves to the newer image', async () => {
    const [old, newer] = [sampleImage({}, 'one'), sampleImage({}, 'two')];
    await world.push(old, 'latest');
    await world.push(newer, 'latest');
    const tags = (filter: object) =>
      world.on('ListImages', { filter }).then(({ imageIds }) => imageIds);
    expect(await tags({ tagStatus: 'TAGGED' })).toEqual([
      { imageDigest: newer.digest, imageTag: 'latest' },
    ]);
    expect(await tags({ tagStatus: 'UNTAGGED' })).toEqual([{ imageDigest: old.digest }]);
  });

  const filters = [{ filterType: 'WILDCARD', filter: 'dev-*' }];
  it.each([
    ['MUTABLE', undefined, { v1: true, 'dev-1': true }],
    ['IMMUTABLE', undefined, { v1: false, 'dev-1': false }],
    ['IMMUTABLE_WITH_EXCLUSION', filters, { v1: false, 'dev-1': true }],
    ['MUTABLE_WITH_EXCLUSION', filters, { v1: true, 'dev-1': false }],
  ])('%s', async (imageTagMutability, imageTagMutabilityExclusionFilters, moves) => {
    await world.on('PutImageTagMutability', {
      imageTagMutability,
      imageTagMutabilityExclusionFilters,
    });
    for (const [tag, allowed] of Object.entries(moves)) {
      await world.push(sampleImage({}, `${tag} one`), tag);
      const second = await world.push(sampleImage({}, `${tag} two`), tag).then(
        () => 'moved',
        ({ name, message }: Error) => `${name}: ${message}`,
      );
      expect(second).toBe(
        allowed
          ? 'moved'
          : `ImageTagAlreadyExistsException: The image tag '${tag}' already exists in the 'shop' repository and cannot be overwritten because the repository is immutable.`,
      );
      const { imageDetails } = await world.on('DescribeImages', { imageIds: [{ imageTag: tag }] });
      const layer = allowed ? `${tag} two` : `${tag} one`;
      expect(imageDetails[0].imageDigest).toBe(sampleImage({}, layer).digest);
    }
  });
});

describe('ecr: layers:', () => {
  const upload = async (...parts: Uint8Array[]): Promise<string> => {
    const { uploadId } = await world.on('InitiateLayerUpload');
    let first = 0;
    for (const layerPartBlob of parts) {
      const partLastByte = first + layerPartBlob.byteLength - 1;
      await world.on('UploadLayerPart', {
        uploadId,
        layerPartBlob,
        partFirstByte: first,
        partLastByte,
      });
      first = partLastByte + 1;
    }
    return uploadId;
  };
  const MB = 1024 * 1024;

  it('an upload in parts becomes a layer that can be fetched by its address', async () => {
    const parts = [new Uint8Array(5 * MB).fill(1), new Uint8Array(10).fill(2)];
    const digest = digestOf(Buffer.concat(parts));
    const check = () =>
      world.on('BatchCheckLayerAvailability', { layerDigests: [digest, 'nonsense'] });
    expect(await check()).toMatchObject({
      layers: [{ layerAvailability: 'UNAVAILABLE' }],
      failures: [{ failureCode: 'InvalidLayerDigest' }],
    });
    const uploadId = await upload(...parts);
    await world.on('CompleteLayerUpload', { uploadId, layerDigests: [digest] });
    expect((await check()).layers).toMatchObject([
      { layerAvailability: 'AVAILABLE', layerSize: 5 * MB + 10 },
    ]);
    const { downloadUrl } = await world.on('GetDownloadUrlForLayer', { layerDigest: digest });
    expect(downloadUrl).toMatch(
      /^https:\/\/prod-eu-central-1-starport-layer-bucket\.s3\.eu-central-1\.amazonaws\.com\//,
    );
    const answer = await world.cloud.http(downloadUrl);
    expect(digestOf(new Uint8Array((await answer?.arrayBuffer()) ?? new ArrayBuffer(0)))).toBe(
      digest,
    );
    const forged = await world.cloud.http(downloadUrl.replace(/Signature=./, 'Signature=_'));
    expect(forged?.status).toBe(403);
    await world.clock.advance(3_600_001);
    expect((await world.cloud.http(downloadUrl))?.status).toBe(403);
  });

  it('refuses a wrong digest, a small part in the middle, nothing at all, what is there already', async () => {
    const ten = new Uint8Array(10);
    const complete = async (layerDigests: string[], ...parts: Uint8Array[]) => {
      const uploadId = await upload(...parts);
      return (await world.failure('CompleteLayerUpload', { uploadId, layerDigests })).name;
    };
    const digest = digestOf(ten);
    expect(await complete([digestOf('other')], ten)).toBe('InvalidLayerException');
    expect(await complete([digest], ten, ten)).toBe('LayerPartTooSmallException');
    expect(await complete([digest])).toBe('EmptyUploadException');
    world.ecr().store('shop', ten);
    expect(await complete([digest], ten)).toBe('LayerAlreadyExistsException');
    expect(
      (await world.failure('CompleteLayerUpload', { uploadId: 'x', layerDigests: [digest] })).name,
    ).toBe('UploadNotFoundException');
  });

  it('a part must begin where the last one ended', async () => {
    const uploadId = await upload(new Uint8Array(10));
    expect(
      await world.failure('UploadLayerPart', {
        uploadId,
        partFirstByte: 11,
        partLastByte: 20,
        layerPartBlob: new Uint8Array(10),
      }),
    ).toMatchObject({ name: 'InvalidLayerPartException', lastValidByteReceived: 9 });
  });
});

describe('ecr: reading:', () => {
  it('BatchGetImage answers what it has and says why not for the rest', async () => {
    const image = sampleImage();
    const other = sampleImage({}, 'other');
    await world.push(image, 'v1');
    await world.push(other, 'v2');
    const { images, failures } = await world.on('BatchGetImage', {
      imageIds: [
        { imageTag: 'v1' },
        { imageTag: 'absent' },
        { imageDigest: 'latest' },
        {},
        { imageTag: 'v1', imageDigest: other.digest },
      ],
    });
    expect(images).toEqual([
      {
        registryId: ACCOUNT,
        repositoryName: 'shop',
        imageId: { imageDigest: image.digest, imageTag: 'v1' },
        imageManifest: image.manifest,
        imageManifestMediaType: OCI_MANIFEST,
      },
    ]);
    expect(failures.map(({ failureCode }: { failureCode: string }) => failureCode)).toEqual([
      'ImageNotFound',
      'InvalidImageDigest',
      'MissingDigestAndTag',
      'ImageTagDoesNotMatchDigest',
    ]);
  });

  it('a media type that is not accepted is not found', async () => {
    await world.push(sampleImage(), 'v1');
    const { images, failures } = await world.on('BatchGetImage', {
      imageIds: [{ imageTag: 'v1' }],
      acceptedMediaTypes: [OCI_INDEX],
    });
    expect([images, failures[0].failureCode]).toEqual([[], 'ImageNotFound']);
  });

  it('DescribeImages pages, and names what is missing', async () => {
    for (const n of [1, 2, 3]) await world.push(sampleImage({}, `${n}`), `v${n}`);
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await world.on('DescribeImages', {
        maxResults: 2,
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      seen.push(...answer.imageDetails.flatMap((each: { imageTags: string[] }) => each.imageTags));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    expect(seen).toEqual(['v1', 'v2', 'v3']);
    expect(await world.failure('DescribeImages', { imageIds: [{ imageTag: 'v9' }] })).toMatchObject(
      {
        name: 'ImageNotFoundException',
        message: `The image with imageId {imageDigest:'null', imageTag:'v9'} does not exist within the repository with name 'shop' in the registry with id '${ACCOUNT}'`,
      },
    );
  });

  it('referrers of an image are found by subject and type', async () => {
    const image = sampleImage();
    await world.push(image, 'v1');
    const signature = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: 'application/vnd.cncf.notary.signature',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: digestOf('{}'),
        size: 2,
      },
      layers: [],
      subject: { mediaType: OCI_MANIFEST, digest: image.digest, size: 1 },
    });
    await world.push({ manifest: signature, blobs: ['{}'] });
    const find = async (filter?: object) =>
      (
        await world.on('ListImageReferrers', {
          subjectId: { imageDigest: image.digest },
          ...(filter && { filter }),
        })
      ).referrers;
    expect(await find()).toMatchObject([
      { digest: digestOf(signature), artifactType: 'application/vnd.cncf.notary.signature' },
    ]);
    expect(await find({ artifactTypes: ['text/sbom'] })).toEqual([]);
  });

  it('a token opens the door for twelve hours', async () => {
    const { authorizationData } = await world.call('GetAuthorizationToken');
    const [user, password = ''] = Buffer.from(authorizationData[0].authorizationToken, 'base64')
      .toString()
      .split(':');
    expect(user).toBe('AWS');
    expect(world.ecr().acceptsPassword(password)).toBe(true);
    expect(world.ecr().acceptsPassword('guess')).toBe(false);
    await world.clock.advance(12 * 3600_000);
    expect(world.ecr().acceptsPassword(password)).toBe(false);
  });
});

describe('ecr: deleting:', () => {
  it('one of two tags goes alone, the last one takes the image with it', async () => {
    const image = sampleImage();
    await world.push(image, 'v1');
    await world.push(image, 'v2');
    const remove = (imageTag: string) => world.on('BatchDeleteImage', { imageIds: [{ imageTag }] });
    await remove('v1');
    expect((await world.on('ListImages')).imageIds).toEqual([
      { imageDigest: image.digest, imageTag: 'v2' },
    ]);
    await remove('v2');
    expect((await world.on('ListImages')).imageIds).toEqual([]);
    expect((await remove('v2')).failures[0].failureCode).toBe('ImageNotFound');
    expect(
      world
        .eventsOf('ECR Image Action')
        .map(({ detail }) => detail as Record<string, string>)
        .map((detail) => [detail['action-type'], detail['image-tag']]),
    ).toEqual([
      ['PUSH', 'v1'],
      ['PUSH', 'v2'],
      ['DELETE', 'v1'],
      ['DELETE', 'v2'],
    ]);
  });

  it('an image in an index stays until the index goes', async () => {
    const image = sampleImage();
    await world.push(image);
    const index = sampleIndex(image.digest);
    await world.push(index, 'v1');
    const remove = (imageDigest: string) =>
      world.on('BatchDeleteImage', { imageIds: [{ imageDigest }] });
    expect((await remove(image.digest)).failures[0].failureCode).toBe(
      'ImageReferencedByManifestList',
    );
    await remove(index.digest);
    expect((await remove(image.digest)).failures).toEqual([]);
    expect((await world.on('ListImages')).imageIds).toEqual([]);
  });
});
