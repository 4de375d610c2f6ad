import { enhancedFinding, type FindingPlace } from './enhanced-finding.ts';
import type { Registry } from './registry.ts';
import { type ImageScan, type SeenFinding, severityCounts } from './scan.ts';

/** `Inspector2 Scan`: the first enhanced scan of an image has ended. Here the repository's name is its ARN. */
export const emitInspectorScan = (
  { cloud, place: at }: Registry,
  scan: ImageScan,
  { repository, image }: FindingPlace,
): void => {
  const counts = severityCounts(scan.findings);
  cloud.emit(
    {
      source: 'aws.inspector2',
      'detail-type': 'Inspector2 Scan',
      resources: [repository.arn],
      detail: {
        'scan-status': 'INITIAL_SCAN_COMPLETE',
        'repository-name': repository.arn,
        'finding-severity-counts': {
          CRITICAL: counts.CRITICAL ?? 0,
          HIGH: counts.HIGH ?? 0,
          MEDIUM: counts.MEDIUM ?? 0,
          TOTAL: scan.findings.length,
        },
        'image-digest': image.digest,
        'image-tags': [...image.tags],
        version: '1.0',
      },
    },
    at,
  );
};

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Wed Sep 04 16:55:38.411 UTC 2024`: how Inspector writes instants in events. */
export const inspectorTime = (at: Date): string =>
  `${DAYS[at.getUTCDay()]} ${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2, '0')} ${at.toISOString().slice(11, 23)} UTC ${at.getUTCFullYear()}`;

const withTimes = (value: unknown): unknown => {
  if (value instanceof Date) return inspectorTime(value);
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, withTimes(member)]),
  );
};

/** `Inspector2 Finding`: a vulnerability newly seen in an image. */
export const emitInspectorFinding = (
  { cloud, place: at }: Registry,
  seen: SeenFinding,
  place: FindingPlace,
): void => {
  const { score, ...finding } = enhancedFinding(seen, place);
  cloud.emit(
    {
      source: 'aws.inspector2',
      'detail-type': 'Inspector2 Finding',
      resources: [`${place.repository.arn}/${place.image.digest}`],
      detail: {
        ...(withTimes(finding) as object),
        ...(score === undefined ? {} : { inspectorScore: score }),
        ...(seen.finding.epss === undefined ? {} : { epss: { score: seen.finding.epss } }),
        resources: (finding.resources ?? []).map((resource) => ({
          ...(withTimes(resource) as object),
          partition: 'aws',
          region: place.region,
        })),
      },
    },
    at,
  );
};
