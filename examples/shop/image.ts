import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { behaviourOf, labelsOf } from './image-behaviour.ts';

/** Content by its digest. */
export interface Blob {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** An image as a registry takes it. */
export interface BuiltImage {
  readonly manifest: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly config: Blob;
  readonly layers: readonly Blob[];
}

/** An image for several platforms: its index, and every manifest that the index names. */
export interface BuiltIndex {
  readonly index: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly images: readonly BuiltImage[];
}

/** The version cannot be built. */
export class VersionError extends Error {
  override readonly name = 'VersionError';
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** The same content gives the same digest anywhere: no times, no owners, no gzip header of the machine. */
const epoch = new Date(0);

const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const blobOf = (bytes: Uint8Array): Blob => ({ digest: digestOf(bytes), bytes });

/** Builds a version of the sample's image, without Docker, always the same byte for byte. */
export const buildImage = async (
  version: string,
  architecture: 'arm64' | 'amd64' = 'arm64',
): Promise<BuiltImage> => {
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new VersionError(`'${version}' is no version; write it like 1.4.0`);
  }
  const server = await readFile(new URL('./app/server.mjs', import.meta.url));
  const tar = await tarOf([
    ['app/server.mjs', server],
    ['app/behaviour.json', Buffer.from(JSON.stringify(behaviourOf(version)))],
  ]);
  const layer = blobOf(gzip(tar));
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        architecture,
        os: 'linux',
        created: epoch.toISOString(),
        config: {
          Entrypoint: ['node'],
          Cmd: ['/app/server.mjs'],
          Env: ['PORT=8080'],
          ExposedPorts: { '8080/tcp': {} },
          WorkingDir: '/app',
          User: '1000',
          Labels: labelsOf(version),
        },
        rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
        history: [{ created: epoch.toISOString(), created_by: `shop ${version}` }],
      }),
    ),
  );
  return imageOf(config, configType, [layer], layerType);
};

/** Builds the same version for two platforms, with the attestation that build tools add to an index. */
export const buildIndex = async (version: string): Promise<BuiltIndex> => {
  const platforms = ['arm64', 'amd64'] as const;
  const images = await Promise.all(platforms.map((platform) => buildImage(version, platform)));
  const attestation = attestationOf(images[0]?.digest ?? '');
  const entries = images.map((image, index) => ({
    ...descriptorOf(image),
    platform: { os: 'linux', architecture: platforms[index] },
  }));
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [
      ...entries,
      {
        ...descriptorOf(attestation),
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': images[0]?.digest,
        },
      },
    ],
  });
  return {
    index,
    mediaType: indexType,
    digest: digestOf(index),
    images: [...images, attestation],
  };
};

const descriptorOf = ({ manifest, digest }: BuiltImage) => ({
  mediaType: manifestType,
  digest,
  size: Buffer.byteLength(manifest),
});

const imageOf = (
  config: Blob,
  configMediaType: string,
  layers: readonly Blob[],
  layerMediaType: string,
): BuiltImage => {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configMediaType, digest: config.digest, size: config.bytes.length },
    layers: layers.map(({ digest, bytes }) => ({
      mediaType: layerMediaType,
      digest,
      size: bytes.length,
    })),
  });
  return { manifest, mediaType: manifestType, digest: digestOf(manifest), config, layers };
};

const attestationOf = (subject: string): BuiltImage => {
  const statement = blobOf(
    Buffer.from(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v0.1',
        predicateType: 'https://slsa.dev/provenance/v0.2',
        subject: [{ name: 'checkout', digest: { sha256: subject.replace('sha256:', '') } }],
        predicate: { builder: { id: '' }, buildType: 'https://mobyproject.org/buildkit@v1' },
      }),
    ),
  );
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        architecture: 'unknown',
        os: 'unknown',
        config: {},
        rootfs: { type: 'layers', diff_ids: [statement.digest] },
      }),
    ),
  );
  return imageOf(config, configType, [statement], 'application/vnd.in-toto+json');
};

const gzip = (bytes: Uint8Array): Uint8Array => {
  const zipped = gzipSync(bytes, { level: 9 });
  // RFC 1952, byte 9 names the operating system; 255 is "unknown".
  zipped[9] = 255;
  return zipped;
};

const tarOf = async (files: readonly (readonly [string, Uint8Array])[]): Promise<Uint8Array> => {
  const tar = pack();
  for (const [name, bytes] of files) {
    tar.entry({ name, mode: 0o644, mtime: epoch, uid: 1000, gid: 1000 }, Buffer.from(bytes));
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
};
