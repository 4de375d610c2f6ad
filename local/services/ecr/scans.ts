import { AwsError } from '../aws-error.ts';
import type { FindingPlace } from './enhanced-finding.ts';
import { type ImageId, inRepository, printedImageId } from './errors.ts';
import { emitImageScan } from './image-events.ts';
import { emitInspectorFinding, emitInspectorScan } from './inspector-events.ts';
import { labelScanner } from './label-scanner.ts';
import { isScannable } from './manifest.ts';
import type { Registry } from './registry.ts';
import { matchesWildcard, type Repository, type StoredImage } from './repository.ts';
import type { ImageScan, Scanner, SeenFinding } from './scan.ts';

/** How scans behave in time. */
export interface ScanOptions {
  /** From the push to the end of the scan; 10 to 30 seconds unless set. */
  readonly durationMs?: () => number;
  /** How long a scan already says that it has ended while its findings are still missing; 0 unless set. */
  readonly findingsDelayMs?: number;
}

type Mode =
  | { readonly type: 'BASIC' }
  | { readonly type: 'ENHANCED'; readonly continuous: boolean };

const DAY_MILLISECONDS = 86_400_000;
const PENDING_MILLISECONDS = 1_000;
const DURATION = { least: 10_000, spread: 20_000 };
const DESCRIPTIONS = {
  PENDING: 'The scan is pending.',
  IN_PROGRESS: 'The scan is in progress.',
  COMPLETE: 'The scan was completed successfully.',
  ACTIVE: 'Continuous scan is selected for image.',
} as const;

/** Scans images: on push, on request, and (enhanced, continuous) again whenever the scanner knows more. */
export class Scans {
  readonly #registry: Registry;
  #scanner: Scanner = labelScanner;
  #options: ScanOptions = {};

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  setScanner(scanner: Scanner): void {
    this.#scanner = scanner;
  }

  setOptions(options: ScanOptions): void {
    this.#options = options;
  }

  /** Whether and how a push into the repository is scanned by itself. */
  modeOnPush(repository: Repository): Mode | undefined {
    const { scanType, rules = [] } = this.#registry.scanning;
    const frequencies = rules
      .filter(({ repositoryFilters = [] }) =>
        repositoryFilters.some(({ filter }) => matchesWildcard(filter ?? '', repository.name)),
      )
      .map(({ scanFrequency }) => scanFrequency);
    if (scanType === 'ENHANCED') {
      const continuous = frequencies.includes('CONTINUOUS_SCAN');
      return continuous || frequencies.includes('SCAN_ON_PUSH')
        ? { type: 'ENHANCED', continuous }
        : undefined;
    }
    return repository.settings.scanOnPush || frequencies.includes('SCAN_ON_PUSH')
      ? { type: 'BASIC' }
      : undefined;
  }

  /** What a push sets off. */
  pushed(repository: Repository, image: StoredImage): void {
    const mode = this.modeOnPush(repository);
    if (mode !== undefined) this.#begin(repository, image, mode);
  }

  /** StartImageScan. */
  start(repository: Repository, image: StoredImage): ImageScan {
    if (this.#registry.scanning.scanType === 'ENHANCED') {
      throw new AwsError('ValidationException', 'This feature is disabled');
    }
    if (!isScannable(image.manifest)) {
      throw new AwsError('UnsupportedImageTypeException', unscannable(image));
    }
    const last = image.scan?.startedAt;
    if (last !== undefined && this.#registry.cloud.clock.now() - last < DAY_MILLISECONDS) {
      throw new AwsError(
        'LimitExceededException',
        'The scan quota per image has been exceeded. Wait and try again.',
      );
    }
    return this.#begin(repository, image, { type: 'BASIC' });
  }

  /** The scan of an image, or ECR's error. */
  scanOf(repository: Repository, image: StoredImage, asked: ImageId): ImageScan {
    if (image.scan !== undefined) return image.scan;
    throw inRepository(
      'ScanNotFoundException',
      `Image scan does not exist for the image with '${printedImageId(asked)}'`,
      repository,
    );
  }

