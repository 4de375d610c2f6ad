import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { report } from './world/kill-report.ts';
import { pointsOf, type Result, recorded, runPoint } from './world/kill-runs.ts';
import { type Ground, groundOf, KILL_SCENARIOS, scenarioOf } from './world/kill-scenarios.ts';
import { nameOf, type Point } from './world/strikes.ts';

// Goal: whatever ends at whatever point of a rollout or a rollback, users are served by one release and nothing is left over.
// Method: one run of each way through the machines is recorded; then each runs again for each of its points, and ends there.
// It takes minutes, so `npm test` runs a sample. `--only <scenario>` runs one way through, `--match <words>` some of its points,
// `--every <n>` every nth of them.

const PAGE = 'docs/kills.md';
const DETAILS = 'coverage/kills.json';
const WORKERS = 2;
/** A world grows slower with what happened in it. */
const RUNS_A_WORLD = 40;

const argument = (name: string): string | undefined => {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : process.argv[index + 1];
};

const discovered = async (): Promise<Point[]> => {
  const only = argument('only');
  const match = argument('match') ?? '';
  const points: Point[] = [];
  const ground = await groundOf();
  for (const scenario of KILL_SCENARIOS) {
    if (only !== undefined && scenario.name !== only) continue;
    const own = scenario.empty || scenario.helped ? await groundOf(scenario.empty) : ground;
    const effects = await recorded(own, scenario);
    if (effects.length === 0) throw new Error(`${scenario.name} never came to its point`);
    points.push(...pointsOf(own, scenario, effects));
  }
  const every = Number(argument('every') ?? 1);
  return points
    .filter((point) => nameOf(point).includes(match))
    .filter((_, index) => index % every === 0);
};

/** Takes points from its parent, one at a time, and answers how each ended. */
const work = (): void => {
  let ground: Ground | undefined;
  let runs = 0;
  const run = async (point: Point): Promise<Result> => {
    const scenario = scenarioOf(point.scenario);
    if (scenario.empty) return runPoint(await groundOf(true), scenario, point);
    if (ground === undefined || runs >= RUNS_A_WORLD) {
      ground = await groundOf();
      runs = 0;
    }
    runs += 1;
    const result = await runPoint(ground, scenario, point);
    // What one point has left behind is not the next one's fault.
    if (result.faults.length > 0) ground = undefined;
    return result;
  };
  process.on('message', (point: Point) => {
    run(point).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        ground = undefined;
        process.send?.({
          point: nameOf(point),
          outcome: 'none',
          seconds: 0,
          helped: false,
          faults: [String(error)],
        } satisfies Result);
      },
    );
  });
};

const runAll = async (points: readonly Point[]): Promise<Result[]> => {
  const results: Result[] = [];
  const waiting = [...points];
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(import.meta.filename, ['--worker'], { silent: false });
      const next = (): void => {
        const point = waiting.shift();
        if (point === undefined) {
          child.disconnect();
          resolve();
        } else {
          child.send(point);
        }
      };
      child.on('message', (result: Result) => {
        results.push(result);
        if (result.faults.length > 0) {
          process.stdout.write(`BAD ${result.point}\n    ${result.faults.join('\n    ')}\n`);
        } else if (results.length % 100 === 0) {
          process.stdout.write(`${results.length} of ${points.length}\n`);
        }
        next();
      });
      child.on('error', reject);
      next();
    });
  await Promise.all(Array.from({ length: WORKERS }, one));
  const order = new Map(points.map((point, index) => [nameOf(point), index]));
  return results.sort((a, b) => (order.get(a.point) ?? 0) - (order.get(b.point) ?? 0));
};

if (process.argv.includes('--worker')) work();
else {
  const began = performance.now();
  const points = await discovered();
  process.stdout.write(`${points.length} points\n`);
  const results = await runAll(points);
  const { page, summary, bad } = report(points, results, Number(argument('every') ?? 1));
  mkdirSync('coverage', { recursive: true });
  writeFileSync(DETAILS, `${JSON.stringify(results, null, 1)}\n`);
  if (points.length > 0 && argument('only') === undefined && argument('match') === undefined) {
    writeFileSync(PAGE, page);
  }
  process.stdout.write(`${summary}\n${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  process.exitCode = bad === 0 ? 0 : 1;
}
