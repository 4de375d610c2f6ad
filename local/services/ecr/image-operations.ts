import type {
  BatchDeleteImageCommandInput,
  BatchGetImageCommandInput,
  DescribeImagesCommandInput,
  ImageFailure,
  ImageIdentifier,
  ListImageReferrersCommandInput,
  ListImagesCommandInput,
  PutImageCommandInput,
} from '@aws-sdk/client-ecr';
import { DIGEST } from './digest.ts';
import { invalidParameter, unsupportedField } from './errors.ts';
import { emitImageAction } from './image-events.ts';
import type { ImageStore } from './image-store.ts';
import { paged } from './paging.ts';
import type { Registry } from './registry.ts';
import type { Repository, StoredImage } from './repository.ts';
import { findingsSummary } from './scan-operations.ts';

type TagStatus = 'TAGGED' | 'UNTAGGED' | 'ANY';

const imageAnswer = (
  registry: Registry,
  repository: Repository,
  image: StoredImage,
  tag: string | undefined,
) => ({
  registryId: registry.id,
  repositoryName: repository.name,
  imageId: { imageDigest: image.digest, ...(tag === undefined ? {} : { imageTag: tag }) },
  imageManifest: image.manifestText,
  imageManifestMediaType: image.manifest.mediaType,
});

const put = (registry: Registry, store: ImageStore, input: PutImageCommandInput): unknown => {
  const repository = registry.repository(input);
  const image = store.put(repository, {
    manifest: input.imageManifest ?? '',
    mediaType: input.imageManifestMediaType,
    tag: input.imageTag,
    digest: input.imageDigest,
  });
  return { image: imageAnswer(registry, repository, image, input.imageTag) };
};

const failure = (
  imageId: ImageIdentifier,
  failureCode: NonNullable<ImageFailure['failureCode']>,
  failureReason: string,
): ImageFailure => ({ imageId, failureCode, failureReason });

/** The image meant, or why it can't be had. */
const lookedUp = (repository: Repository, id: ImageIdentifier): StoredImage | ImageFailure => {
  const { imageDigest, imageTag } = id;
  if (imageDigest === undefined && imageTag === undefined) {
    return failure(
      id,
      'MissingDigestAndTag',
      'Invalid request parameters: both tag and digest cannot be null',
    );
  }
  if (imageDigest !== undefined && !DIGEST.test(imageDigest)) {
    return failure(
      id,
      'InvalidImageDigest',
      `Invalid request parameters: image digest should satisfy the regex '${DIGEST.source}'`,
    );
  }
  const image = repository.find(id);
  if (image !== undefined) return image;
  const tagged = imageTag === undefined ? undefined : repository.tagged(imageTag);
  return tagged === undefined
    ? failure(id, 'ImageNotFound', 'Requested image not found')
    : failure(
        id,
        'ImageTagDoesNotMatchDigest',
        `The tag '${imageTag}' refers to the digest '${tagged.digest}'`,
      );
};

const batchGet = (registry: Registry, input: BatchGetImageCommandInput): unknown => {
  const repository = registry.repository(input);
  const accepted = input.acceptedMediaTypes ?? [];
  const images: unknown[] = [];
  const failures: ImageFailure[] = [];
  for (const id of input.imageIds ?? []) {
    const found = lookedUp(repository, id);
    if (!('digest' in found)) {
      failures.push(found);
    } else if (accepted.length > 0 && !accepted.includes(found.manifest.mediaType)) {
      failures.push(failure(id, 'ImageNotFound', 'Requested image not found'));
    } else {
      found.pulledAt = registry.cloud.clock.now();
      images.push(imageAnswer(registry, repository, found, id.imageTag));
    }
  }
  return { images, failures };
};

const withTagStatus = (repository: Repository, status: TagStatus | undefined): StoredImage[] =>
  [...repository.images.values()].filter(({ tags }) => {
    if (status === 'TAGGED') return tags.size > 0;
    return status === 'UNTAGGED' ? tags.size === 0 : true;
  });

const refuseArchive = (
  operation: string,
  filter: { imageStatus?: string | undefined } = {},
): void => {
  if (
    filter.imageStatus !== undefined &&
    filter.imageStatus !== 'ACTIVE' &&
    filter.imageStatus !== 'ANY'
  ) {
    throw unsupportedField(
      operation,
      `imageStatus ${filter.imageStatus}: images are never archived`,
    );
  }
};

const detail = (registry: Registry, repository: Repository, image: StoredImage) => ({
  registryId: registry.id,
  repositoryName: repository.name,
  imageDigest: image.digest,
  ...(image.tags.size > 0 ? { imageTags: [...image.tags] } : {}),
  ...(image.manifest.kind === 'image' ? { imageSizeInBytes: image.bytes } : {}),
  imagePushedAt: new Date(image.pushedAt),
  imageManifestMediaType: image.manifest.mediaType,
  ...(image.manifest.artifactType === undefined
    ? {}
    : { artifactMediaType: image.manifest.artifactType }),
  ...(image.manifest.subject === undefined
    ? {}
    : { subjectManifestDigest: image.manifest.subject }),
  ...(image.pulledAt === undefined ? {} : { lastRecordedPullTime: new Date(image.pulledAt) }),
  ...(image.scan === undefined
    ? {}
    : {
        imageScanStatus: { status: image.scan.status, description: image.scan.description },
        ...(image.scan.completedAt === undefined
          ? {}
          : { imageScanFindingsSummary: findingsSummary(image.scan) }),
      }),
  imageStatus: 'ACTIVE',
});

