import type { Bound, Figures, Section, Cell as TableCell } from '../figures.ts';
import { atMost } from '../figures.ts';
import { ALPHA, type Cell, type Kind } from './cells.ts';
import { METHODS, type Method, type Outcome } from './simulate.ts';
import {
  brokenPromises,
  falseOver,
  keepsAlpha,
  keepsAlphaThere,
  type Measured,
  mostByChance,
  promised,
  slowerThan,
  worse,
} from './verdicts.ts';

/** What each method is called in tables and plots. */
export const METHOD_NAMES: Readonly<Record<Method, string>> = {
  slipway: 'Slipway',
  fixed: 'fixed threshold',
  consecutive: 'failures in a row',
  mannWhitney: 'Mann-Whitney',
  fisher: 'Fisher, α/30',
};

/** What goes wrong in the cells of a kind. */
export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  steady: 'steady traffic, both alike',
  bothBad: 'a steady 5 % on both',
  outage: 'outage of a shared dependency, with retries',
  shift: 'weight grows from 1 to 90 %, traffic swings, outage',
  clumps: 'the same outage, errors in clumps of five',
  bursts: 'bursts on the candidate alone',
};

const columns = (first: readonly string[]): string[] => [
  ...first,
  ...METHODS.map((method) => METHOD_NAMES[method]),
];

/** A share of rollouts, as it is read. */
export const ratioText = (ratio: number): string =>
  ratio === 0 ? '0' : `${Number((100 * ratio).toPrecision(2))} %`;

/** False condemnations per rollout, by what happens in it. */
export const falseFigures = (all: readonly Measured[]): Figures => {
  const kinds: readonly Kind[] = ['steady', 'bothBad', 'outage', 'shift'];
  const row = (name: string, cells: readonly Measured[]): TableCell[] => [
    name,
    cells.length,
    ...METHODS.map((method) => {
      const { condemned, runs } = falseOver(cells, method);
      return ratioText(condemned / runs);
    }),
  ];
  const worst = METHODS.map((method) =>
    ratioText(
      Math.max(
        ...promised(all).map(({ result }) => result.outcomes[method].condemned / result.runs),
      ),
    ),
  );
  return {
    title: `False condemnations per rollout (α = ${ALPHA})`,
    columns: columns(['an equal candidate', 'cells']),
    rows: [
      ...kinds.map((kind) =>
        row(
          KIND_NAMES[kind],
          promised(all).filter(({ cell }) => cell.kind === kind),
        ),
      ),
      row('all of these', promised(all)),
      ['the worst cell of these', null, ...worst],
      row(
        `beyond the promise: ${KIND_NAMES.clumps}`,
        all.filter(({ cell }) => cell.kind === 'clumps'),
      ),
    ],
  };
};

/** Minutes, or how many were condemned at all where fewer than half were. */
export const timeText = ({ median, p99, condemned }: Outcome, runs: number): string => {
  if (median === null) return condemned === 0 ? 'never' : `${ratioText(condemned / runs)} ever`;
  return `${minutes(median)} / ${p99 === null ? '> 30' : minutes(p99)}`;
};

const minutes = (seconds: number): string =>
  seconds < 60
    ? `${Number((seconds / 60).toPrecision(1))}`
    : `${Number((seconds / 60).toFixed(1))}`;

/** Where a cell is: its traffic, the candidate's part, what is wrong. */
export const whereText = (cell: Cell): TableCell[] => [
  cell.rate,
  `${100 * cell.share} %`,
  `${Number((100 * cell.stable).toPrecision(3))} %`,
  cell.candidate,
];

/** Median and 99th percentile of the time to condemn, in minutes, for every worse candidate. */
export const timeFigures = (all: readonly Measured[]): Figures => ({
  title: 'Minutes until a worse candidate is condemned, median / 99th percentile',
  columns: columns(['requests/s', 'share', 'stable', 'candidate']),
  rows: worse(all).map(({ cell, result }) => [
    ...whereText(cell),
    ...METHODS.map((method) => timeText(result.outcomes[method], result.runs)),
  ]),
});

/** Ours against each other method: what it costs in false alarms, and where it is sooner or later. */
export const againstFigures = (all: readonly Measured[]): Figures => ({
  title: 'Slipway beside each method, over the cells with a worse candidate (by the median)',
  columns: [
    'method',
    'false per rollout',
    'keeps α',
    'Slipway sooner',
    'alike',
    'Slipway later',
    'later, and the method keeps α there',
  ],
  rows: METHODS.filter((method) => method !== 'slipway').map((method) => {
    const later = slowerThan(all, [method]);
    const cells = worse(all);
    const sooner = cells.filter(({ result }) => {
      const ours = result.outcomes.slipway.median;
      const theirs = result.outcomes[method].median;
      return ours !== null && (theirs === null || ours < theirs);
    }).length;
    const { condemned, runs } = falseOver(promised(all), method);
    return [
      METHOD_NAMES[method],
      ratioText(condemned / runs),
      keepsAlpha(all).includes(method) ? 'yes' : 'no',
      sooner,
      cells.length - sooner - later.length,
      later.length,
      later.filter((measured) => keepsAlphaThere(all, measured).includes(method)).length,
    ];
  }),
});

const boundsOf = (all: readonly Measured[]): Bound[] => {
  const over = promised(all);
  const worst = Math.max(...over.map(({ result }) => result.outcomes.slipway.condemned));
  const runs = Math.min(...over.map(({ result }) => result.runs));
  const others = keepsAlpha(all);
  const named = others.map((method) => METHOD_NAMES[method]).join(', ');
  return [
    atMost(
      `equal cells in which more than α are condemned (99.9 % bound: ${mostByChance(runs, ALPHA)} of ${runs}; the most were ${worst})`,
      brokenPromises(all).length,
      0,
      'cells',
    ),
    atMost(
      `worse cells in which a method that keeps α is sooner in the median (such methods: ${named === '' ? 'none' : named})`,
      slowerThan(all, others).length,
      0,
      'cells',
    ),
  ];
};

/** The whole comparison. */
export const sectionOf = (all: readonly Measured[], seed: number): Section => {
  const runs = all[0]?.result.runs ?? 0;
  return {
    name: 'judge',
    title: 'The judge beside others',
    notes: [
      `${all.length} cells, ${runs.toLocaleString('en-US')} rollouts of 30 minutes each, seed ${seed}; every method judges the same rollouts.`,
      'Times run from the first request; add the delay of the metrics, alike for all that read 60 s periods.',
    ],
    figures: [falseFigures(all), timeFigures(all), againstFigures(all)],
    bounds: boundsOf(all),
  };
};
