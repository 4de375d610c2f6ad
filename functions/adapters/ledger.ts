import type { Ledger } from '../ports/ledger.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { evidenceRows } from './evidence-rows.ts';
import { firedAlarms } from './fired-alarms.ts';
import { guards } from './guards.ts';
import { register } from './register.ts';
import { releases } from './releases.ts';
import { rolloutRecords } from './rollout-records.ts';
import { table } from './table.ts';

interface LedgerWorld {
  readonly runtime: Runtime;
  readonly env: { readonly LEDGER_TABLE: string };
}

/** The ledger: what is registered, releases with their events, evidence, targets' records, open guards. */
export const ledgerOf = ({ runtime, env }: LedgerWorld): Ledger => {
  const rows = table(runtime, env.LEDGER_TABLE);
  return {
    ...register(rows),
    ...releases(rows),
    ...evidenceRows(rows),
    ...rolloutRecords(rows),
    ...guards(rows),
    ...firedAlarms(rows),
  };
};
