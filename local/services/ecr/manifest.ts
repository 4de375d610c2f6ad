import { DIGEST } from './digest.ts';
import { invalidParameter } from './errors.ts';

/** A reference to content by digest, as manifests write it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly architecture?: string; readonly os?: string };
}

/** A manifest as understood: one image (or artifact), or an index of several. */
export interface Manifest {
  readonly kind: 'image' | 'index';
  readonly mediaType: string;
  /** An image's configuration. */
  readonly config?: Descriptor;
  /** An image's layers, or an index's manifests. */
  readonly parts: readonly Descriptor[];
  /** What the artifact is, where that is not an image. */
  readonly artifactType?: string;
  /** The digest of the image that this one is about: signatures and the like. */
  readonly subject?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<string, Manifest['kind']>> = {
  'application/vnd.docker.distribution.manifest.v2+json': 'image',
  'application/vnd.oci.image.manifest.v1+json': 'image',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'index',
  'application/vnd.oci.image.index.v1+json': 'index',
};
const IMAGE_CONFIGS = [
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.oci.image.config.v1+json',
];

const PARAMETER = 'ImageManifest';

const parsed = (text: string): Record<string, unknown> => {
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) {
      return manifest as Record<string, unknown>;
    }
  } catch {
    // Answered below, as any other text that is no manifest.
  }
  throw invalidParameter(PARAMETER, 'Invalid JSON syntax');
};

const descriptor = (value: unknown, where: string): Descriptor => {
  const given = (value ?? {}) as Record<string, unknown>;
  const { mediaType, digest, size } = given;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') {
    throw invalidParameter(PARAMETER, `${where} must have mediaType, digest and size`);
  }
  if (!DIGEST.test(digest)) {
    throw invalidParameter(PARAMETER, `${where} must have a digest like sha256:<64 hex digits>`);
  }
  return given as unknown as Descriptor;
};

const descriptors = (value: unknown, where: string): readonly Descriptor[] => {
  if (!Array.isArray(value)) throw invalidParameter(PARAMETER, `${where} must be a list`);
  return value.map((each, index) => descriptor(each, `${where}[${index}]`));
};

const mediaTypeOf = (manifest: Record<string, unknown>, given: string | undefined): string => {
  const own = manifest['mediaType'];
  if (own !== undefined && given !== undefined && own !== given) {
    throw invalidParameter(
      'imageManifestMediaType',
      `must be the manifest's own mediaType ${JSON.stringify(own)}`,
    );
  }
  const mediaType = own ?? given;
  if (typeof mediaType !== 'string') {
    throw invalidParameter(
      'imageManifestMediaType',
      'must be given for a manifest without mediaType',
    );
  }
  return mediaType;
};

/** Reads a manifest as PutImage does; what is no manifest of a known type is refused. */
export const parseManifest = (text: string, givenMediaType?: string): Manifest => {
  const manifest = parsed(text);
  const mediaType = mediaTypeOf(manifest, givenMediaType);
  const kind = Object.hasOwn(KINDS, mediaType) ? KINDS[mediaType] : undefined;
  if (kind === undefined) {
    throw invalidParameter(PARAMETER, `Unsupported manifest media type ${mediaType}`);
  }
  if (manifest['schemaVersion'] !== 2) {
    throw invalidParameter(PARAMETER, 'schemaVersion must be 2');
  }
  const subject = manifest['subject'];
  const annotations = manifest['annotations'] as Manifest['annotations'];
  const shared = {
    mediaType,
    ...(subject === undefined ? {} : { subject: descriptor(subject, 'subject').digest }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const declared = manifest['artifactType'];
  if (kind === 'index') {
    return {
      kind,
      ...shared,
      ...(typeof declared === 'string' ? { artifactType: declared } : {}),
      parts: descriptors(manifest['manifests'], 'manifests'),
    };
  }
  const config = descriptor(manifest['config'], 'config');
  const artifactType = typeof declared === 'string' ? declared : config.mediaType;
  return {
    kind,
    ...shared,
    config,
    artifactType,
    parts: descriptors(manifest['layers'], 'layers'),
  };
};

/** Whether a scanner finds a file system to look into: not so for indexes, signatures, attestations. */
export const isScannable = (manifest: Manifest): boolean =>
  manifest.kind === 'image' &&
  IMAGE_CONFIGS.includes(manifest.config?.mediaType ?? '') &&
  !manifest.parts.every(({ mediaType }) => mediaType === 'application/vnd.in-toto+json');
