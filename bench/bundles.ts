import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { atMost, median, rounded, type Section } from './figures.ts';

const run = promisify(execFile);
const RUNS = 5;
const EMPTY = 'data:text/javascript,';
/** These stand between something going wrong and its being undone, or run every minute. */
const HOT = new Set([
  'rollback/alarm-fast-path',
  'rollout/tick',
  'release/intake',
  'rollout/answer-hook',
]);

/** Prints how long the import of its last argument took. */
const IMPORT =
  'const begun = performance.now(); await import(process.argv[1]); process.stdout.write(String(performance.now() - begun));';

interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly bytes: number }>>;
}

/** How large each handler's bundle is and how long a fresh Node takes to import it. */
export const bundles = async (): Promise<Section> => {
  await run(process.execPath, ['functions/build.ts']);
  const { outputs } = readJson<Metafile>('dist/metafile.json');
  const budget = readJson<Record<string, number>>('functions/size-budget.json');
  const built = Object.entries(outputs)
    .filter(([file]) => file.endsWith('/index.mjs'))
    .map(([file, { bytes }]) => ({
      handler: file.replace(/^dist\/|\/index\.mjs$/g, ''),
      file: pathToFileURL(resolve(file)).href,
      bytes,
    }))
    .sort((a, b) => b.bytes - a.bytes || (a.handler < b.handler ? -1 : 1));
  const times = await importTimes([EMPTY, ...built.map(({ file }) => file)]);
  const timesOf = (module: string): readonly number[] => times.get(module) ?? [];
  const empty = median(timesOf(EMPTY));
  return {
    name: 'bundles',
    title: 'Handler bundles',
    notes: [
      `Sizes from dist/metafile.json, minified. Import: one fresh Node process each, median of ${RUNS}, the runs of all bundles interleaved.`,
      `Ratio: to importing an empty module (${rounded(empty)} ms). * marks a hot handler.`,
    ],
    figures: [
      {
        title: 'Sizes and import times',
        columns: ['handler', 'kB', 'budget kB', 'import ms', 'ratio', 'least ms'],
        rows: built.map(({ handler, file, bytes }) => {
          const taken = timesOf(file);
          const milliseconds = median(taken);
          return [
            HOT.has(handler) ? `${handler} *` : handler,
            Math.round(bytes / 1000),
            budgetOf(budget, handler),
            rounded(milliseconds),
            rounded(milliseconds / empty),
            rounded(Math.min(...taken)),
          ];
        }),
      },
    ],
    bounds: [
      atMost(
        'bundles over their budget',
        built.filter(({ handler, bytes }) => bytes > budgetOf(budget, handler) * 1000).length,
        0,
        'bundles',
      ),
    ],
  };
};

const budgetOf = (budget: Readonly<Record<string, number>>, handler: string): number =>
  budget[handler] ?? budget['default'] ?? 0;

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

const importTimes = async (
  modules: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const taken = new Map<string, number[]>(modules.map((module) => [module, []]));
  for (let round = 0; round < RUNS; round += 1) {
    for (const module of modules) {
      const { stdout } = await run(process.execPath, [
        '--input-type=module',
        '--eval',
        IMPORT,
        module,
      ]);
      taken.get(module)?.push(Number(stdout));
    }
  }
  return taken;
};