  /** Looks again into all images under continuous scanning, as when new vulnerabilities get known. */
  rescan(): void {
    for (const repository of this.#registry.repositories.values()) {
      for (const image of repository.images.values()) {
        const { scan } = image;
        if (scan?.status !== 'ACTIVE') continue;
        const result = this.#look(repository, image);
        if (Array.isArray(result)) this.#publish(repository, image, scan, result);
      }
    }
  }

  #begin(repository: Repository, image: StoredImage, mode: Mode): ImageScan {
    const { clock } = this.#registry.cloud;
    const scan: ImageScan = {
      type: mode.type,
      status: 'PENDING',
      description: DESCRIPTIONS.PENDING,
      startedAt: clock.now(),
      completedAt: undefined,
      findings: [],
    };
    image.scan = scan;
    if (!isScannable(image.manifest)) {
      scan.status = 'UNSUPPORTED_IMAGE';
      scan.description = unscannable(image);
      return scan;
    }
    const duration = Math.max(
      PENDING_MILLISECONDS,
      this.#options.durationMs?.() ??
        DURATION.least + Math.floor(this.#registry.cloud.random() * DURATION.spread),
    );
    const running = (): boolean =>
      image.scan === scan && repository.images.get(image.digest) === image;
    clock.at(scan.startedAt + PENDING_MILLISECONDS, () => {
      if (!running()) return;
      scan.status = 'IN_PROGRESS';
      scan.description = DESCRIPTIONS.IN_PROGRESS;
    });
    clock.at(scan.startedAt + duration, () => {
      if (running()) this.#end(repository, image, scan, mode);
    });
    return scan;
  }

  #end(repository: Repository, image: StoredImage, scan: ImageScan, mode: Mode): void {
    const { clock } = this.#registry.cloud;
    const result = this.#look(repository, image);
    scan.completedAt = clock.now();
    if (!Array.isArray(result)) {
      const { status, description } = result as Exclude<typeof result, readonly unknown[]>;
      scan.status = status;
      scan.description = description ?? `The scan ended with ${status}.`;
      if (mode.type === 'BASIC') emitImageScan(this.#registry, repository, image, scan);
      return;
    }
    scan.status = mode.type === 'ENHANCED' && mode.continuous ? 'ACTIVE' : 'COMPLETE';
    scan.description = DESCRIPTIONS[scan.status];
    const delay = this.#options.findingsDelayMs ?? 0;
    if (delay === 0) this.#publish(repository, image, scan, result);
    else clock.at(clock.now() + delay, () => this.#publish(repository, image, scan, result));
    if (mode.type === 'BASIC') emitImageScan(this.#registry, repository, image, scan);
    else emitInspectorScan(this.#registry, scan, this.#placeOf(repository, image));
  }

  #look(repository: Repository, image: StoredImage): ReturnType<Scanner> {
    const blob = repository.blobs.get(image.manifest.config?.digest ?? '');
    return this.#scanner({
      repository: repository.name,
      digest: image.digest,
      manifest: image.manifest,
      ...(blob === undefined ? {} : { config: parsedConfig(blob) }),
    });
  }

  #publish(
    repository: Repository,
    image: StoredImage,
    scan: ImageScan,
    findings: readonly SeenFinding['finding'][],
  ): void {
    const known = new Map(scan.findings.map((seen) => [seen.finding.id, seen]));
    const now = this.#registry.cloud.clock.now();
    scan.findings = findings.map((finding) => ({
      finding,
      firstSeenAt: known.get(finding.id)?.firstSeenAt ?? now,
    }));
    if (scan.type !== 'ENHANCED') return;
    for (const seen of scan.findings) {
      if (!known.has(seen.finding.id)) {
        emitInspectorFinding(this.#registry, seen, this.#placeOf(repository, image));
      }
    }
  }

  #placeOf(repository: Repository, image: StoredImage): FindingPlace {
    return { repository, image, ...this.#registry.place };
  }
}

const unscannable = ({ manifest }: StoredImage): string =>
  `An artifact with media type '${manifest.mediaType}' cannot be scanned`;

/** A configuration that is no JSON tells a scanner nothing. */
const parsedConfig = (blob: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(blob));
  } catch {
    return undefined;
  }
};
