import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell, Figures } from '../figures.ts';
import { falsePlot, timePlot, walkPlot } from './plots.ts';
import { againstFigures, falseFigures, timeFigures } from './report.ts';
import type { Measured } from './verdicts.ts';

/** Writes the measured parts of docs/judge.md, each between its two marks, and the pictures beside it. */
export const writeDocument = (
  all: readonly Measured[],
  seed: number,
  folder = 'docs',
): string[] => {
  const file = join(folder, 'judge.md');
  const runs = all[0]?.result.runs ?? 0;
  const parts = {
    setting: `${all.length} cells, ${runs.toLocaleString('en-US')} rollouts of 30 minutes in each, seed ${seed}.`,
    false: markdownTable(falseFigures(all)),
    against: markdownTable(againstFigures(all)),
    time: [
      '<details>',
      '<summary>Every cell</summary>',
      '',
      markdownTable(timeFigures(all)),
      '',
      '</details>',
    ].join('\n'),
  };
  let text = readFileSync(file, 'utf8');
  for (const [name, content] of Object.entries(parts)) text = filled(text, name, content);
  writeFileSync(file, text);
  const pictures = {
    'false-condemnations.svg': falsePlot(all),
    'time-to-condemn.svg': timePlot(all, 0.005),
    'time-to-condemn-clean.svg': timePlot(all, 0),
    'evidence.svg': walkPlot(seed),
  };
  mkdirSync(join(folder, 'judge'), { recursive: true });
  for (const [name, svg] of Object.entries(pictures))
    writeFileSync(join(folder, 'judge', name), svg);
  return [file, ...Object.keys(pictures).map((name) => join(folder, 'judge', name))];
};

const filled = (text: string, name: string, content: string): string => {
  const [begin, end] = [`<!-- measured: ${name} -->`, '<!-- /measured -->'];
  const from = text.indexOf(begin);
  const until = text.indexOf(end, from);
  if (from === -1 || until === -1) {
    throw new Error(
      `docs/judge.md lacks the marks "${begin}" and "${end}": put them where the figures belong`,
    );
  }
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(until)}`;
};

const markdownTable = ({ columns, rows }: Figures): string => {
  const line = (cells: readonly Cell[]): string =>
    `| ${cells.map((cell) => (cell === null ? '' : String(cell))).join(' | ')} |`;
  return [line(columns), `|${columns.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
};
