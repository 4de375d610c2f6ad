import Table from 'cli-table3';
import type { Bound, Cell, Figures, Section } from './figures.ts';

/** A section as people read it. */
export const sectionText = (section: Section): string =>
  [
    `== ${section.title} (--only ${section.name})`,
    ...section.notes,
    ...section.figures.flatMap((figures) => ['', figures.title, figuresTable(figures)]),
    ...(section.bounds.length === 0 ? [] : ['', 'Bounds', boundsTable(section.bounds)]),
    '',
  ].join('\n');

/** A section as a program reads it: each row an object under its columns' names. */
export const sectionJson = ({ figures, ...section }: Section): object => ({
  ...section,
  figures: figures.map(({ title, columns, rows }) => ({
    title,
    rows: rows.map((row) =>
      Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])),
    ),
  })),
});

const figuresTable = ({ columns, rows }: Figures): string => {
  const numeric = columns.map((_, at) => rows.some((row) => typeof row[at] === 'number'));
  return tableOf(columns, rows, numeric);
};

const boundsTable = (bounds: readonly Bound[]): string =>
  tableOf(
    ['what', 'measured', 'bound', 'unit', ''],
    bounds.map(({ what, measured, limit, unit, held }) => [
      what,
      measured,
      limit,
      unit,
      held ? 'held' : 'NOT HELD',
    ]),
    [false, true, true, false, false],
  );

const tableOf = (
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  numeric: readonly boolean[],
): string => {
  const table = new Table({
    head: [...columns],
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map(cellText));
  return table.toString();
};

const cellText = (cell: Cell): string => {
  if (cell === null) return '—';
  return typeof cell === 'number'
    ? cell.toLocaleString('en-US', { maximumFractionDigits: 6 })
    : cell;
};
