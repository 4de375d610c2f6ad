import type { EnhancedImageScanFinding } from '@aws-sdk/client-ecr';
import { digestOf } from './digest.ts';
import type { Repository, StoredImage } from './repository.ts';
import type { SeenFinding } from './scan.ts';

/** What lies around a finding. */
export interface FindingPlace {
  readonly repository: Repository;
  readonly image: StoredImage;
  readonly account: string;
  readonly region: string;
}

/** The same finding in the same image always has the same ARN. */
export const findingArn = (
  { finding }: SeenFinding,
  { repository, image, account, region }: FindingPlace,
): string =>
  `arn:aws:inspector2:${region}:${account}:finding/${digestOf(
    `${repository.arn} ${image.digest} ${finding.id}`,
  ).slice(7, 39)}`;

/** What ECR calls UNDEFINED is UNTRIAGED to Inspector. */
export const inspectorSeverity = ({ finding }: SeenFinding): string =>
  finding.severity === 'UNDEFINED' ? 'UNTRIAGED' : finding.severity;

/** `CVE-… - package`, as Inspector titles findings. */
export const findingTitle = ({ finding }: SeenFinding): string =>
  finding.package === undefined ? finding.id : `${finding.id} - ${finding.package.name}`;

/** A finding of enhanced scanning as DescribeImageScanFindings shows it. */
export const enhancedFinding = (
  seen: SeenFinding,
  place: FindingPlace,
): EnhancedImageScanFinding => {
  const { finding, firstSeenAt } = seen;
  const { repository, image, account } = place;
  const at = new Date(firstSeenAt);
  return {
    awsAccountId: account,
    description: finding.description,
    findingArn: findingArn(seen, place),
    firstObservedAt: at,
    lastObservedAt: at,
    updatedAt: at,
    packageVulnerabilityDetails: {
      vulnerabilityId: finding.id,
      source: 'NVD',
      sourceUrl: finding.uri,
      cvss: [],
      referenceUrls: [],
      relatedVulnerabilities: [],
      vendorSeverity: finding.severity.toLowerCase(),
      vulnerablePackages:
        finding.package === undefined
          ? []
          : [
              {
                name: finding.package.name,
                version: finding.package.version,
                packageManager: 'OS',
                ...(finding.fixedInVersion === undefined
                  ? {}
                  : { fixedInVersion: finding.fixedInVersion }),
              },
            ],
    },
    remediation: { recommendation: { text: 'None Provided' } },
    resources: [
      {
        type: 'AWS_ECR_CONTAINER_IMAGE',
        id: `${repository.arn}/${image.digest}`,
        details: {
          awsEcrContainerImage: {
            imageHash: image.digest,
            imageTags: [...image.tags],
            pushedAt: new Date(image.pushedAt),
            registry: repository.registryId,
            repositoryName: repository.name,
          },
        },
      },
    ],
    score: finding.score ?? 0,
    severity: inspectorSeverity(seen),
    status: 'ACTIVE',
    title: findingTitle(seen),
    type: 'PACKAGE_VULNERABILITY',
    fixAvailable: finding.fixedInVersion === undefined ? 'NO' : 'YES',
    exploitAvailable: finding.exploitAvailable === true ? 'YES' : 'NO',
  };
};
