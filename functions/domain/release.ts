import { z } from 'zod';
import { Workload } from './workload.ts';

export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hexadecimal digits');

/** The one immutable pair that a release is. */
export const Pair = z.object({ digest: Digest, configDigest: Digest });
export type Pair = z.infer<typeof Pair>;

/** What an image says of the database's schema by its labels. */
export const SchemaTerms = z.object({
  /** The schema version that it migrates to, and works with. */
  brings: z.int().nonnegative(),
  /** The oldest version of code that still works after its migration. */
  oldest: z.int().nonnegative(),
});
export type SchemaTerms = z.infer<typeof SchemaTerms>;

/** One check that may be left out for one attempt of one release. */
export const Waiver = z.object({
  check: z.string().regex(/^(schema|alarm:.+)$/, 'must be schema or alarm:<name>'),
  by: z.string().min(1),
  reason: z.string().min(1),
  until: z.iso.datetime(),
});
export type Waiver = z.infer<typeof Waiver>;

export const ScanPolicy = z.object({
  failOn: z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']),
  /** A finding at or above this EPSS score fails whatever its severity; null: not asked. */
  epssMax: z.number().min(0).max(1).nullable(),
  exceptions: z.array(
    z.object({ cve: z.string(), owner: z.string(), reason: z.string(), expires: z.iso.date() }),
  ),
});
export type ScanPolicy = z.infer<typeof ScanPolicy>;

export const BuildPolicy = z.object({
  project: z.string(),
  testsMustPass: z.boolean(),
  /** Lowest line coverage that passes, in percent; null: not asked. */
  lineCoveragePercentMin: z.number().min(0).max(100).nullable(),
});
export type BuildPolicy = z.infer<typeof BuildPolicy>;

/** A service as its stack registered it in the ledger. */
export const ServiceRecord = z.object({
  service: z.string(),
  repository: z.string(),
  registryId: z.string(),
  region: z.string(),
  workload: Workload,
  /** SHA-256 of the workload's canonical JSON. */
  configDigest: Digest,
  scan: ScanPolicy,
  build: BuildPolicy.nullable(),
  /** In the order of the promotion path; waves in order, each with its targets' Regions. */
  environments: z
    .array(z.object({ environment: z.string(), waves: z.array(z.array(z.string())) }))
    .min(1),
});
export type ServiceRecord = z.infer<typeof ServiceRecord>;

/** How a release ended. `failed` is the pipeline's own failure: nothing was concluded about the version. */
export const Outcome = z.enum([
  'released',
  'rolledBack',
  'rejected',
  'superseded',
  'stuck',
  'failed',
]);
export type Outcome = z.infer<typeof Outcome>;

export const ReleasePhase = z.enum([
  'waitingForBuild',
  'waitingForPush',
  'gating',
  'promoting',
  'ended',
]);
export type ReleasePhase = z.infer<typeof ReleasePhase>;

/** `RELEASE#<releaseId> / META` of the ledger. Instants are ISO 8601 in UTC. */
export const ReleaseRecord = z.object({
  releaseId: z.string(),
  service: z.string(),
  digest: Digest,
  configDigest: Digest,
  /** The tag it was pushed or started with: a name for people, never used to find the image. */
  version: z.string().nullable(),
  imagePushedAt: z.iso.datetime(),
  attempt: z.int().min(1),
  phase: ReleasePhase,
  outcome: Outcome.nullable(),
  reason: z.string().nullable(),
  /** Who or what asked: `push`, `build`, `reconciler`, or a person's name given by hand. */
  startedBy: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  executionArn: z.string().nullable(),
  /** Absent: the image's labels have not been read; null: it has none. */
  schema: SchemaTerms.nullable().optional(),
  /** Of this attempt only. */
  waivers: z.array(Waiver).optional(),
});
export type ReleaseRecord = z.infer<typeof ReleaseRecord>;

/** `<service>-<12 of the digest>-<6 of the configuration's>`: the same pair gives the same name, whoever asks. */
export const releaseIdOf = (service: string, pair: Pair): string =>
  `${service}-${pair.digest.slice(7, 19)}-${pair.configDigest.slice(7, 13)}`;
