import {
  CompleteLayerUploadCommand,
  type ECRClient,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { buildImage } from '../../examples/shop/image.ts';

/** Pushes a version of the sample through ECR's own upload operations: layers, configuration, manifest with its tag. */
export const pushSample = async (
  client: ECRClient,
  repositoryName: string,
  version: string,
): Promise<{ digest: string; alreadyThere: boolean }> => {
  const image = await buildImage(version);
  for (const blob of [...image.layers, image.config])
    await uploadBlob(client, repositoryName, blob.bytes, blob.digest);
  try {
    await client.send(
      new PutImageCommand({
        repositoryName,
        imageManifest: image.manifest,
        imageManifestMediaType: image.mediaType,
        imageTag: version,
      }),
    );
    return { digest: image.digest, alreadyThere: false };
  } catch (error) {
    if (error instanceof Error && error.name === 'ImageAlreadyExistsException') {
      return { digest: image.digest, alreadyThere: true };
    }
    throw error;
  }
};

const uploadBlob = async (
  client: ECRClient,
  repositoryName: string,
  bytes: Uint8Array,
  digest: string,
): Promise<void> => {
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
  try {
    await client.send(
      new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }),
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === 'LayerAlreadyExistsException')) throw error;
  }
};
