import { AwsError } from '../aws-error.ts';
import { digestOf } from './digest.ts';
import { inRepository } from './errors.ts';
import { emitImageAction } from './image-events.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import type { Registry } from './registry.ts';
import type { Replication } from './replication.ts';
import { newImage, type Repository, type StoredImage } from './repository.ts';
import type { Scans } from './scans.ts';

/** An image to be put. */
export interface PushedImage {
  readonly manifest: string;
  readonly mediaType?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}$/;

/** Takes images in, and sets off what follows: events, scans, replication. */
export class ImageStore {
  readonly #registry: Registry;
  readonly #scans: Scans;
  readonly #replication: Replication;

  constructor(registry: Registry, scans: Scans, replication: Replication) {
    this.#registry = registry;
    this.#scans = scans;
    this.#replication = replication;
  }

  /** PutImage. */
  put(repository: Repository, pushed: PushedImage): StoredImage {
    const manifest = parseManifest(pushed.manifest, pushed.mediaType);
    const digest = digestOf(pushed.manifest);
    if (pushed.digest !== undefined && pushed.digest !== digest) {
      throw new AwsError(
        'ImageDigestDoesNotMatchException',
        `The image digest calculated by Amazon ECR is '${digest}' and does not match the digest provided '${pushed.digest}'`,
      );
    }
    const { tag } = pushed;
    if (tag !== undefined && !TAG.test(tag)) {
      throw new AwsError(
        'InvalidParameterException',
        `Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '${TAG.source}''`,
      );
    }
    const known = repository.images.get(digest);
    if (known !== undefined && (tag === undefined || known.tags.has(tag))) {
      throw inRepository(
        'ImageAlreadyExistsException',
        `Image with digest '${digest}'${tag === undefined ? '' : ` and tag '${tag}'`} already exists`,
        repository,
      );
    }
    this.#checkParts(repository, manifest);
    const image =
      known ?? newImage(pushed.manifest, manifest, digest, this.#registry.cloud.clock.now());
    if (tag !== undefined) repository.tag(image, tag);
    repository.images.set(digest, image);
    emitImageAction(this.#registry, repository, 'PUSH', { digest, tag });
    if (known === undefined) this.#scans.pushed(repository, image);
    this.#replication.pushed(repository, image, tag);
    return image;
  }

  #checkParts(repository: Repository, manifest: Manifest): void {
    const parts = [...(manifest.config ? [manifest.config] : []), ...manifest.parts];
    const present: ReadonlyMap<string, unknown> =
      manifest.kind === 'image' ? repository.blobs : repository.images;
    const missing = parts.map(({ digest }) => digest).filter((digest) => !present.has(digest));
    if (missing.length === 0) return;
    const [error, what] =
      manifest.kind === 'image'
        ? ['LayersNotFoundException', 'Layers']
        : ['ReferencedImagesNotFoundException', 'Images'];
    throw new AwsError(
      error,
      `${what} with digests '[${missing.join(', ')}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${repository.registryId}' do not exist`,
    );
  }
}
