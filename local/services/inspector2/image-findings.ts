import type { Finding } from '@aws-sdk/client-inspector2';
import { enhancedFinding } from '../ecr/enhanced-finding.ts';
import type { EcrService } from '../ecr/module.ts';
import type { Repository, StoredImage } from '../ecr/repository.ts';
import type { ImageScan } from '../ecr/scan.ts';
import type { CloudContext, Place } from '../service.ts';

/** An image that Inspector looks after. */
export interface CoveredImage {
  readonly repository: Repository;
  readonly image: StoredImage;
  readonly scan: ImageScan;
}

/** A finding with what the API's lists leave out. */
export interface ImageFinding {
  readonly finding: Finding;
  readonly image: CoveredImage;
  readonly epss: number | undefined;
}

/** The images under enhanced scanning in a place. */
export const coveredImages = (cloud: CloudContext, place: Place): readonly CoveredImage[] => {
  const { registry } = cloud.service<EcrService>('ecr', place);
  return [...registry.repositories.values()].flatMap((repository) =>
    [...repository.images.values()].flatMap((image) =>
      image.scan?.type === 'ENHANCED' ? [{ repository, image, scan: image.scan }] : [],
    ),
  );
};

/** All findings in those images, as ListFindings gives them. */
export const imageFindings = (cloud: CloudContext, place: Place): readonly ImageFinding[] =>
  coveredImages(cloud, place).flatMap((covered) =>
    covered.scan.findings.map((seen): ImageFinding => {
      const { score, ...finding } = enhancedFinding(seen, { ...covered, ...place });
      const { epss } = seen.finding;
      return {
        image: covered,
        epss,
        finding: {
          ...(finding as unknown as Finding),
          inspectorScore: score,
          ...(epss === undefined ? {} : { epss: { score: epss } }),
          resources: (finding.resources ?? []).map((resource) => ({
            ...resource,
            partition: 'aws',
            region: place.region,
          })) as unknown as Finding['resources'],
        },
      };
    }),
  );
