import { z } from 'zod';

const Lift = z.object({
  by: z.string().min(1),
  reason: z.string().min(1),
  at: z.iso.datetime(),
});

const Placed = z.object({
  service: z.string(),
  digest: z.string(),
  configDigest: z.string(),
  reason: z.string(),
  rolloutId: z.string(),
  at: z.iso.datetime(),
  /** A person's word that the pair may be released again. */
  lifted: Lift.optional(),
});

/** Why a pair can't be released again without an explicit, recorded act. It is never deleted: what was lifted stays to be read. */
export const Quarantine = Placed.extend({
  version: z.string().nullable().optional(),
  releaseId: z.string().optional(),
  /** Those before, oldest first, each lifted. */
  earlier: z.array(Placed).optional(),
});
export type Quarantine = z.infer<typeof Quarantine>;

/** The one that holds; null: none, or it was lifted. */
export const inForce = (record: Quarantine | null): Quarantine | null =>
  record === null || record.lifted !== undefined ? null : record;

/** What is to be written when a pair is condemned: the first reason stays while it holds, a lifted one becomes history. Null: nothing. */
export const condemnedAnew = (there: Quarantine | null, fresh: Quarantine): Quarantine | null => {
  if (there === null) return fresh;
  if (there.lifted === undefined) return null;
  return { ...fresh, earlier: [...(there.earlier ?? []), Placed.parse(there)] };
};

/** The pair's quarantine as its release, digest or version names it. */
export const quarantinesNamed = (
  records: readonly Quarantine[],
  named: string,
  releaseIdOf: (record: Quarantine) => string,
): Quarantine[] =>
  records.filter(
    (record) =>
      record.digest === named || record.version === named || releaseIdOf(record) === named,
  );