const describe = (registry: Registry, input: DescribeImagesCommandInput): unknown => {
  const repository = registry.repository(input);
  refuseArchive('DescribeImages', input.filter);
  if (input.imageIds !== undefined) {
    if (input.maxResults !== undefined || input.nextToken !== undefined) {
      throw invalidParameter('maxResults', 'must not be given together with imageIds');
    }
    const images = new Set(input.imageIds.map((id) => repository.image(id)));
    return { imageDetails: [...images].map((image) => detail(registry, repository, image)) };
  }
  const { page, next } = paged(withTagStatus(repository, input.filter?.tagStatus), input);
  return { imageDetails: page.map((image) => detail(registry, repository, image)), ...next };
};

const list = (registry: Registry, input: ListImagesCommandInput): unknown => {
  const repository = registry.repository(input);
  refuseArchive('ListImages', input.filter);
  const ids = withTagStatus(repository, input.filter?.tagStatus).flatMap(({ digest, tags }) =>
    tags.size === 0
      ? [{ imageDigest: digest }]
      : [...tags].map((imageTag) => ({ imageDigest: digest, imageTag })),
  );
  const { page, next } = paged(ids, input);
  return { imageIds: page, ...next };
};

const batchDelete = (registry: Registry, input: BatchDeleteImageCommandInput): unknown => {
  const repository = registry.repository(input);
  const imageIds: ImageIdentifier[] = [];
  const failures: ImageFailure[] = [];
  for (const id of input.imageIds ?? []) {
    const image = lookedUp(repository, id);
    if (!('digest' in image)) {
      failures.push(image);
      continue;
    }
    // A tag given alone or with its digest only loses that tag, unless it was the last one.
    const untagsOnly = id.imageTag !== undefined && image.tags.size > 1;
    if (untagsOnly) {
      repository.untag(id.imageTag ?? '');
      imageIds.push({ imageDigest: image.digest, imageTag: id.imageTag });
      emitImageAction(registry, repository, 'DELETE', { digest: image.digest, tag: id.imageTag });
      continue;
    }
    const indexes = repository.indexesOf(image.digest);
    if (indexes.length > 0) {
      failures.push(
        failure(
          id,
          'ImageReferencedByManifestList',
          `Requested image referenced by manifest list: [${indexes.map(({ digest }) => digest).join(', ')}]`,
        ),
      );
      continue;
    }
    const tags = [...image.tags];
    repository.remove(image);
    for (const tag of tags.length === 0 ? [undefined] : tags) {
      imageIds.push({ imageDigest: image.digest, ...(tag === undefined ? {} : { imageTag: tag }) });
      emitImageAction(registry, repository, 'DELETE', { digest: image.digest, tag });
    }
  }
  return { imageIds, failures };
};

const referrers = (registry: Registry, input: ListImageReferrersCommandInput): unknown => {
  const repository = registry.repository(input);
  const subject = input.subjectId?.imageDigest ?? '';
  if (!DIGEST.test(subject)) {
    throw invalidParameter('subjectId', `must satisfy regular expression '${DIGEST.source}'`);
  }
  const { artifactTypes, artifactStatus } = input.filter ?? {};
  if (artifactStatus !== undefined && artifactStatus !== 'ACTIVE' && artifactStatus !== 'ANY') {
    throw unsupportedField('ListImageReferrers', `artifactStatus ${artifactStatus}`);
  }
  const found = [...repository.images.values()].filter(
    ({ manifest }) =>
      manifest.subject === subject &&
      (artifactTypes === undefined || artifactTypes.includes(manifest.artifactType ?? '')),
  );
  const { page, next } = paged(found, input, 50);
  return {
    referrers: page.map(({ digest, manifest, manifestText }) => ({
      digest,
      mediaType: manifest.mediaType,
      ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
      size: Buffer.byteLength(manifestText),
      ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
      artifactStatus: 'ACTIVE',
    })),
    ...next,
  };
};

/** The operations on images. */
export const imageOperations = (registry: Registry, store: ImageStore) => ({
  PutImage: (input: PutImageCommandInput) => put(registry, store, input),
  BatchGetImage: (input: BatchGetImageCommandInput) => batchGet(registry, input),
  DescribeImages: (input: DescribeImagesCommandInput) => describe(registry, input),
  ListImages: (input: ListImagesCommandInput) => list(registry, input),
  BatchDeleteImage: (input: BatchDeleteImageCommandInput) => batchDelete(registry, input),
  ListImageReferrers: (input: ListImageReferrersCommandInput) => referrers(registry, input),
});
