import { z } from 'zod';
import { Digest } from './release.ts';

/** A push as the registry confirmed it. */
export const PushEvidence = z.object({
  imagePushedAt: z.iso.datetime(),
  tag: z.string().nullable(),
  seenAt: z.iso.datetime(),
});
export type PushEvidence = z.infer<typeof PushEvidence>;

/** A build as CodeBuild confirmed it: it succeeded, its reports passed, and it exported this digest. */
export const BuildEvidence = z.object({
  buildId: z.string(),
  tag: z.string().nullable(),
  seenAt: z.iso.datetime(),
});
export type BuildEvidence = z.infer<typeof BuildEvidence>;

/** `DIGEST#<digest> / EVIDENCE#<service>`: what is known of an image whose service names a build project. */
export const Evidence = z.object({
  service: z.string(),
  digest: Digest,
  push: PushEvidence.nullable(),
  build: BuildEvidence.nullable(),
  /** Set once the other half has been missing for a day. */
  overdueAt: z.iso.datetime().nullable(),
});
export type Evidence = z.infer<typeof Evidence>;

/** How long one half may wait for the other before somebody is told: CodeBuild's and ECR's events may be a day late. */
export const EVIDENCE_PATIENCE_MS = 24 * 3_600_000;
