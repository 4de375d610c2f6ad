import type {
  DescribeImageScanFindingsCommandInput,
  StartImageScanCommandInput,
} from '@aws-sdk/client-ecr';
import { enhancedFinding, inspectorSeverity } from './enhanced-finding.ts';
import { paged } from './paging.ts';
import type { Registry } from './registry.ts';
import { type ImageScan, type SeenFinding, severityCounts } from './scan.ts';
import type { Scans } from './scans.ts';

const counts = (scan: ImageScan): Readonly<Record<string, number>> => {
  if (scan.type === 'BASIC') return severityCounts(scan.findings);
  const byName: Record<string, number> = {};
  for (const seen of scan.findings) {
    const severity = inspectorSeverity(seen);
    byName[severity] = (byName[severity] ?? 0) + 1;
  }
  return byName;
};

/** What DescribeImages says of an ended scan. */
export const findingsSummary = (scan: ImageScan) => ({
  imageScanCompletedAt: new Date(scan.completedAt ?? scan.startedAt),
  vulnerabilitySourceUpdatedAt: new Date(scan.completedAt ?? scan.startedAt),
  findingSeverityCounts: counts(scan),
});

const basicFinding = ({ finding }: SeenFinding) => ({
  name: finding.id,
  ...(finding.description === undefined ? {} : { description: finding.description }),
  ...(finding.uri === undefined ? {} : { uri: finding.uri }),
  severity: finding.severity,
  attributes: [
    ...(finding.package === undefined
      ? []
      : [
          { key: 'package_version', value: finding.package.version },
          { key: 'package_name', value: finding.package.name },
        ]),
    ...(finding.score === undefined
      ? []
      : [{ key: 'CVSS3_SCORE', value: finding.score.toFixed(1) }]),
  ],
});

const describe = (
  registry: Registry,
  scans: Scans,
  input: DescribeImageScanFindingsCommandInput,
): unknown => {
  const repository = registry.repository(input);
  const image = repository.image(input.imageId ?? {});
  const scan = scans.scanOf(repository, image, input.imageId ?? {});
  const { page, next } = paged(scan.findings, input);
  const place = { repository, image, ...registry.place };
  const found =
    scan.type === 'BASIC'
      ? { findings: page.map(basicFinding) }
      : { enhancedFindings: page.map((seen) => enhancedFinding(seen, place)) };
  return {
    registryId: registry.id,
    repositoryName: repository.name,
    imageId: {
      imageDigest: image.digest,
      ...(input.imageId?.imageTag === undefined ? {} : { imageTag: input.imageId.imageTag }),
    },
    imageScanStatus: { status: scan.status, description: scan.description },
    ...(scan.completedAt === undefined
      ? {}
      : { imageScanFindings: { ...findingsSummary(scan), ...found } }),
    ...next,
  };
};

const start = (registry: Registry, scans: Scans, input: StartImageScanCommandInput): unknown => {
  const repository = registry.repository(input);
  const image = repository.image(input.imageId ?? {});
  const scan = scans.start(repository, image);
  return {
    registryId: registry.id,
    repositoryName: repository.name,
    imageId: { ...input.imageId, imageDigest: image.digest },
    imageScanStatus: { status: scan.status, description: scan.description },
  };
};

/** StartImageScan and DescribeImageScanFindings. */
export const scanOperations = (registry: Registry, scans: Scans) => ({
  DescribeImageScanFindings: (input: DescribeImageScanFindingsCommandInput) =>
    describe(registry, scans, input),
  StartImageScan: (input: StartImageScanCommandInput) => start(registry, scans, input),
});
