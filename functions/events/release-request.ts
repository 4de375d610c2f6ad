import { z } from 'zod';
import { ReleaseRefused } from '../domain/errors.ts';
import { isoOf, MINUTE } from '../domain/instant.ts';
import { Digest, Waiver } from '../domain/release.ts';
import { misfits } from '../runtime/handle.ts';

/** What a release is started with, by intake or by hand. Exactly one of digest and tag names the image. */
const ReleaseRequest = z
  .strictObject({
    service: z.string().min(1),
    digest: Digest.optional(),
    tag: z.string().min(1).max(300).optional(),
    /** Only intake gives it: the release that its ledger record made. */
    releaseId: z.string().optional(),
    attempt: z.int().min(1).optional(),
    startedBy: z.string().min(1).max(100).optional(),
    /** By hand: why. An image that is not the newest needs it. */
    reason: z.string().min(1).max(500).optional(),
    /** By hand: checks that may be left out in this attempt. */
    waive: z.array(Waiver.shape.check).max(5).optional(),
    /** Put there by an execution that starts this one as its child. */
    AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: z.string().optional(),
  })
  .refine(({ digest, tag }) => (digest === undefined) !== (tag === undefined), {
    message: 'needs exactly one of digest and tag',
  })
  .refine(({ waive, reason }) => waive === undefined || reason !== undefined, {
    message: 'a waiver needs a reason',
  });

export type ReleaseRequest = z.output<typeof ReleaseRequest>;

/** Reads what was asked for. @throws ReleaseRefused that says how to ask */
export const requested = (request: unknown): ReleaseRequest => {
  const parsed = ReleaseRequest.safeParse(request);
  if (parsed.success) return parsed.data;
  throw new ReleaseRefused(
    `a release is started with {"service": …, "digest": "sha256:…"} or {"service": …, "tag": …}: ${misfits(parsed.error, request)}`,
  );
};

/** Long enough for the way through all environments, too short to be forgotten in a queue. */
const WAIVER_MS = 24 * 60 * MINUTE;

/** Single use: they are this attempt's, and only a person gives them. */
export const waiversIn = (
  { releaseId, waive = [], reason = '' }: ReleaseRequest,
  by: string,
  now: number,
): Waiver[] =>
  releaseId === undefined
    ? waive.map((check) => ({ check, by, reason, until: isoOf(now + WAIVER_MS) }))
    : [];
