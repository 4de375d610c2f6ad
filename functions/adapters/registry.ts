import {
  BatchGetImageCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
  type EnhancedImageScanFinding,
  GetDownloadUrlForLayerCommand,
  type ImageDetail,
  type ImageIdentifier,
  type ImageScanFinding,
} from '@aws-sdk/client-ecr';
import { ImageNotFound, isNamed, TransientFailure } from '../domain/errors.ts';
import { IMAGE_MEDIA_TYPES } from '../domain/image.ts';
import type { Finding, ScanReading } from '../domain/scan.ts';
import type { RegisteredImage, Registry } from '../ports/registry.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';

interface Repository {
  readonly repository: string;
  readonly registryId: string;
  readonly region: string;
}

const registered = (detail: ImageDetail): RegisteredImage | null =>
  detail.imageDigest === undefined || detail.imagePushedAt === undefined
    ? null
    : {
        digest: detail.imageDigest,
        tags: [...(detail.imageTags ?? [])].sort(),
        pushedAt: detail.imagePushedAt.toISOString(),
        mediaType: detail.imageManifestMediaType ?? null,
      };

const newestFirst = (a: RegisteredImage, b: RegisteredImage): number =>
  b.pushedAt.localeCompare(a.pushedAt) || b.digest.localeCompare(a.digest);

/** A finding of basic scanning: its name is the CVE. */
const basic = ({ name, severity, uri, attributes }: ImageScanFinding): Finding => ({
  id: name ?? 'unnamed finding',
  severity: severity ?? 'UNDEFINED',
  title: attributes?.find(({ key }) => key === 'package_name')?.value ?? uri ?? null,
  fixAvailable: null,
  open: true,
});

/** A finding of enhanced scanning, that is of Amazon Inspector. */
const enhanced = (finding: EnhancedImageScanFinding): Finding => ({
  id:
    finding.packageVulnerabilityDetails?.vulnerabilityId ??
    finding.title ??
    finding.findingArn ??
    'unnamed finding',
  severity: finding.severity ?? 'UNTRIAGED',
  title: finding.title ?? null,
  fixAvailable: finding.fixAvailable ?? null,
  open: finding.status !== 'CLOSED',
});

/** One ECR repository. */
export const registryOf = (
  { runtime }: { runtime: Runtime },
  { repository, registryId, region }: Repository,
): Registry => {
  const client = aws(runtime)(ECRClient, { region });
  const where = { registryId, repositoryName: repository };

  const image: Registry['image'] = async (by) => {
    const id: ImageIdentifier = 'digest' in by ? { imageDigest: by.digest } : { imageTag: by.tag };
    try {
      const { imageDetails } = await client.send(
        new DescribeImagesCommand({ ...where, imageIds: [id] }),
      );
      const [detail] = imageDetails ?? [];
      return detail === undefined ? null : registered(detail);
    } catch (error) {
      if (isNamed(error, 'ImageNotFoundException')) return null;
      throw error;
    }
  };

  const newestTagged: Registry['newestTagged'] = async (count) => {
    let newest: RegisteredImage[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new DescribeImagesCommand({
          ...where,
          filter: { tagStatus: 'TAGGED' },
          maxResults: 1_000,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      // Pages come in no order, so all are read and only the newest kept.
      newest = [...newest, ...(page.imageDetails ?? []).flatMap((one) => registered(one) ?? [])]
        .sort(newestFirst)
        .slice(0, count);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return newest;
  };

  const manifest: Registry['manifest'] = async (digest) => {
    const { images } = await client.send(
      new BatchGetImageCommand({
        ...where,
        imageIds: [{ imageDigest: digest }],
        acceptedMediaTypes: [...IMAGE_MEDIA_TYPES],
      }),
    );
    const [found] = images ?? [];
    if (found?.imageManifest === undefined) return null;
    const body: unknown = JSON.parse(found.imageManifest);
    const inBody = (body as { mediaType?: unknown }).mediaType;
    const mediaType = found.imageManifestMediaType ?? (typeof inBody === 'string' ? inBody : '');
    return { digest, mediaType, body };
  };

  const scan: Registry['scan'] = async (digest) => {
    const findings: Finding[] = [];
    const counts: Record<string, number> = {};
    let status: string | null = null;
    let description: string | null = null;
    let nextToken: string | undefined;
    try {
      do {
        const page = await client.send(
          new DescribeImageScanFindingsCommand({
            ...where,
            imageId: { imageDigest: digest },
            maxResults: 1_000,
            ...(nextToken === undefined ? {} : { nextToken }),
          }),
        );
        status = page.imageScanStatus?.status ?? 'UNKNOWN';
        description = page.imageScanStatus?.description ?? null;
        findings.push(...(page.imageScanFindings?.findings ?? []).map(basic));
        findings.push(...(page.imageScanFindings?.enhancedFindings ?? []).map(enhanced));
        Object.assign(counts, page.imageScanFindings?.findingSeverityCounts ?? {});
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    } catch (error) {
      if (isNamed(error, 'ImageNotFoundException'))
        throw new ImageNotFound(`${repository} has no image ${digest} any more; push it again`, {
          facts: { digest },
          cause: error,
        });
      if (!isNamed(error, 'ScanNotFoundException')) throw error;
      return { status: null, description: null, findings: [], counts: {} };
    }
    return { status, description, findings, counts } satisfies ScanReading;
  };

  const json: Registry['json'] = async (digest) => {
    const { downloadUrl } = await client.send(
      new GetDownloadUrlForLayerCommand({ ...where, layerDigest: digest }),
    );
    const answer = await runtime.fetch(downloadUrl ?? '').catch((error: unknown) => {
      throw new TransientFailure(`the blob ${digest} could not be fetched`, { cause: error });
    });
    if (!answer.ok)
      throw new TransientFailure(`the blob ${digest} was answered with ${answer.status}`);
    return answer.json();
  };

  return { image, newestTagged, manifest, json, scan };
};
