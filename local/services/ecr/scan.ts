import type { FindingSeverity, ScanStatus } from '@aws-sdk/client-ecr';
import type { Manifest } from './manifest.ts';

/** One vulnerability in one image, as a scanner knows it. */
export interface Finding {
  /** `CVE-2026-1234`. */
  readonly id: string;
  readonly severity: FindingSeverity;
  readonly description?: string;
  readonly uri?: string;
  readonly package?: { readonly name: string; readonly version: string };
  readonly fixedInVersion?: string;
  /** Probability of exploitation within 30 days, 0 to 1. */
  readonly epss?: number;
  readonly exploitAvailable?: boolean;
  /** CVSS base score, 0 to 10. */
  readonly score?: number;
}

/** What a scanner is given. */
export interface ScannedImage {
  readonly repository: string;
  readonly digest: string;
  readonly manifest: Manifest;
  /** The image's configuration, parsed, if its blob is there. */
  readonly config?: unknown;
}

/** Looks into an image: what it found, or the status with which the scan ends without findings. */
export type Scanner = (
  image: ScannedImage,
) => readonly Finding[] | { readonly status: ScanStatus; readonly description?: string };

/** A finding as first seen in an image. */
export interface SeenFinding {
  readonly finding: Finding;
  readonly firstSeenAt: number;
}

/** The state of an image's scan. */
export interface ImageScan {
  readonly type: 'BASIC' | 'ENHANCED';
  status: ScanStatus;
  description: string;
  readonly startedAt: number;
  completedAt: number | undefined;
  findings: readonly SeenFinding[];
}

/** How many findings of each severity; those with none are left out. */
export const severityCounts = (
  findings: readonly SeenFinding[],
): Partial<Record<FindingSeverity, number>> => {
  const counts: Partial<Record<FindingSeverity, number>> = {};
  for (const { finding } of findings) {
    counts[finding.severity] = (counts[finding.severity] ?? 0) + 1;
  }
  return counts;
};
