import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';

/**
 * What `npm test` runs: bundles first (the tests run what would be deployed), then types, style and import rules beside each
 * other, then the tests. Everything is run even where something fails, so that one run shows all there is to mend.
 */
const REPORT = 'coverage/tests.json';

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
}

const run = (
  name: string,
  command: string,
  args: readonly string[],
  quiet: boolean,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(command, args, { stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    const output: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('close', (code) => {
      if (quiet && code !== 0)
        process.stdout.write(`\n${name}:\n${Buffer.concat(output).toString()}\n`);
      resolve({ name, passed: code === 0, seconds: (performance.now() - began) / 1000 });
    });
  });

const extra = process.argv.slice(2);
mkdirSync('coverage', { recursive: true });
const built = await run('bundles', 'node', ['functions/build.ts'], true);
const checks =
  extra.length > 0
    ? []
    : await Promise.all([
        run('types', 'tsc', ['--noEmit'], true),
        run('style', 'biome', ['check', '--error-on-warnings', '.'], true),
        run('promises and cycles', 'oxlint', ['--type-aware'], true),
        run('who imports whom', 'npm', ['run', '-s', 'deps'], true),
        run('unused', 'knip', [], true),
      ]);
const tests = await run(
  'tests',
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile=${REPORT}`, ...extra],
  false,
);

const outcomes = [built, ...checks, tests];
for (const { name, passed, seconds } of outcomes) {
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)\n`);
}
const { numPassedTests, numFailedTests } = readCounts();
process.stdout.write(`tests: ${numPassedTests} passed, ${numFailedTests} failed\n`);
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;

function readCounts(): { numPassedTests: number; numFailedTests: number } {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0 };
  }
}
