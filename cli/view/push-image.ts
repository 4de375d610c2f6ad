import { type ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { buildImage } from '../../examples/shop/image.ts';
import { uploadBlob } from '../laptop/upload-blob.ts';

/** Pushes a version of the sample through ECR's own upload operations: layers, configuration, manifest with its tag. */
export const pushSample = async (
  client: ECRClient,
  repositoryName: string,
  version: string,
): Promise<{ digest: string; alreadyThere: boolean }> => {
  const image = await buildImage(version);
  for (const blob of [...image.layers, image.config])
    await uploadBlob(client, repositoryName, blob);
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
