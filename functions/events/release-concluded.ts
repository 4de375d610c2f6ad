import type { Outcome, ReleaseRecord } from '../domain/release.ts';

/** What Slipway tells of an ended release: `slipway.release` / `Release <how>`. */
export interface ReleaseConcluded {
  readonly source: 'slipway.release';
  readonly detailType: string;
  readonly detail: {
    /** The same fact has the same id: what listens can tell a repetition. */
    readonly id: string;
    readonly releaseId: string;
    readonly service: string;
    readonly version: string | null;
    readonly digest: string;
    readonly configDigest: string;
    readonly attempt: number;
    readonly outcome: Outcome;
    readonly reason: string | null;
    readonly startedAt: string;
    readonly endedAt: string | null;
  };
}

const HOW: Readonly<Record<Outcome, string>> = {
  released: 'Released',
  rolledBack: 'Rolled Back',
  rejected: 'Rejected',
  superseded: 'Superseded',
  failed: 'Failed',
  stuck: 'Stuck',
};

/** The event of a release's end. */
export const releaseConcluded = (record: ReleaseRecord, outcome: Outcome): ReleaseConcluded => {
  const { releaseId, service, version, digest, configDigest, attempt } = record;
  return {
    source: 'slipway.release',
    detailType: `Release ${HOW[outcome]}`,
    detail: {
      id: `${releaseId}/${attempt}/${outcome}`,
      releaseId,
      service,
      version,
      digest,
      configDigest,
      attempt,
      outcome,
      reason: record.reason,
      startedAt: record.startedAt,
      endedAt: record.endedAt,
    },
  };
};
