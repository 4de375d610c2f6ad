import { createHash } from 'node:crypto';
import { type ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import type { InProcessClient } from '../../local/client.ts';
import { uploadBlob } from './upload-blob.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** What a made-up image is: its labels say how it behaves and what a scan finds in it. */
export interface MadeImage {
  readonly version: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pushes an image through ECR's own operations; answers its digest. */
export const pushImage = async (
  client: InProcessClient,
  repositoryName: string,
  { version, labels = {} }: MadeImage,
): Promise<string> => {
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'arm64',
      os: 'linux',
      config: { Labels: { 'org.opencontainers.image.version': version, ...labels } },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  const layer = Buffer.from(`layer of ${version}`);
  const registry = client as unknown as ECRClient;
  for (const bytes of [config, layer]) {
    await uploadBlob(registry, repositoryName, { bytes, digest: digestOf(bytes) });
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: digestOf(layer),
        size: layer.length,
      },
    ],
  });
  await registry.send(
    new PutImageCommand({
      repositoryName,
      imageManifest: manifest,
      imageManifestMediaType: MANIFEST,
      imageTag: version,
    }),
  );
  return digestOf(Buffer.from(manifest));
};
