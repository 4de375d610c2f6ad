import { type BareMachines, deployBareMachines, type Round } from './bare-machines.ts';
import { median, rounded, type Section } from './figures.ts';
import { volley } from './shop.ts';
import { evaluationsPerSecond } from './yardstick.ts';

const ROUNDS = 250;
const EXECUTIONS = 20;
const RUNS = 3;

/** How many state transitions a second the local cloud makes when nobody waits. */
export const transitions = async (): Promise<Section> => {
  const yardstick = await evaluationsPerSecond();
  const bare = await deployBareMachines(ROUNDS);
  const pass = await perSecond(bare, 'pass');
  const lambda = await perSecond(bare, 'lambda');
  const pipeline = await volley();
  const row = (what: string, value: number): [string, number, number] => [
    what,
    rounded(value),
    rounded(value / yardstick),
  ];
  return {
    name: 'transitions',
    title: 'State transitions per second, virtual time',
    notes: [
      `Bare cloud: ${EXECUTIONS} executions at once, ${ROUNDS} rounds each, median of ${RUNS}. Ratio: to evaluations of one small expression`,
      `by the jsonata package as shipped, in this same process (${rounded(yardstick).toLocaleString('en-US')} a second).`,
    ],
    figures: [
      {
        title: 'Throughput',
        columns: ['what runs', 'transitions/s', 'ratio'],
        rows: [
          row('bare cloud: Pass, Wait, Choice, Pass', pass),
          row('bare cloud: Lambda task, Wait, Choice, Pass', lambda),
          row(
            `the pipeline with its handlers: ${pipeline.releases} releases of the sample`,
            pipeline.transitions / pipeline.seconds,
          ),
        ],
      },
    ],
    bounds: [],
  };
};

const perSecond = async (bare: BareMachines, round: Round): Promise<number> => {
  await bare.run(round, EXECUTIONS);
  const measured: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const begun = performance.now();
    const made = await bare.run(round, EXECUTIONS);
    measured.push(made / ((performance.now() - begun) / 1000));
  }
  return median(measured);
};
