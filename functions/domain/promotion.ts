import { z } from 'zod';
import { type Newest, pushedAfter } from './order.ts';
import type { Quarantine } from './quarantine.ts';
import { Digest, Outcome, type ReleaseRecord, type ServiceRecord } from './release.ts';
import { targetId } from './target.ts';

/** One target of the promotion path. */
export const Step = z.object({
  environment: z.string(),
  region: z.string(),
  targetId: z.string(),
  /** The first target of its environment: there the environment has not started. */
  first: z.boolean(),
});
export type Step = z.infer<typeof Step>;

/** A release as it travels through its machine. */
export const CarriedRelease = z.object({
  releaseId: z.string(),
  service: z.string(),
  digest: Digest,
  configDigest: Digest,
  version: z.string().nullable(),
  attempt: z.int().min(1),
  startedAt: z.iso.datetime(),
});
export type CarriedRelease = z.infer<typeof CarriedRelease>;

/** How a release ends, as its machine says it. */
export const Ending = z.object({ outcome: Outcome, reason: z.string().nullable() });
export type Ending = z.infer<typeof Ending>;

/** The way of a release: environments in order, waves in order, Regions one after another. */
export const stepsOf = ({ service, environments }: ServiceRecord): Step[] =>
  environments.flatMap(({ environment, waves }) =>
    waves.flat().map((region, index) => ({
      environment,
      region,
      targetId: targetId({ service, environment, region }),
      first: index === 0,
    })),
  );

/** What its machine carries of a release. */
export const carried = (record: ReleaseRecord): CarriedRelease => CarriedRelease.parse(record);

/** Says whether another execution may take a release on: it has ended in a way that a new attempt may follow. */
export const mayBeTriedAgain = ({ outcome }: ReleaseRecord): boolean =>
  outcome === 'failed' ||
  outcome === 'rejected' ||
  outcome === 'superseded' ||
  outcome === 'rolledBack';

export interface EntryKnowledge {
  readonly step: Step;
  readonly record: ReleaseRecord;
  readonly executionArn: string;
  readonly newest: Newest | null;
  readonly quarantine: Quarantine | null;
}

/**
 * Why a release may not enter an environment; null: it may. A newer one supersedes it as long as the environment has not
 * started; a quarantined pair goes nowhere, in the middle of an environment neither.
 */
export const entryRefusal = (known: EntryKnowledge): Ending | null => {
  const { step, record, executionArn, newest, quarantine } = known;
  if (record.executionArn !== executionArn)
    return {
      outcome: 'superseded',
      reason: `${record.releaseId} is carried by ${record.executionArn ?? 'no execution'}`,
    };
  if (quarantine)
    return {
      outcome: 'rejected',
      reason: `the pair is quarantined since ${quarantine.at} by ${quarantine.rolloutId}: ${quarantine.reason}`,
    };
  if (step.first && newest && newest.releaseId !== record.releaseId && newer(newest, record))
    return {
      outcome: 'superseded',
      reason: `${newest.releaseId} is newer (pushed ${newest.imagePushedAt})`,
    };
  return null;
};

/** The newest stands above a release pushed before it, and above another configuration of the same image. */
const newer = (newest: Newest, record: ReleaseRecord): boolean =>
  pushedAfter(newest, record) || newest.digest === record.digest;
