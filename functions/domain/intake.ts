import type { Newest, Pushed } from './order.ts';
import { pushedAfter } from './order.ts';
import type { Evidence } from './provenance.ts';
import type { Quarantine } from './quarantine.ts';
import { type Pair, type ReleaseRecord, releaseIdOf, type ServiceRecord } from './release.ts';

/** All that is known of an image when an event, or the reconciler, brings it up. */
export interface Knowledge {
  readonly service: ServiceRecord;
  /** As the registry confirmed it. */
  readonly pushed: Pushed;
  readonly release: ReleaseRecord | null;
  readonly newest: Newest | null;
  readonly quarantine: Quarantine | null;
  /** Null where the service names no build project. */
  readonly evidence: Evidence | null;
}

/** What is to be done about an image. */
export type IntakeDecision =
  | { readonly act: 'start'; readonly releaseId: string; readonly attempt: number }
  | { readonly act: 'wait'; readonly releaseId: string; readonly reason: string }
  | { readonly act: 'refuse'; readonly releaseId: string; readonly reason: string }
  | { readonly act: 'supersede'; readonly releaseId: string; readonly reason: string }
  | { readonly act: 'leave'; readonly releaseId: string; readonly reason: string };

/** The pair that a release of this image would be now. */
export const pairOf = (service: ServiceRecord, digest: string): Pair => ({
  digest,
  configDigest: service.configDigest,
});

/** Says whether a release ended before any execution had carried it: a failed build, nothing else. */
export const endedUncarried = (release: ReleaseRecord): boolean =>
  release.outcome === 'rejected' && release.executionArn === null;

/**
 * Decides about an image. The same knowledge gives the same decision however often and in whatever order it is asked:
 * events come twice, late and in any order.
 */
export const decideIntake = (known: Knowledge): IntakeDecision => {
  const { service, pushed, release, newest, quarantine, evidence } = known;
  const releaseId = releaseIdOf(service.service, pairOf(service, pushed.digest));
  const leave = (reason: string): IntakeDecision => ({ act: 'leave', releaseId, reason });
  if (quarantine)
    return {
      act: 'refuse',
      releaseId,
      reason: `quarantined since ${quarantine.at} by ${quarantine.rolloutId}: ${quarantine.reason}`,
    };
  const proven = service.build === null || (evidence?.push !== null && evidence?.build != null);
  const again = release !== null && (release.outcome === 'failed' || endedUncarried(release));
  if (release?.phase === 'ended' && !again) return leave(`it has ended ${release.outcome}`);
  if (newest && newest.releaseId !== releaseId && pushedAfter(newest, pushed)) {
    if (release?.phase === 'ended') return leave(`${newest.releaseId} is newer`);
    return {
      act: 'supersede',
      releaseId,
      reason: `${newest.releaseId} was pushed later (${newest.imagePushedAt})`,
    };
  }
  if (!proven) {
    if (release?.phase === 'ended') return leave(`it has ended ${release.outcome}`);
    return {
      act: 'wait',
      releaseId,
      reason: `waiting for a successful run of ${service.build?.project} that exports ${pushed.digest}`,
    };
  }
  const attempt = (release?.attempt ?? 1) + (again ? 1 : 0);
  return { act: 'start', releaseId, attempt };
};
