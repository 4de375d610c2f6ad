import type { Registry, ReplicaState } from './registry.ts';
import type { Repository, StoredImage } from './repository.ts';
import { type ImageScan, severityCounts } from './scan.ts';

/** `ECR Image Action`: a push or delete, as documented in "Amazon ECR events and EventBridge". */
export const emitImageAction = (
  { cloud, place }: Registry,
  repository: Repository,
  action: 'PUSH' | 'DELETE',
  image: { readonly digest: string; readonly tag?: string | undefined },
): void => {
  cloud.emit(
    {
      source: 'aws.ecr',
      'detail-type': 'ECR Image Action',
      resources: [],
      detail: {
        result: 'SUCCESS',
        'repository-name': repository.name,
        'image-digest': image.digest,
        'action-type': action,
        ...(image.tag === undefined ? {} : { 'image-tag': image.tag }),
      },
    },
    place,
  );
};

/** `ECR Image Scan`: a basic scan has ended. */
export const emitImageScan = (
  { cloud, place }: Registry,
  repository: Repository,
  image: StoredImage,
  scan: ImageScan,
): void => {
  cloud.emit(
    {
      source: 'aws.ecr',
      'detail-type': 'ECR Image Scan',
      resources: [repository.arn],
      detail: {
        'scan-status': scan.status,
        'repository-name': repository.name,
        'finding-severity-counts': severityCounts(scan.findings),
        'image-digest': image.digest,
        'image-tags': [...image.tags],
      },
    },
    place,
  );
};

/** `ECR Replication Action`, in the destination: an image has arrived, or could not. */
export const emitReplication = (
  source: Registry,
  destination: Registry,
  state: ReplicaState,
  image: {
    readonly repository: string;
    readonly digest: string;
    readonly tag?: string | undefined;
  },
): void => {
  const { region, account } = destination.place;
  destination.cloud.emit(
    {
      source: 'aws.ecr',
      'detail-type': 'ECR Replication Action',
      resources: [`arn:aws:ecr:${region}:${account}:repository/${image.repository}`],
      detail: {
        result: state.status === 'COMPLETE' ? 'SUCCESS' : 'FAILED',
        'repository-name': image.repository,
        'image-digest': image.digest,
        'source-account': source.place.account,
        'action-type': 'REPLICATE',
        'source-region': source.place.region,
        ...(image.tag === undefined ? {} : { 'image-tag': image.tag }),
      },
    },
    destination.place,
  );
};
