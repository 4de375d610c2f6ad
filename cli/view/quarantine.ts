import Table from 'cli-table3';
import type { Quarantine } from '../../functions/domain/quarantine.ts';
import { releaseIdOf } from '../../functions/domain/release.ts';
import { shortDigest } from '../print.ts';

/** A quarantine as people and scripts get it. */
export interface QuarantineRow {
  readonly service: string;
  readonly version: string | null;
  readonly releaseId: string;
  readonly digest: string;
  readonly configDigest: string;
  readonly since: string;
  readonly why: string;
  readonly rolloutId: string;
  readonly lifted: { readonly by: string; readonly reason: string; readonly at: string } | null;
}

/** Newest first, a pair that was condemned several times as often. */
export const quarantineRows = (records: readonly Quarantine[]): QuarantineRow[] =>
  records
    .flatMap((record) =>
      [...(record.earlier ?? []), record].map((one) => ({
        service: record.service,
        version: record.version ?? null,
        releaseId: releaseIdOf(record.service, record),
        digest: record.digest,
        configDigest: record.configDigest,
        since: one.at,
        why: one.reason,
        rolloutId: one.rolloutId,
        lifted: one.lifted ?? null,
      })),
    )
    .sort((a, b) => b.since.localeCompare(a.since));

/** The rows as a table; one line where there is nothing. */
export const quarantineTable = (rows: readonly QuarantineRow[]): string => {
  if (rows.length === 0) return 'nothing is in quarantine';
  const anyLifted = rows.some(({ lifted }) => lifted !== null);
  const table = new Table({
    head: ['service', 'version', 'image', 'configuration', 'since', 'why', 'rollout'].concat(
      anyLifted ? ['lifted'] : [],
    ),
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const lifted =
      row.lifted === null ? '' : `${minute(row.lifted.at)} ${row.lifted.by}: ${row.lifted.reason}`;
    table.push(
      [
        row.service,
        row.version ?? '—',
        shortDigest(row.digest),
        row.configDigest.slice(7, 13),
        minute(row.since),
        wrapped(row.why, 32),
        wrapped(row.rolloutId, 26),
      ].concat(anyLifted ? [wrapped(lifted, 26)] : []),
    );
  }
  return `${table.toString()}\nlift one with: slipway quarantine lift <version> --service <service> --reason …`;
};

/** Broken between words, and inside of those that alone are too long. */
const wrapped = (text: string, width: number): string => {
  const parts = text
    .split(' ')
    .flatMap((word) => word.match(new RegExp(`.{1,${width}}`, 'g')) ?? []);
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + part.length > width) lines.push(part);
    else lines[lines.length - 1] = `${line} ${part}`;
  }
  return lines.join('\n');
};

/** `2026-03-02 09:14` in UTC. */
const minute = (instant: string): string => instant.slice(0, 16).replace('T', ' ');
