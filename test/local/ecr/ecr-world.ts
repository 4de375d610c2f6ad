import type { InProcessClient } from '../../../local/client.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, type EmittedEvent, operatorOf } from '../../../local/cloud.ts';
import { digestOf } from '../../../local/services/ecr/digest.ts';
import { type EcrService, ecrModule } from '../../../local/services/ecr/module.ts';
import { inspector2Module } from '../../../local/services/inspector2/module.ts';

export const ACCOUNT = '111111111111';
export const REGION = 'eu-central-1';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

/** An image made of one layer and a configuration with labels. */
export const sampleImage = (labels: Record<string, string> = {}, layer = 'layer') => {
  const config = JSON.stringify({
    architecture: 'arm64',
    os: 'linux',
    config: { Labels: labels },
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: digestOf(layer),
        size: layer.length,
      },
    ],
  });
  return { manifest, digest: digestOf(manifest), blobs: [config, layer] };
};

/** An index of images. */
export const sampleIndex = (...digests: readonly string[]) => {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: digests.map((digest) => ({
      mediaType: OCI_MANIFEST,
      digest,
      size: 1,
      platform: { os: 'linux', architecture: 'arm64' },
    })),
  });
  return { manifest, digest: digestOf(manifest) };
};

/** Each operation has its own output. */
type Output = Awaited<ReturnType<InProcessClient['send']>>;

/** A cloud with ECR and Inspector, and a repository `shop`. */
export const ecrWorld = () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 15, 12));
  const cloud = new Cloud({ clock, seed: 1, modules: [ecrModule, inspector2Module] });
  const events: EmittedEvent[] = [];
  cloud.onEvent((event) => events.push(event));
  const principal = operatorOf(ACCOUNT);
  const place = (region = REGION, account = ACCOUNT) => ({ account, region });
  const ecr = (region?: string, account?: string) =>
    cloud.service<EcrService>('ecr', place(region, account));
  const call = (
    operation: string,
    input: object = {},
    { service = 'ecr', region = REGION, account = ACCOUNT } = {},
  ): Promise<Output> =>
    cloud.call(service, operation, input, { ...place(region, account), principal });
  const on = (operation: string, input: object = {}) =>
    call(operation, { repositoryName: 'shop', ...input });
  const failure = async (operation: string, input: object = {}) => {
    try {
      await on(operation, input);
    } catch (error) {
      return error as Error & Record<string, unknown>;
    }
    throw new Error(`${operation} succeeded, but had to fail`);
  };
  const push = async (
    image: { manifest: string; blobs?: readonly string[] },
    imageTag?: string,
  ): Promise<string> => {
    for (const blob of image.blobs ?? []) ecr().store('shop', blob);
    const answer = await on('PutImage', {
      imageManifest: image.manifest,
      ...(imageTag === undefined ? {} : { imageTag }),
    });
    return answer.image.imageId.imageDigest;
  };
  const eventsOf = (type: string) =>
    events.filter(({ event }) => event['detail-type'] === type).map(({ event }) => event);
  return { clock, cloud, ecr, call, on, failure, push, events, eventsOf, principal };
};
