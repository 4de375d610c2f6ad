import type {
  BatchGetFindingDetailsCommandInput,
  Finding,
  ListFindingsCommandInput,
} from '@aws-sdk/client-inspector2';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';
import { type Criterion, matchesCriteria } from './filters.ts';
import { type ImageFinding, imageFindings } from './image-findings.ts';
import { paged } from './paging.ts';

const MAX_DETAILS = 10;
const SEVERITIES = ['UNTRIAGED', 'INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

const CRITERIA: Readonly<Record<string, Criterion<ImageFinding>>> = {
  awsAccountId: ({ finding }) => finding.awsAccountId,
  ecrImageHash: ({ image }) => image.image.digest,
  ecrImagePushedAt: ({ image }) => new Date(image.image.pushedAt),
  ecrImageRegistry: ({ image }) => image.repository.registryId,
  ecrImageRepositoryName: ({ image }) => image.repository.name,
  ecrImageTags: ({ image }) => [...image.image.tags],
  epssScore: ({ epss }) => epss,
  exploitAvailable: ({ finding }) => finding.exploitAvailable,
  findingArn: ({ finding }) => finding.findingArn,
  findingStatus: ({ finding }) => finding.status,
  findingType: ({ finding }) => finding.type,
  firstObservedAt: ({ finding }) => finding.firstObservedAt,
  fixAvailable: ({ finding }) => finding.fixAvailable,
  inspectorScore: ({ finding }) => finding.inspectorScore,
  lastObservedAt: ({ finding }) => finding.lastObservedAt,
  resourceId: ({ finding }) => finding.resources?.[0]?.id,
  resourceType: ({ finding }) => finding.resources?.[0]?.type,
  severity: ({ finding }) => finding.severity,
  title: ({ finding }) => finding.title,
  updatedAt: ({ finding }) => finding.updatedAt,
  vendorSeverity: ({ finding }) => finding.packageVulnerabilityDetails?.vendorSeverity,
  vulnerabilityId: ({ finding }) => finding.packageVulnerabilityDetails?.vulnerabilityId,
  vulnerabilitySource: ({ finding }) => finding.packageVulnerabilityDetails?.source,
};

const SORTS: Readonly<Record<string, (found: ImageFinding) => number | string>> = {
  AWS_ACCOUNT_ID: ({ finding }) => finding.awsAccountId ?? '',
  ECR_IMAGE_PUSHED_AT: ({ image }) => image.image.pushedAt,
  ECR_IMAGE_REGISTRY: ({ image }) => image.repository.registryId,
  ECR_IMAGE_REPOSITORY_NAME: ({ image }) => image.repository.name,
  EPSS_SCORE: ({ epss }) => epss ?? -1,
  FIRST_OBSERVED_AT: ({ finding }) => finding.firstObservedAt?.getTime() ?? 0,
  INSPECTOR_SCORE: ({ finding }) => finding.inspectorScore ?? 0,
  LAST_OBSERVED_AT: ({ finding }) => finding.lastObservedAt?.getTime() ?? 0,
  SEVERITY: ({ finding }) => SEVERITIES.indexOf(finding.severity ?? ''),
  VULNERABILITY_ID: ({ finding }) => finding.packageVulnerabilityDetails?.vulnerabilityId ?? '',
};

const sorted = (
  found: readonly ImageFinding[],
  criteria: ListFindingsCommandInput['sortCriteria'],
): readonly ImageFinding[] => {
  if (criteria === undefined) return found;
  const key = SORTS[criteria.field ?? ''];
  if (key === undefined) {
    throw new AwsError(
      'NotImplemented',
      `the local cloud does not do inspector2:ListFindings sorted by ${criteria.field}`,
      { status: 501 },
    );
  }
  const sign = criteria.sortOrder === 'DESC' ? -1 : 1;
  return [...found].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left === right ? 0 : sign * (left < right ? -1 : 1);
  });
};

const list = (
  cloud: CloudContext,
  place: Place,
  input: ListFindingsCommandInput,
): { findings: Finding[]; nextToken?: string } => {
  const found = imageFindings(cloud, place).filter((finding) =>
    matchesCriteria(finding, input.filterCriteria, CRITERIA, 'ListFindings'),
  );
  const { page, next } = paged(sorted(found, input.sortCriteria), input);
  return { findings: page.map(({ finding }) => finding), ...next };
};

const details = (
  cloud: CloudContext,
  place: Place,
  input: BatchGetFindingDetailsCommandInput,
): unknown => {
  const arns = input.findingArns ?? [];
  if (arns.length === 0 || arns.length > MAX_DETAILS) {
    throw new AwsError(
      'ValidationException',
      `findingArns must have 1 to ${MAX_DETAILS} ARNs, given ${arns.length}`,
    );
  }
  const byArn = new Map(
    imageFindings(cloud, place).map((found) => [found.finding.findingArn, found]),
  );
  return {
    findingDetails: arns.flatMap((findingArn) => {
      const found = byArn.get(findingArn);
      if (found === undefined) return [];
      const { finding, epss } = found;
      return [
        {
          findingArn,
          ...(epss === undefined ? {} : { epssScore: epss }),
          riskScore: Math.round((finding.inspectorScore ?? 0) * 10),
          referenceUrls: finding.packageVulnerabilityDetails?.referenceUrls ?? [],
          cwes: [],
          tools: [],
          ttps: [],
          evidences: [],
        },
      ];
    }),
    errors: arns
      .filter((arn) => !byArn.has(arn))
      .map((findingArn) => ({
        findingArn,
        errorCode: 'FINDING_DETAILS_NOT_FOUND',
        errorMessage: `No details for the finding ${findingArn}`,
      })),
  };
};

/** ListFindings and BatchGetFindingDetails. */
export const findingOperations = (cloud: CloudContext, place: Place) => ({
  ListFindings: (input: ListFindingsCommandInput) => list(cloud, place, input),
  BatchGetFindingDetails: (input: BatchGetFindingDetailsCommandInput) =>
    details(cloud, place, input),
});
