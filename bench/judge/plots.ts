import { afterTick } from '../../functions/domain/judge/allocation.ts';
import { freshBets, logEOf } from '../../functions/domain/judge/multiples.ts';
import { ALPHA, type Cell, cells, type Kind, TICKS } from './cells.ts';
import { chanceOf, poissonOf } from './draw.ts';
import { KIND_NAMES, METHOD_NAMES } from './report.ts';
import { METHODS, type Method } from './simulate.ts';
import { dot, line, PALETTE, path, picture, text } from './svg.ts';
import { falseOver, type Measured, promised } from './verdicts.ts';

const colorOf = (method: Method): string => PALETTE[METHODS.indexOf(method)] ?? '#000000';

const legend = (x: number, y: number, step: number): string[] =>
  METHODS.flatMap((method, index) => [
    dot(x + index * step, y - 4, { fill: colorOf(method) }),
    text({ x: x + index * step + 10, y, size: 12 }, METHOD_NAMES[method]),
  ]);

/** False condemnations per rollout, a dot a method, by what happens in the rollout. */
export const falsePlot = (all: readonly Measured[]): string => {
  const kinds: readonly Kind[] = ['steady', 'bothBad', 'outage', 'shift'];
  const [left, right, top, row] = [330, 830, 104, 52];
  const least = -6;
  const xOf = (ratio: number): number =>
    left + ((Math.max(least, Math.log10(ratio)) - least) / -least) * (right - left);
  const bottom = top + kinds.length * row;
  const ticks = [-5, -4, -3, -2, -1, 0].flatMap((power) => [
    line({ x1: xOf(10 ** power), y1: top - 20, x2: xOf(10 ** power), y2: bottom }),
    text(
      { x: xOf(10 ** power), y: bottom + 18, size: 11, anchor: 'middle', fill: '#57606a' },
      power === 0 ? 'always' : `1 in ${(10 ** -power).toLocaleString('en-US')}`,
    ),
  ]);
  return picture(
    {
      width: 860,
      height: bottom + 56,
      title: 'How often an equal candidate is condemned, per rollout',
    },
    [
      ...legend(32, 62, 158),
      ...ticks,
      text({ x: left, y: bottom + 18, size: 11, anchor: 'middle', fill: '#57606a' }, 'never'),
      line({ x1: left, y1: top - 20, x2: left, y2: bottom }),
      line(
        { x1: xOf(ALPHA), y1: top - 20, x2: xOf(ALPHA), y2: bottom },
        { stroke: '#c1440e', width: 1.5, dash: '5 4' },
      ),
      text(
        { x: xOf(ALPHA) + 5, y: bottom + 38, size: 12, anchor: 'middle', fill: '#c1440e' },
        `α = ${ALPHA}`,
      ),
      ...kinds.flatMap((kind, index) => {
        const y = top + index * row + 8;
        const there = promised(all).filter(({ cell }) => cell.kind === kind);
        return [
          text({ x: left - 14, y: y + 4, size: 12, anchor: 'end' }, shortened(KIND_NAMES[kind])),
          ...METHODS.map((method, place) => {
            const { condemned, runs } = falseOver(there, method);
            const ratio = condemned / runs;
            return dot(condemned === 0 ? left : xOf(ratio), y + (place - 2) * 7, {
              fill: colorOf(method),
              hollow: condemned === 0,
            });
          }),
        ];
      }),
    ],
  );
};

const shortened = (words: string): string =>
  words.length <= 44 ? words : `${words.slice(0, 43)}…`;

const NEVER_MINUTES = 60;

/** Median time to condemn by how much worse the candidate is, a small picture for each rate and share. */
export const timePlot = (all: readonly Measured[], stable: number): string => {
  const there = all.filter(
    ({ cell }) => cell.kind === 'steady' && cell.stable === stable && !cell.equal,
  );
  const rates = [...new Set(there.map(({ cell }) => cell.rate))];
  const shares = [...new Set(there.map(({ cell }) => cell.share))];
  const [panel, tall, left, top] = [236, 190, 78, 116];
  const yOf = (minutes: number): number =>
    tall -
    24 -
    ((Math.log(Math.max(minutes, 0.25)) - Math.log(0.25)) /
      (Math.log(NEVER_MINUTES) - Math.log(0.25))) *
      (tall - 40);
  const parts = rates.flatMap((rate, row) =>
    shares.flatMap((share, column) => {
      const [x0, y0] = [left + column * panel, top + row * tall];
      const group = there.filter(({ cell }) => cell.rate === rate && cell.share === share);
      return [
        ...[0.25, 1, 3, 10, 30].flatMap((minutes) => [
          line({ x1: x0, y1: y0 + yOf(minutes), x2: x0 + panel - 26, y2: y0 + yOf(minutes) }),
          column === 0
            ? text(
                { x: x0 - 8, y: y0 + yOf(minutes) + 4, size: 10, anchor: 'end', fill: '#57606a' },
                minutes < 1 ? '15 s' : `${minutes} min`,
              )
            : '',
        ]),
        column === 0
          ? text(
              {
                x: x0 - 8,
                y: y0 + yOf(NEVER_MINUTES) + 4,
                size: 10,
                anchor: 'end',
                fill: '#57606a',
              },
              'never',
            )
          : '',
        column === 0
          ? text(
              { x: 20, y: y0 + tall / 2, size: 12, weight: 600, anchor: 'middle', turn: -90 },
              `${rate}/s`,
            )
          : '',
        row === 0
          ? text(
              { x: x0 + (panel - 26) / 2, y: y0 - 10, size: 12, weight: 600, anchor: 'middle' },
              `${100 * share} % to the candidate`,
            )
          : '',
        ...METHODS.flatMap((method, place) => {
          const points = group.map(({ result }, index): [number, number, boolean] => {
            const { median } = result.outcomes[method];
            const x = x0 + 30 + index * ((panel - 86) / 2) + (place - 2) * 4;
            return [x, y0 + yOf(median === null ? NEVER_MINUTES : median / 60), median === null];
          });
          return [
            path(
              points.map(([x, y]) => [x, y] as const),
              { stroke: colorOf(method), width: 1.5 },
            ),
            ...points.map(([x, y, never]) => dot(x, y, { fill: colorOf(method), hollow: never })),
          ];
        }),
        ...group.map(({ cell }, index) =>
          text(
            {
              x: x0 + 30 + index * ((panel - 86) / 2),
              y: y0 + tall - 6,
              size: 10,
              anchor: 'middle',
              fill: '#57606a',
            },
            cell.candidate,
          ),
        ),
      ];
    }),
  );
  return picture(
    {
      width: left + shares.length * panel,
      height: top + rates.length * tall + 16,
      title: `Median time to condemn, stable at ${Number((100 * stable).toPrecision(2))} % errors (hollow: not within 30 minutes)`,
    },
    [...legend(32, 62, 148), ...parts.filter((part) => part !== '')],
  );
};

