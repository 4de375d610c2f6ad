import { z } from 'zod';
import { shortRegion } from '../../config/names.ts';
import { Digest, SchemaTerms } from './release.ts';
import { Color } from './target.ts';

/**
 * planned: known, nothing done · preparing: the candidate's slot is being filled · shifting: weights move ·
 * baking: all traffic is on it, inside the rollout · completed · rollingBack · rolledBack · stuck: the undo failed, a person must come.
 */
export const RolloutPhase = z.enum([
  'planned',
  'preparing',
  'shifting',
  'baking',
  'completed',
  'rollingBack',
  'rolledBack',
  'stuck',
]);
export type RolloutPhase = z.infer<typeof RolloutPhase>;

/** What runs, or ran, in a slot. */
export const Deployed = z.object({
  releaseId: z.string(),
  rolloutId: z.string(),
  digest: Digest,
  configDigest: Digest,
  version: z.string().nullable(),
  color: Color,
  /** The pointer's published version; null on a target with one color. */
  pointerVersion: z.string().nullable(),
});
export type Deployed = z.infer<typeof Deployed>;

/** `TARGET#<targetId> / LIVE`. */
export const LiveRecord = Deployed.extend({
  since: z.iso.datetime(),
  /** Where a rollback of the live release would go; null for a target's first release. */
  lastGood: Deployed.nullable(),
  token: z.int(),
});
export type LiveRecord = z.infer<typeof LiveRecord>;

/** `TARGET#<targetId> / ROLLOUT`: the target's newest rollout. */
export const RolloutRecord = z.object({
  rolloutId: z.string(),
  releaseId: z.string(),
  targetId: z.string(),
  digest: Digest,
  configDigest: Digest,
  version: z.string().nullable(),
  phase: RolloutPhase,
  color: Color.nullable(),
  pointerVersion: z.string().nullable(),
  deploymentId: z.string().nullable(),
  /** From when its shift's schedule counts. */
  shiftStartedAt: z.iso.datetime().optional(),
  executionArn: z.string().nullable(),
  /** Where a rollback of this rollout goes; null on a target's first release. */
  lastGood: Deployed.nullable(),
  token: z.int(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  /** Set once it had all traffic and was concluded; it stays when the rollout is taken back later. */
  completedAt: z.iso.datetime().optional(),
  /** What its image said of the database's schema, from the moment its slot was about to be filled. */
  schema: SchemaTerms.optional(),
  /** Set when the rollout's own execution asked for its rollback: after it, no tick can start. */
  yieldedAt: z.iso.datetime().nullable(),
  rollback: z
    .object({
      attempt: z.int().min(1),
      executionArn: z.string().nullable(),
      reason: z.string(),
      cause: z.string(),
      requestedAt: z.iso.datetime(),
      /** abandoned: where it was to go could not be made ready, so live went on serving. */
      outcome: z.enum(['rolledBack', 'stuck', 'abandoned']).nullable(),
      /** An earlier release that a person chose in place of last good. */
      to: Deployed.optional(),
    })
    .nullable(),
});
export type RolloutRecord = z.infer<typeof RolloutRecord>;

export const rolloutIdOf = (
  releaseId: string,
  environment: string,
  region: string,
  attempt: number,
): string => `${releaseId}-${environment}-${shortRegion(region)}-${attempt}`;
