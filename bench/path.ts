import { atMost, below, type Figures, rounded, type Section } from './figures.ts';
import type { ExecutionFigures, Flight } from './flight.ts';
import { byTarget } from './share-of-targets.ts';
import { halfHourLaptop, sampleLaptop } from './shop.ts';

const KIBIBYTE = 1024;
const TWO_HOURS_OF_TICKS = 120;

/** How many state transitions a release takes, machine by machine, and how large its executions grow. */
export const path = async (): Promise<Section> => {
  const { flight: plain } = await sampleLaptop();
  const { flight: long, laptop } = await halfHourLaptop();
  const { standby } = laptop.configuration.regions;
  const shares = byTarget(long.executions);
  const spare = shares.filter(({ region }) => region === standby);
  const forStandby = sum(spare.map(({ transitions }) => transitions));
  const longest = maximum(long.executions, ({ historyEvents }) => historyEvents);
  return {
    name: 'path',
    title: 'Transitions per release',
    notes: [
      'The second release of a service, as users push it; the first one has no shift. A tick is Wait, Lambda, Choice.',
      `Sample: ${rounded(plain.virtualMs / 60_000)} min of virtual time. Half hour: 15 % every 5 min (100 % after 30 min), bake of 30 min, standby Region without users: ${rounded(long.virtualMs / 60_000)} min.`,
      'A share is the rollout and the states of the release that lead to it.',
    ],
    figures: [
      executionsTable('Sample, by execution', plain),
      executionsTable('Half hour, by execution', long),
      {
        title: 'Half hour, by target',
        columns: ['target', 'transitions'],
        rows: [
          ['before the first target and after the last', long.transitions - sumOf(shares)],
          ...shares.map(({ target, transitions }): [string, number] => [target, transitions]),
        ],
      },
    ],
    bounds: [
      atMost(
        'Half hour: four environments, one production Region',
        long.transitions - forStandby,
        250,
        'transitions',
      ),
      atMost('Half hour: what the standby adds', forStandby, 60, 'transitions'),
      below('longest history measured', longest.historyEvents, 2500, 'events'),
      below('the same, reckoned for a shift of 2 h', afterTwoHours(longest), 2500, 'events'),
      below(
        'largest input or output of a state',
        rounded(
          maximum([...plain.executions, ...long.executions], (one) => one.largestBytes)
            .largestBytes / KIBIBYTE,
        ),
        32,
        'KiB',
      ),
    ],
  };
};

const executionsTable = (title: string, flight: Flight): Figures => ({
  title,
  columns: ['execution', 'transitions', 'of them ticks', 'history events', 'largest B', 'min'],
  rows: [
    ...flight.executions.map((one): (string | number)[] => [
      one.target === null ? one.machine : `${one.machine} ${one.target}`,
      one.states.length,
      ticksOf(one) * 3,
      one.historyEvents,
      one.largestBytes,
      rounded(one.minutes),
    ]),
    ['together', flight.transitions, null, null, null, rounded(flight.virtualMs / 60_000)],
  ],
});

const ticksOf = ({ states }: ExecutionFigures): number =>
  states.filter((state) => state === 'Tick').length;

/** A tick's events are Wait, Choice (two each) and the task with its five; a shift ticks once a minute. */
const afterTwoHours = (one: ExecutionFigures): number =>
  one.historyEvents + Math.max(0, TWO_HOURS_OF_TICKS - ticksInShift(one)) * 9;

/** The shift of the half-hour configuration lasts 30 min at a tick a minute; the others are the bake's. */
const ticksInShift = (one: ExecutionFigures): number => Math.min(30, ticksOf(one));

const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0);

const sumOf = (shares: readonly { readonly transitions: number }[]): number =>
  sum(shares.map(({ transitions }) => transitions));

const maximum = (
  executions: readonly ExecutionFigures[],
  by: (one: ExecutionFigures) => number,
): ExecutionFigures => executions.reduce((best, one) => (by(one) > by(best) ? one : best));
