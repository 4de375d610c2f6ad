import { ReleaseRefused } from './errors.ts';
import type { SchemaTerms } from './release.ts';

/** The image's labels. */
export const SCHEMA_LABELS = {
  brings: 'dev.slipway.schema.brings',
  oldest: 'dev.slipway.schema.oldest',
} as const;

/**
 * What an image's labels say of the schema; null: nothing.
 * @throws ReleaseRefused when they say it wrongly: a gate that guesses is none
 */
export const schemaTermsIn = (labels: Readonly<Record<string, string>>): SchemaTerms | null => {
  const [brings, oldest] = [labels[SCHEMA_LABELS.brings], labels[SCHEMA_LABELS.oldest]];
  if (brings === undefined && oldest === undefined) return null;
  const terms = { brings: versionIn('brings', brings), oldest: versionIn('oldest', oldest) };
  if (terms.oldest <= terms.brings) return terms;
  throw new ReleaseRefused(
    `the image's label ${SCHEMA_LABELS.oldest} is ${terms.oldest} and ${SCHEMA_LABELS.brings} only ${terms.brings}: it would not work with its own schema; correct the labels and push again`,
  );
};

const versionIn = (label: keyof typeof SCHEMA_LABELS, given: string | undefined): number => {
  if (given !== undefined && /^\d{1,9}$/.test(given)) return Number(given);
  const found = given === undefined ? 'is missing' : `is ${JSON.stringify(given)}`;
  throw new ReleaseRefused(
    `the image's label ${SCHEMA_LABELS[label]} ${found}; give both labels as whole numbers, or neither`,
  );
};

interface Ran {
  readonly rolloutId: string;
  readonly schema?: SchemaTerms | undefined;
}

/**
 * The oldest code that works with what has been migrated since a rollout, by the target's rollouts, newest first; null: nothing was.
 * A rollout that went back counts as well: its migration does not go back with it.
 */
export const floorOf = (newestFirst: readonly Ran[], since: string): number | null => {
  const end = newestFirst.findIndex(({ rolloutId }) => rolloutId === since);
  const later = end < 0 ? newestFirst : newestFirst.slice(0, end);
  const oldest = later.flatMap(({ schema }) => (schema === undefined ? [] : [schema.oldest]));
  return oldest.length === 0 ? null : Math.max(...oldest);
};

/** Whether code may meet the schema as it is now. An image that says nothing has no terms to break. */
export const eligible = (to: SchemaTerms | null, floor: number | null): boolean =>
  to === null || floor === null || to.brings >= floor;

/** Why code may not go where newer schemas have been, with both numbers and what to do; null: it may. */
export const schemaRefusal = (
  to: { readonly name: string; readonly schema: SchemaTerms | null },
  floor: number | null,
): string | null =>
  eligible(to.schema, floor)
    ? null
    : `${to.name} was made for schema ${to.schema?.brings}, and what ran here since lets no code older than schema ${floor} work; go to a release of schema ${floor} or later, or go forward with a fix`;

/** Why a rollout would burn the way back; null: last good still works after the candidate's migration. */
export const oneWay = (
  candidate: { readonly name: string; readonly schema: SchemaTerms | null },
  lastGood: { readonly name: string; readonly schema: SchemaTerms | null } | null,
): string | null => {
  const floor = candidate.schema?.oldest ?? null;
  if (lastGood === null || eligible(lastGood.schema, floor)) return null;
  return `after the migration of ${candidate.name} no code older than schema ${floor} works, and last good ${lastGood.name} was made for schema ${lastGood.schema?.brings}: there would be no way back; release the expanding half first and contract when nothing needs the old schema, or waive the check schema with a reason`;
};
