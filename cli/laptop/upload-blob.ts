import {
  CompleteLayerUploadCommand,
  type ECRClient,
  InitiateLayerUploadCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';

/** Uploads a layer or configuration of an image; one that is there already is left as it is. */
export const uploadBlob = async (
  client: ECRClient,
  repositoryName: string,
  blob: { readonly bytes: Uint8Array; readonly digest: string },
): Promise<void> => {
  const { uploadId } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
  await client.send(
    new UploadLayerPartCommand({
      repositoryName,
      uploadId,
      partFirstByte: 0,
      partLastByte: blob.bytes.length - 1,
      layerPartBlob: blob.bytes,
    }),
  );
  try {
    await client.send(
      new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [blob.digest] }),
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === 'LayerAlreadyExistsException')) throw error;
  }
};
