import type {
  BatchCheckLayerAvailabilityCommandInput,
  CompleteLayerUploadCommandInput,
  GetDownloadUrlForLayerCommandInput,
  InitiateLayerUploadCommandInput,
  UploadLayerPartCommandInput,
} from '@aws-sdk/client-ecr';
import { AwsError } from '../aws-error.ts';
import { DIGEST, digestOf } from './digest.ts';
import { inRepository } from './errors.ts';
import type { LayerHost } from './layer-host.ts';
import type { Registry } from './registry.ts';
import type { LayerUpload, Repository } from './repository.ts';

/** What InitiateLayerUpload proposes. */
const PART_BYTES = 10 * 1024 * 1024;
/** Every part but the last must have this much. */
const LEAST_PART_BYTES = 5 * 1024 * 1024;

const upload = (repository: Repository, uploadId: string | undefined): LayerUpload => {
  const found = repository.uploads.get(uploadId ?? '');
  if (found !== undefined) return found;
  throw inRepository(
    'UploadNotFoundException',
    `The upload with id '${uploadId}' does not exist`,
    repository,
  );
};

const initiate = (registry: Registry, input: InitiateLayerUploadCommandInput): unknown => {
  const repository = registry.repository(input);
  const uploadId = registry.cloud.uuid();
  repository.uploads.set(uploadId, { parts: [], received: 0 });
  return { uploadId, partSize: PART_BYTES };
};

const part = (registry: Registry, input: UploadLayerPartCommandInput): unknown => {
  const repository = registry.repository(input);
  const { uploadId, partFirstByte, partLastByte, layerPartBlob } = input;
  const found = upload(repository, uploadId);
  const bytes = layerPartBlob ?? new Uint8Array();
  const fits =
    partFirstByte === found.received && partLastByte === found.received + bytes.byteLength - 1;
  if (!fits) {
    throw new AwsError(
      'InvalidLayerPartException',
      `The layer part with bytes ${partFirstByte}-${partLastByte} is not the next part of the upload with id '${uploadId}': received ${bytes.byteLength} bytes, and expected first byte ${found.received}`,
      {
        members: {
          registryId: registry.id,
          repositoryName: repository.name,
          uploadId,
          lastValidByteReceived: found.received - 1,
        },
      },
    );
  }
  found.parts.push(bytes);
  found.received += bytes.byteLength;
  return {
    registryId: registry.id,
    repositoryName: repository.name,
    uploadId,
    lastByteReceived: found.received - 1,
  };
};

const complete = (registry: Registry, input: CompleteLayerUploadCommandInput): unknown => {
  const repository = registry.repository(input);
  const { uploadId, layerDigests = [] } = input;
  const found = upload(repository, uploadId);
  if (found.received === 0) {
    throw inRepository(
      'EmptyUploadException',
      `The upload with id '${uploadId}' does not contain any layer parts`,
      repository,
    );
  }
  if (found.parts.slice(0, -1).some(({ byteLength }) => byteLength < LEAST_PART_BYTES)) {
    throw new AwsError(
      'LayerPartTooSmallException',
      `Layer parts must be at least ${LEAST_PART_BYTES} bytes in size, except the last one`,
    );
  }
  const bytes = Buffer.concat(found.parts);
  const layerDigest = digestOf(bytes);
  if (!layerDigests.includes(layerDigest)) {
    throw new AwsError(
      'InvalidLayerException',
      `The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest specified: calculated '${layerDigest}', given '[${layerDigests.join(', ')}]'`,
    );
  }
  repository.uploads.delete(uploadId ?? '');
  if (repository.blobs.has(layerDigest)) {
    throw inRepository(
      'LayerAlreadyExistsException',
      `The layer with digest '${layerDigest}' already exists`,
      repository,
    );
  }
  repository.blobs.set(layerDigest, new Uint8Array(bytes));
  return { registryId: registry.id, repositoryName: repository.name, uploadId, layerDigest };
};

const check = (registry: Registry, input: BatchCheckLayerAvailabilityCommandInput): unknown => {
  const repository = registry.repository(input);
  const layers: unknown[] = [];
  const failures: unknown[] = [];
  for (const layerDigest of input.layerDigests ?? []) {
    if (!DIGEST.test(layerDigest)) {
      failures.push({
        layerDigest,
        failureCode: layerDigest === '' ? 'MissingLayerDigest' : 'InvalidLayerDigest',
        failureReason: 'A layer digest has the form sha256:<64 hex digits>',
      });
      continue;
    }
    const blob = repository.blobs.get(layerDigest);
    layers.push({
      layerDigest,
      layerAvailability: blob === undefined ? 'UNAVAILABLE' : 'AVAILABLE',
      ...(blob === undefined
        ? {}
        : {
            layerSize: blob.byteLength,
            mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          }),
    });
  }
  return { layers, failures };
};

const downloadUrl = (
  registry: Registry,
  host: LayerHost,
  input: GetDownloadUrlForLayerCommandInput,
): unknown => {
  const repository = registry.repository(input);
  const layerDigest = input.layerDigest ?? '';
  repository.blob(layerDigest);
  return { downloadUrl: host.urlOf(repository, layerDigest), layerDigest };
};

/** The operations on layers. */
export const layerOperations = (registry: Registry, host: LayerHost) => ({
  InitiateLayerUpload: (input: InitiateLayerUploadCommandInput) => initiate(registry, input),
  UploadLayerPart: (input: UploadLayerPartCommandInput) => part(registry, input),
  CompleteLayerUpload: (input: CompleteLayerUploadCommandInput) => complete(registry, input),
  BatchCheckLayerAvailability: (input: BatchCheckLayerAvailabilityCommandInput) =>
    check(registry, input),
  GetDownloadUrlForLayer: (input: GetDownloadUrlForLayerCommandInput) =>
    downloadUrl(registry, host, input),
});
