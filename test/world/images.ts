import { createHash } from 'node:crypto';
import { PutImageCommand } from '@aws-sdk/client-ecr';
import type { EcrService } from '../../local/services/ecr/ecr-service.ts';
import type { World } from './world.ts';

const REPOSITORY = 'shop/checkout';
const CONFIGURATION = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** An image that is not in the registry yet: its digest is known before it is pushed, as it is to a build. */
export interface Unpushed {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly architecture: string;
  readonly blobs: readonly string[];
}

const digestOf = (content: string): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

const part = (mediaType: string, content: string) => ({
  mediaType,
  digest: digestOf(content),
  size: Buffer.byteLength(content),
});

/** Makes an image of a version, with labels that say how it behaves and what is found in it. */
export const unpushed = (
  version: string,
  labels: Readonly<Record<string, string>> = {},
  architecture = 'arm64',
): Unpushed => {
  const configuration = JSON.stringify({
    architecture,
    os: 'linux',
    config: { Labels: { 'org.opencontainers.image.version': version, ...labels } },
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const layer = `layer of ${version}`;
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: part(CONFIGURATION, configuration),
    layers: [part(LAYER, layer)],
  });
  const blobs = [configuration, layer];
  return { digest: digestOf(manifest), manifest, mediaType: MANIFEST, architecture, blobs };
};

/** Makes an index over images. */
export const indexOver = (images: readonly Unpushed[]): Unpushed => {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: images.map((image) => ({
      ...part(image.mediaType, image.manifest),
      platform: { os: 'linux', architecture: image.architecture },
    })),
  });
  return {
    digest: digestOf(manifest),
    manifest,
    mediaType: INDEX,
    architecture: 'many',
    blobs: [],
  };
};

/** Pushes an image, without a tag if none is given. */
export const put = async (world: World, image: Unpushed, tag?: string): Promise<string> => {
  const registry = world.cloud.service<EcrService>('ecr', world.home);
  for (const blob of image.blobs) registry.store(REPOSITORY, blob);
  await world.during(
    world.client().send(
      new PutImageCommand({
        repositoryName: REPOSITORY,
        imageManifest: image.manifest,
        imageManifestMediaType: image.mediaType,
        ...(tag === undefined ? {} : { imageTag: tag }),
      }),
    ),
  );
  return image.digest;
};
