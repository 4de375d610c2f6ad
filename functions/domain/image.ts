import { z } from 'zod';
import { ReleaseRefused } from './errors.ts';
import { Digest } from './release.ts';

const INDEXES: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFESTS: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
/** Configurations of what a container runtime can run; charts and signatures have others. */
const RUNNABLE: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** The manifests that Slipway reads. */
export const IMAGE_MEDIA_TYPES: readonly string[] = [...INDEXES, ...MANIFESTS];

const Child = z.object({
  digest: Digest,
  mediaType: z.string(),
  platform: z
    .object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
    .optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const Index = z.object({ manifests: z.array(Child) });
const Single = z.object({ config: z.object({ mediaType: z.string() }) });
const Labelled = z.object({ config: z.object({ digest: Digest }) });
const Configuration = z.object({
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

/** An image resolved to what would run of it. */
export const ResolvedImage = z.object({
  digest: Digest,
  mediaType: z.string(),
  /** Every one of them is scanned; which one runs is the node's choice. */
  children: z.array(z.object({ digest: Digest, platform: z.string() })).min(1),
  skipped: z.array(z.object({ digest: Digest, why: z.string() })),
});
export type ResolvedImage = z.infer<typeof ResolvedImage>;

const platformOf = ({ platform }: z.infer<typeof Child>): string =>
  platform === undefined
    ? 'unknown'
    : [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');

const isAttestation = (child: z.infer<typeof Child>): boolean =>
  child.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' ||
  platformOf(child) === 'unknown/unknown';

const refused = (digest: string, why: string): ReleaseRefused =>
  new ReleaseRefused(`${digest} can't be released: ${why}; push a container image`, {
    facts: { digest },
  });

/** Resolves an index to its deployable children; a plain image is its own child. */
export const resolveImage = (manifest: {
  digest: string;
  mediaType: string;
  body: unknown;
}): ResolvedImage => {
  const { digest, mediaType, body } = manifest;
  if (MANIFESTS.includes(mediaType)) {
    const single = Single.safeParse(body);
    if (!single.success) throw refused(digest, 'its manifest names no configuration');
    const config = single.data.config.mediaType;
    if (!RUNNABLE.includes(config)) throw refused(digest, `it is a ${config}, not an image`);
    return { digest, mediaType, children: [{ digest, platform: 'single' }], skipped: [] };
  }
  if (!INDEXES.includes(mediaType))
    throw refused(digest, `its media type is ${mediaType || 'not given'}`);
  const index = Index.safeParse(body);
  if (!index.success) throw refused(digest, 'its index can not be read');
  const attestations = index.data.manifests.filter(isAttestation);
  const images = index.data.manifests.filter((child) => !isAttestation(child));
  const odd = images.find((child) => !MANIFESTS.includes(child.mediaType));
  if (odd) throw refused(digest, `its index holds a ${odd.mediaType} (${odd.digest})`);
  if (images.length === 0) throw refused(digest, 'its index holds no image');
  return {
    digest,
    mediaType,
    children: images.map((child) => ({ digest: child.digest, platform: platformOf(child) })),
    skipped: attestations.map((child) => ({ digest: child.digest, why: 'attestation' })),
  };
};

/** Where a plain image's manifest says that its configuration is; null: it says nothing. */
export const configurationOf = (body: unknown): string | null =>
  Labelled.safeParse(body).data?.config.digest ?? null;

/** The labels in an image's configuration. */
export const labelsIn = (configuration: unknown): Readonly<Record<string, string>> =>
  Configuration.safeParse(configuration).data?.config?.Labels ?? {};