/** One rollout each: how the evidence walks for candidates that are equal, twice and five times as bad, through an outage. */
export const walkPlot = (seed: number): string => {
  const [left, right, top, bottom] = [84, 700, 72, 340];
  const [low, high] = [-4, 6];
  const xOf = (tick: number): number => left + (tick / TICKS) * (right - left);
  const yOf = (log10: number): number =>
    bottom - ((Math.min(high, Math.max(low, log10)) - low) / (high - low)) * (bottom - top);
  const outage = cells().find(
    ({ kind, rate, share }) => kind === 'outage' && rate === 50 && share === 0.1,
  );
  const walks = [1, 2, 5].map((times) => ({
    times,
    points: outage === undefined ? [] : walk(outage, times, seed),
  }));
  return picture(
    {
      width: 860,
      height: 392,
      title:
        'The evidence E in one rollout each: 50 requests/s, 10 % on the candidate, stable at 0.5 %',
    },
    [
      `<rect x="${xOf(12.5)}" y="${top}" width="${xOf(14.5) - xOf(12.5)}" height="${bottom - top}" fill="#f3e3dc"/>`,
      text(
        { x: xOf(13.5), y: top - 8, size: 11, anchor: 'middle', fill: '#8a4a2f' },
        'outage of both',
      ),
      ...[-4, -2, 0, 2, 4, 6].flatMap((power) => [
        line({ x1: left, y1: yOf(power), x2: right, y2: yOf(power) }),
        text(
          { x: left - 8, y: yOf(power) + 4, size: 11, anchor: 'end', fill: '#57606a' },
          power === 0 ? '1' : `10^${power}`,
        ),
      ]),
      line(
        { x1: left, y1: yOf(3), x2: right, y2: yOf(3) },
        { stroke: '#c1440e', width: 1.5, dash: '5 4' },
      ),
      text({ x: right + 10, y: yOf(3) + 4, size: 12, fill: '#c1440e' }, '1/α: roll back'),
      ...[0, 10, 20, 30].map((tick) =>
        text(
          { x: xOf(tick), y: bottom + 18, size: 11, anchor: 'middle', fill: '#57606a' },
          `${tick} min`,
        ),
      ),
      ...walks.flatMap(({ times, points }, index) => {
        const stroke = [PALETTE[0], PALETTE[3], PALETTE[1]][index] ?? '#000000';
        const last = points.at(-1) ?? [0, 0];
        const name = times === 1 ? 'equal' : `${times} times as bad`;
        return [
          path(
            points.map(([tick, log10]) => [xOf(tick), yOf(log10)] as const),
            { stroke },
          ),
          dot(xOf(last[0]), yOf(last[1]), { fill: stroke }),
          text({ x: xOf(last[0]) + 10, y: yOf(last[1]) + 4, size: 12, fill: stroke }, name),
        ];
      }),
    ],
  );
};

const WALK_STABLE = 0.005;

const walk = (cell: Cell, times: number, seed: number): [number, number][] => {
  const chance = chanceOf(seed, 1000 + times);
  const points: [number, number][] = [[0, 0]];
  let bets = freshBets();
  for (const [tick, phases] of cell.ticks.entries()) {
    const counts = { stable: { requests: 0, bad: 0 }, candidate: { requests: 0, bad: 0 } };
    for (const { seconds, rate, share, stable } of phases) {
      const usual = stable < 0.01;
      const ratios = {
        stable: usual ? WALK_STABLE : stable,
        candidate: usual ? WALK_STABLE * times : stable,
      };
      for (const color of ['stable', 'candidate'] as const) {
        const mean = rate * seconds * (color === 'stable' ? 1 - share : share);
        const bad = poissonOf(mean * ratios[color])(chance);
        counts[color].bad += bad;
        counts[color].requests += bad + poissonOf(mean * (1 - ratios[color]))(chance);
      }
    }
    bets = afterTick(bets, { seconds: 60, ...counts });
    const log10 = logEOf(bets) / Math.LN10;
    points.push([tick + 1, log10]);
    if (log10 >= -Math.log10(ALPHA)) break;
  }
  return points;
};
