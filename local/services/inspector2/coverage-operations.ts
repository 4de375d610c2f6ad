import type { CoveredResource, ListCoverageCommandInput } from '@aws-sdk/client-inspector2';
import type { CloudContext, Place } from '../service.ts';
import { type Criterion, matchesCriteria } from './filters.ts';
import { type CoveredImage, coveredImages } from './image-findings.ts';
import { paged } from './paging.ts';

const STATUS: Readonly<Record<string, readonly ['ACTIVE' | 'INACTIVE', string]>> = {
  ACTIVE: ['ACTIVE', 'SUCCESSFUL'],
  COMPLETE: ['INACTIVE', 'SUCCESSFUL'],
  PENDING: ['ACTIVE', 'PENDING_INITIAL_SCAN'],
  IN_PROGRESS: ['ACTIVE', 'PENDING_INITIAL_SCAN'],
  SCAN_ELIGIBILITY_EXPIRED: ['INACTIVE', 'SCAN_ELIGIBILITY_EXPIRED'],
};

const statusOf = ({ scan }: CoveredImage): readonly ['ACTIVE' | 'INACTIVE', string] =>
  STATUS[scan.status] ?? [
    'INACTIVE',
    scan.status === 'UNSUPPORTED_IMAGE' ? 'UNSUPPORTED_MEDIA_TYPE' : 'INTERNAL_ERROR',
  ];

const idOf = ({ repository, image }: CoveredImage): string => `${repository.arn}/${image.digest}`;

const CRITERIA: Readonly<Record<string, Criterion<CoveredImage>>> = {
  accountId: ({ repository }) => repository.registryId,
  ecrImageTags: ({ image }) => [...image.tags],
  ecrRepositoryName: ({ repository }) => repository.name,
  lastScannedAt: ({ scan }) =>
    scan.completedAt === undefined ? undefined : new Date(scan.completedAt),
  resourceId: idOf,
  resourceType: () => 'AWS_ECR_CONTAINER_IMAGE',
  scanStatusCode: (covered) => statusOf(covered)[0],
  scanStatusReason: (covered) => statusOf(covered)[1],
  scanType: () => 'PACKAGE',
};

const resourceOf = (covered: CoveredImage): CoveredResource => {
  const { repository, image, scan } = covered;
  const [statusCode, reason] = statusOf(covered);
  return {
    accountId: repository.registryId,
    resourceId: idOf(covered),
    resourceType: 'AWS_ECR_CONTAINER_IMAGE',
    scanType: 'PACKAGE',
    scanStatus: { statusCode, reason } as NonNullable<CoveredResource['scanStatus']>,
    ...(scan.completedAt === undefined ? {} : { lastScannedAt: new Date(scan.completedAt) }),
    resourceMetadata: {
      ecrImage: { tags: [...image.tags] },
      ecrRepository: {
        name: repository.name,
        scanFrequency: scan.status === 'COMPLETE' ? 'SCAN_ON_PUSH' : 'CONTINUOUS_SCAN',
      },
    },
  };
};

/** ListCoverage: the images that Inspector looks after. */
export const coverageOperations = (cloud: CloudContext, place: Place) => ({
  ListCoverage: (input: ListCoverageCommandInput) => {
    const covered = coveredImages(cloud, place).filter((image) =>
      matchesCriteria(image, input.filterCriteria, CRITERIA, 'ListCoverage'),
    );
    const { page, next } = paged(covered, input);
    return { coveredResources: page.map(resourceOf), ...next };
  },
});
