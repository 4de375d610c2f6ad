import type {
  CreateRepositoryCommandInput,
  EncryptionConfiguration,
  ImageTagMutability,
  ImageTagMutabilityExclusionFilter,
} from '@aws-sdk/client-ecr';
import { AwsError } from '../aws-error.ts';
import { type ImageId, imageNotFound, inRepository, invalidParameter } from './errors.ts';
import type { Manifest } from './manifest.ts';
import type { ImageScan } from './scan.ts';

/** An image in a repository. */
export interface StoredImage {
  readonly digest: string;
  readonly manifestText: string;
  readonly manifest: Manifest;
  readonly pushedAt: number;
  readonly bytes: number;
  readonly tags: Set<string>;
  pulledAt: number | undefined;
  scan: ImageScan | undefined;
}

/** A layer upload that has begun. */
export interface LayerUpload {
  readonly parts: Uint8Array[];
  received: number;
}

/** What can be changed about a repository. */
export interface RepositorySettings {
  mutability: ImageTagMutability;
  exclusions: readonly ImageTagMutabilityExclusionFilter[];
  scanOnPush: boolean;
  policy: string | undefined;
  lifecyclePolicy: { readonly text: string; readonly evaluatedAt: number } | undefined;
}

const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Whether a text matches a filter in which `*` stands for anything. */
export const matchesWildcard = (filter: string, text: string): boolean =>
  new RegExp(
    `^${filter
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(text);

/** A repository: images by digest, tags, and the blobs that images are made of. */
export class Repository {
  readonly name: string;
  readonly registryId: string;
  readonly arn: string;
  readonly uri: string;
  readonly createdAt: number;
  readonly encryption: EncryptionConfiguration;
  readonly settings: RepositorySettings;
  readonly tags: Map<string, string>;
  readonly images = new Map<string, StoredImage>();
  readonly blobs = new Map<string, Uint8Array>();
  readonly uploads = new Map<string, LayerUpload>();
  readonly #tagged = new Map<string, string>();

  constructor(
    input: CreateRepositoryCommandInput,
    place: { readonly account: string; readonly region: string },
    createdAt: number,
  ) {
    const name = input.repositoryName ?? '';
    if (name.length < 2 || name.length > 256 || !NAME.test(name)) {
      throw invalidParameter('repositoryName', `must satisfy regular expression '${NAME.source}'`);
    }
    this.name = name;
    this.registryId = place.account;
    this.arn = `arn:aws:ecr:${place.region}:${place.account}:repository/${name}`;
    this.uri = `${place.account}.dkr.ecr.${place.region}.amazonaws.com/${name}`;
    this.createdAt = createdAt;
    this.encryption = input.encryptionConfiguration ?? { encryptionType: 'AES256' };
    this.tags = new Map((input.tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
    this.settings = {
      ...tagMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters),
      scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
      policy: undefined,
      lifecyclePolicy: undefined,
    };
  }

  /** The image of that tag. */
  tagged(tag: string): StoredImage | undefined {
    const digest = this.#tagged.get(tag);
    return digest === undefined ? undefined : this.images.get(digest);
  }

  /** The image by digest, tag, or both; both must agree. */
  find({ imageDigest, imageTag }: ImageId): StoredImage | undefined {
    if (imageTag === undefined) return this.images.get(imageDigest ?? '');
    const image = this.tagged(imageTag);
    return imageDigest === undefined || image?.digest === imageDigest ? image : undefined;
  }

  /** The image, or ECR's error. */
  image(id: ImageId): StoredImage {
    if (id.imageDigest === undefined && id.imageTag === undefined) {
      throw invalidParameter('imageId', 'must have a digest or a tag');
    }
    const image = this.find(id);
    if (image === undefined) throw imageNotFound(id, this);
    return image;
  }

  /** Whether a tag, once given, stays where it is. */
  isImmutable(tag: string): boolean {
    const { mutability, exclusions } = this.settings;
    const excluded = exclusions.some(({ filter }) => matchesWildcard(filter ?? '', tag));
    switch (mutability) {
      case 'IMMUTABLE':
        return true;
      case 'IMMUTABLE_WITH_EXCLUSION':
        return !excluded;
      case 'MUTABLE_WITH_EXCLUSION':
        return excluded;
      case 'MUTABLE':
        return false;
    }
  }

  /** Gives the tag to the image; it leaves the image that had it. */
  tag(image: StoredImage, tag: string): void {
    const before = this.tagged(tag);
    if (before !== undefined && before !== image && this.isImmutable(tag)) {
      throw inRepositoryTagExists(tag, this.name);
    }
    before?.tags.delete(tag);
    image.tags.add(tag);
    this.#tagged.set(tag, image.digest);
  }

  untag(tag: string): void {
    this.tagged(tag)?.tags.delete(tag);
    this.#tagged.delete(tag);
  }

  /** Takes an image away with all its tags. */
  remove(image: StoredImage): void {
    for (const tag of image.tags) this.#tagged.delete(tag);
    image.tags.clear();
    this.images.delete(image.digest);
  }

  /** The indexes that hold this image. */
  indexesOf(digest: string): readonly StoredImage[] {
    return [...this.images.values()].filter(
      ({ manifest }) =>
        manifest.kind === 'index' && manifest.parts.some((part) => part.digest === digest),
    );
  }

  /** A blob or ECR's error. */
  blob(digest: string): Uint8Array {
    const bytes = this.blobs.get(digest);
    if (bytes !== undefined) return bytes;
    throw inRepository(
      'LayersNotFoundException',
      `The layer with digest '${digest}' does not exist`,
      this,
    );
  }
}

const inRepositoryTagExists = (tag: string, repository: string): Error =>
  new AwsError(
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the repository is immutable.`,
  );

/** Checks a mutability with its exclusion filters. */
export const tagMutability = (
  mutability: ImageTagMutability = 'MUTABLE',
  filters: readonly ImageTagMutabilityExclusionFilter[] = [],
): Pick<RepositorySettings, 'mutability' | 'exclusions'> => {
  const excludes = mutability.endsWith('_WITH_EXCLUSION');
  if (excludes ? filters.length < 1 || filters.length > 5 : filters.length > 0) {
    throw invalidParameter(
      'imageTagMutabilityExclusionFilters',
      excludes
        ? `must have 1 to 5 filters with imageTagMutability ${mutability}`
        : `must be empty with imageTagMutability ${mutability}`,
    );
  }
  return { mutability, exclusions: filters };
};

/** An image that nobody has tagged, scanned or pulled yet. */
export const newImage = (
  manifestText: string,
  manifest: Manifest,
  digest: string,
  pushedAt: number,
): StoredImage => ({
  digest,
  manifestText,
  manifest,
  pushedAt,
  bytes: manifest.parts.reduce((sum, { size }) => sum + size, manifest.config?.size ?? 0),
  tags: new Set(),
  pulledAt: undefined,
  scan: undefined,
});
