import { createHash } from 'node:crypto';
import {
  CompleteLayerUploadCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import type { InProcessClient } from '../../local/client.ts';

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
  for (const bytes of [config, layer]) {
    const { uploadId } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
    await client.send(
      new UploadLayerPartCommand({
        repositoryName,
        uploadId,
        partFirstByte: 0,
        partLastByte: bytes.length - 1,
        layerPartBlob: bytes,
      }),
    );
    await client
      .send(
        new CompleteLayerUploadCommand({
          repositoryName,
          uploadId,
          layerDigests: [digestOf(bytes)],
        }),
      )
      .catch((error: Error) => {
        if (error.name !== 'LayerAlreadyExistsException') throw error;
      });
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
  await client.send(
    new PutImageCommand({
      repositoryName,
      imageManifest: manifest,
      imageManifestMediaType: MANIFEST,
      imageTag: version,
    }),
  );
  return digestOf(Buffer.from(manifest));
};
