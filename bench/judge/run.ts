import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { sectionJson, sectionText } from '../print.ts';
import { type Cell, cells } from './cells.ts';
import { writeDocument } from './document.ts';
import { sectionOf } from './report.ts';
import type { CellResult } from './simulate.ts';
import type { Measured } from './verdicts.ts';

const HELP = `npm run bench:judge -- [--runs 20000] [--seed 1] [--threads 2] [--json] [--write]

Simulates rollouts and compares the judge with a fixed threshold, a limit of failures in a row, Kayenta's Mann-Whitney
classifier and Fisher's exact test: false condemnations per rollout, and median and 99th percentile of the time to condemn.
--write puts the figures and plots into docs/judge.md and docs/judge/.
Exit code 1: a bound is not held. 2: the command was wrong.`;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const wholeNumber = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  process.stderr.write(
    `--${name} is a whole number of at least ${least}, not "${text}"\n\n${HELP}\n`,
  );
  process.exit(2);
};

/** Hands the cells out to threads, the next to whichever is free, and puts the answers in the cells' order. */
const measured = async (
  all: readonly Cell[],
  { runs, seed, threads }: { runs: number; seed: number; threads: number },
): Promise<Measured[]> => {
  const results = new Map<number, CellResult>();
  const waiting = [...all];
  const oneThread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), {
        workerData: { runs, seed },
      });
      const next = (): void => {
        const cell = waiting.shift();
        if (cell === undefined) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(cell.id);
      };
      worker.on('error', reject);
      worker.on('message', (result: CellResult) => {
        results.set(result.id, result);
        next();
      });
      next();
    });
  await Promise.all(Array.from({ length: threads }, oneThread));
  return all.flatMap((cell) => {
    const result = results.get(cell.id);
    return result === undefined ? [] : [{ cell, result }];
  });
};

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  say(HELP);
} else {
  const begun = performance.now();
  const seed = wholeNumber('seed', values.seed, 0);
  const all = await measured(cells(), {
    runs: wholeNumber('runs', values.runs, 1),
    seed,
    threads: wholeNumber('threads', values.threads, 1),
  });
  const section = sectionOf(all, seed);
  const seconds = Math.round((performance.now() - begun) / 1000);
  const broken = section.bounds.filter(({ held }) => !held);
  if (values.json) {
    say(JSON.stringify({ seconds, ...sectionJson(section) }, null, 2));
  } else {
    say(sectionText(section));
    say(
      broken.length === 0
        ? `Every bound is held. ${seconds} s.`
        : `Not held: ${broken.map(({ what }) => what).join('; ')}. ${seconds} s.`,
    );
  }
  if (values.write) for (const file of writeDocument(all, seed)) process.stderr.write(`${file}\n`);
  if (broken.length > 0) process.exitCode = 1;
}
