import type { CallContext, CloudContext, Place, Service } from '../services/service.ts';
import type { ImageConfig, PulledImage } from '../traffic/workload-runtime.ts';

/** A registry whose blobs can be read, besides its operations. */
export interface RegistryService extends Service {
  blob(digest: string): Uint8Array | undefined;
}

/** The image could not be had; `reason` is what the pod's status says. */
export class ImagePullError extends Error {
  override readonly name = 'ImagePullError';
  readonly reason: 'InvalidImageName' | 'ErrImagePull';

  constructor(reason: ImagePullError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

interface Reference extends Place {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const name = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;
const registry = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com$/;

/** Reads `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag][@sha256:…]`. */
export const parsedReference = (image: string): Reference => {
  const [withTag = '', digest] = image.split('@');
  const slash = withTag.indexOf('/');
  const host = withTag.slice(0, Math.max(0, slash));
  const [repository = '', tag] = withTag.slice(slash + 1).split(':');
  const badDigest = digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest);
  const badTag = tag !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tag);
  if (!name.test(repository) || badDigest || badTag) {
    throw new ImagePullError(
      'InvalidImageName',
      `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`,
    );
  }
  const match = registry.exec(host);
  if (match === null) {
    throw new ImagePullError(
      'ErrImagePull',
      `failed to pull and unpack image "${image}": the local cloud pulls from its own ECR only; push the image there and name it <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:…`,
    );
  }
  const [, account = '', region = ''] = match;
  return { account, region, repository, digest, tag: tag ?? (digest ? undefined : 'latest') };
};

interface Manifest {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string; readonly mediaType: string }[];
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
  }[];
}

/** Gets an image from the cloud's ECR for the platform of the nodes, as a node's own role. */
export const pullImage = async (
  cloud: CloudContext,
  image: string,
  node: CallContext,
): Promise<PulledImage> => {
  const reference = parsedReference(image);
  const ecr = cloud.service<RegistryService>('ecr', reference);
  const context: CallContext = {
    account: reference.account,
    region: reference.region,
    principal: node.principal,
  };
  const get = async (imageId: { imageDigest?: string; imageTag?: string }) => {
    const output = (await ecr.operations['BatchGetImage']?.(
      {
        registryId: reference.account,
        repositoryName: reference.repository,
        imageIds: [imageId],
        acceptedMediaTypes: [],
      },
      context,
    )) as { images?: { imageManifest?: string; imageId?: { imageDigest?: string } }[] } | undefined;
    const found = output?.images?.[0];
    if (found?.imageManifest === undefined) {
      throw new ImagePullError(
        'ErrImagePull',
        `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
      );
    }
    return {
      digest: found.imageId?.imageDigest ?? '',
      manifest: JSON.parse(found.imageManifest) as Manifest,
    };
  };
  const { digest, tag } = reference;
  let got = await refusedAsPullError(image, () =>
    get(digest ? { imageDigest: digest } : { imageTag: tag ?? 'latest' }),
  );
  if (got.manifest.manifests) {
    const child = childFor(got.manifest.manifests, image);
    got = await refusedAsPullError(image, () => get({ imageDigest: child }));
  }
  const config = got.manifest.config && ecr.blob(got.manifest.config.digest);
  return {
    digest: got.digest,
    config: config ? (JSON.parse(Buffer.from(config).toString('utf8')) as ImageConfig) : {},
    layers: (got.manifest.layers ?? []).map((layer) => ({
      digest: layer.digest,
      mediaType: layer.mediaType,
      bytes: () => ecr.blob(layer.digest),
    })),
  };
};

const refusedAsPullError = async <T>(image: string, get: () => Promise<T>): Promise<T> => {
  try {
    return await get();
  } catch (error) {
    if (error instanceof ImagePullError) throw error;
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new ImagePullError('ErrImagePull', `failed to pull and unpack image "${image}": ${why}`);
  }
};

/** Nodes are arm64 here; where an image has no such child, amd64 stands in. */
const childFor = (children: NonNullable<Manifest['manifests']>, image: string): string => {
  for (const architecture of ['arm64', 'amd64']) {
    const child = children.find(
      ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
    );
    if (child) return child.digest;
  }
  throw new ImagePullError(
    'ErrImagePull',
    `failed to pull and unpack image "${image}": no match for platform in manifest: not found`,
  );
};
