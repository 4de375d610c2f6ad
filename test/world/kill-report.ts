import type { Result } from './kill-runs.ts';
import { KILL_SCENARIOS } from './kill-scenarios.ts';
import { ENDINGS, type Ending, nameOf, type Point } from './strikes.ts';

/** A point and how its run ended. */
interface Run {
  readonly point: Point;
  readonly result: Result;
}

const WORDS: Readonly<Record<Ending, string>> = {
  function: 'the function, once',
  functionForGood: 'the function, at every retry',
  stopped: 'the execution, stopped',
  timedOut: 'the execution, out of time',
};

const isBad = ({ result }: Run): boolean => result.faults.length > 0;
const count = (runs: readonly Run[], is: (run: Run) => boolean): number => runs.filter(is).length;
const slowest = (runs: readonly Run[]): number =>
  runs.reduce((most, { result }) => Math.max(most, result.seconds), 0);
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const figures = (runs: readonly Run[]): (string | number)[] => [
  runs.length,
  count(runs, ({ result }) => result.outcome === 'released'),
  count(runs, ({ result }) => result.outcome === 'rolledBack'),
  count(runs, ({ result }) => !['released', 'rolledBack', 'notReached'].includes(result.outcome)),
  count(runs, ({ result }) => result.helped),
  count(runs, ({ result }) => result.outcome === 'notReached'),
  slowest(runs),
  count(runs, isBad),
];
const HEAD = [
  'points',
  'released',
  'rolled back',
  'other end',
  'a person asked again',
  'not reached',
  'slowest, s',
  'bad',
];

const table = (first: string, rows: readonly (readonly [string, readonly Run[]])[]): string => {
  const head = [first, ...HEAD];
  return [
    row(head),
    row(head.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map(([name, runs]) => row([name, ...figures(runs)])),
  ].join('\n');
};

const grouped = (runs: readonly Run[], by: (point: Point) => string): [string, Run[]][] => {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = by(run.point);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
};

/** `slipway-checkout-dev-apply-workload` and `slipway-tick` by the step alone. */
const stepOf = ({ functionName, call }: Point): string =>
  `${functionName.replace(/^slipway-checkout-(dev|production)-|^slipway-|_slipway-checkout-production/g, '')}: ${call}`;

/** The page of a run of all points, and what a terminal is told of any run. */
export const report = (
  points: readonly Point[],
  results: readonly Result[],
  every: number,
): { page: string; summary: string; bad: number } => {
  const found = new Map(results.map((result) => [result.point, result]));
  const runs = points.flatMap((point) => {
    const result = found.get(nameOf(point));
    return result === undefined ? [] : [{ point, result }];
  });
  const bad = count(runs, isBad) + (points.length - runs.length);
  const byScenario = table(
    'way through the machines',
    KILL_SCENARIOS.map(({ name, title }): [string, Run[]] => [
      `${name}: ${title}`,
      runs.filter(({ point }) => point.scenario === name),
    ]).filter(([, own]) => own.length > 0),
  );
  const byEnding = table(
    'what ends',
    ENDINGS.map((ends): [string, Run[]] => [
      WORDS[ends],
      runs.filter(({ point }) => point.ends === ends),
    ]),
  );
  const byStep = table('step: what it does', grouped(runs, stepOf));
  const page = `# Killed at any point

Written by \`npm run kills\`, which runs each way through the machines once to see what its functions do, and then once more for each
invocation and each call that changes something, at AWS or in the cluster: there, right before it or right after it, something ends.
Nothing of the list is written by hand${every === 1 ? '' : `; this page is of every ${every}th point (\`npm run kills -- --every ${every}\`)`}. Every run is a release on the virtual clock through the synthesized templates.

After each run, within 20 minutes of the release's end, each target must serve one release alone: the new one or last good. By every
word of AWS: weighted rule 100 and 0, the alias unweighted on that release's version, the override off, two healthy targets, pods on
that digest and none of what was rolled back, no deployment open, the lock free, no execution running, no message in any queue, the
chains valid; and no write on the way gave traffic to a group without a healthy target or more than the alias allowed. Anything else
is **bad**. Where a function dies at every retry, and in the way whose own fault lasts, a person may have to ask for the rollback
once more: that column counts these. Everywhere else nobody helps.

"Other end" is a release that ended neither released nor rolled back: refused, or failed before it had touched a target, or stuck
until the person asked. "Not reached": the run took another way before its point came. "Slowest" counts virtual seconds from the
blow until nothing was amiss, which where nothing else goes wrong is the rest of the release.

## By way

${byScenario}

## By what ends

${byEnding}

## By step

${byStep}
`;
  return { page, summary: `${byScenario}\n\n${byEnding}\n\n${bad} bad of ${points.length}`, bad };
};
