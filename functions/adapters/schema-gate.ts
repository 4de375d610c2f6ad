import { isoOf } from '../domain/instant.ts';
import type { SchemaTerms } from '../domain/release.ts';
import type { LiveRecord } from '../domain/rollout.ts';
import type { RolloutInput } from '../domain/rollout-input.ts';
import { floorOf, oneWay, schemaRefusal } from '../domain/schema.ts';
import { waiverOf } from '../domain/waiver.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** What the schema says to a rollout: its candidate's terms, and why it may not begin; null: it may. */
export interface SchemaSight {
  readonly schema: SchemaTerms | null;
  readonly refusal: string | null;
}

/** Asks before traffic shifts what would be too late to ask after it: whether going back would still be possible. */
export const schemaGate = async (
  { ledger, runtime }: { readonly ledger: Ledger; readonly runtime: Runtime },
  { releaseId, rolloutId, targetId }: RolloutInput,
  live: LiveRecord | null,
): Promise<SchemaSight> => {
  const release = await ledger.release(releaseId);
  const schema = release?.schema ?? null;
  const at = isoOf(runtime.now());
  if (schema === null || live === null) return { schema, refusal: null };
  const [before, history] = await Promise.all([
    ledger.release(live.releaseId),
    ledger.rolloutHistory(targetId),
  ]);
  const candidate = { name: releaseId, schema };
  const others = history.filter((record) => record.rolloutId !== rolloutId);
  const refusal =
    schemaRefusal(candidate, floorOf(others, live.rolloutId)) ??
    oneWay(candidate, { name: live.releaseId, schema: before?.schema ?? null });
  if (refusal === null) return { schema, refusal };
  const waiver = waiverOf(release?.waivers, 'schema', at);
  if (waiver === null) return { schema, refusal };
  const { by, reason } = waiver;
  await ledger.append(releaseId, {
    at,
    kind: 'CheckWaived',
    facts: { rolloutId, targetId, check: 'schema', by, reason, waived: refusal },
    once: `${rolloutId}#waived#schema`,
  });
  return { schema, refusal: null };
};
