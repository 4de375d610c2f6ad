/** A stretch of a tick in which nothing changes. */
export interface Phase {
  readonly seconds: number;
  /** Requests a second, both colors together. */
  readonly rate: number;
  /** The candidate's part of them. */
  readonly share: number;
  /** Part of each color's requests that fail. */
  readonly stable: number;
  readonly candidate: number;
}

/** What goes wrong in a cell. */
export type Kind = 'steady' | 'bothBad' | 'outage' | 'shift' | 'bursts' | 'clumps';

/** One setting of the simulation. */
export interface Cell {
  readonly id: number;
  readonly kind: Kind;
  readonly rate: number;
  readonly share: number;
  readonly stable: number;
  /** `equal`, `5×`, `2 %`, or what happens. */
  readonly candidate: string;
  /** Whether condemning the candidate is wrong. */
  readonly equal: boolean;
  /** In how large clumps errors come; 1: each for itself. */
  readonly clump: number;
  readonly ticks: readonly (readonly Phase[])[];
}

/** Length of a tick: the load balancer's metric period. */
export const TICK_SECONDS = 60;
/** Length of a rollout. */
export const TICKS = 30;
/** The judge's α. */
export const ALPHA = 0.001;

const RATES = [5, 50, 500];
const SHARES = [0.01, 0.1, 0.5];
const STABLE = [0, 0.001, 0.005, 0.02];
const TIMES_WORSE = [1, 2, 5, 40];
const WHERE_STABLE_HAS_NONE = [0, 0.005, 0.02, 0.2];

const percent = (ratio: number): string => `${Number((100 * ratio).toPrecision(3))} %`;

/** Every cell, in a fixed order: an id is also the cell's stream of chance. */
export const cells = (): Cell[] => {
  const list: Omit<Cell, 'id'>[] = [];
  for (const rate of RATES) {
    for (const share of SHARES) {
      const at = { rate, share };
      for (const stable of STABLE) {
        const candidates = TIMES_WORSE.map((times, index) =>
          stable === 0 ? (WHERE_STABLE_HAS_NONE[index] ?? 0) : stable * times,
        );
        for (const [index, candidate] of candidates.entries()) {
          list.push({
            kind: 'steady',
            ...at,
            stable,
            candidate: named(stable, candidate, TIMES_WORSE[index] ?? 1),
            equal: index === 0,
            clump: 1,
            ticks: steady({ ...at, stable, candidate }),
          });
        }
      }
      const equal = { ...at, equal: true, clump: 1, candidate: 'equal' };
      const outage = withOutage(steady({ ...at, stable: 0.001, candidate: 0.001 }));
      list.push(
        {
          kind: 'bothBad',
          ...equal,
          stable: 0.05,
          ticks: steady({ ...at, stable: 0.05, candidate: 0.05 }),
        },
        { kind: 'outage', ...equal, stable: 0.001, ticks: outage },
        { kind: 'clumps', ...equal, stable: 0.001, clump: 5, ticks: outage },
        {
          kind: 'bursts',
          ...equal,
          equal: false,
          stable: 0.001,
          candidate: 'bursts of 50 %',
          ticks: withBursts(steady({ ...at, stable: 0.001, candidate: 0.001 })),
        },
      );
    }
    list.push({
      kind: 'shift',
      rate,
      share: Number.NaN,
      stable: 0.005,
      candidate: 'equal',
      equal: true,
      clump: 1,
      ticks: withOutage(shifting(rate)),
    });
  }
  return list.map((cell, id) => ({ id, ...cell }));
};

const named = (stable: number, candidate: number, times: number): string => {
  if (times === 1) return 'equal';
  return stable === 0 ? percent(candidate) : `${times}×`;
};

const steady = (phase: Omit<Phase, 'seconds'>): Phase[][] =>
  Array.from({ length: TICKS }, () => [{ seconds: TICK_SECONDS, ...phase }]);

/** The weight grows in five steps while traffic swells and ebbs and the error rate with it. */
const shifting = (rate: number): Phase[][] =>
  Array.from({ length: TICKS }, (_, tick) => {
    const swell = 1 + 0.5 * Math.sin((2 * Math.PI * tick) / TICKS);
    const ratio = 0.005 * swell;
    const share = [0.01, 0.1, 0.25, 0.5, 0.9][Math.floor((5 * tick) / TICKS)] ?? 0.9;
    return [{ seconds: TICK_SECONDS, rate: rate * swell, share, stable: ratio, candidate: ratio }];
  });

const OUTAGE = { from: 12.5 * TICK_SECONDS, until: 14.5 * TICK_SECONDS, ratio: 0.5, retries: 2 };

/** A dependency of both colors is half gone for two minutes, and clients try again: twice the traffic. */
const withOutage = (ticks: readonly (readonly Phase[])[]): Phase[][] =>
  between(ticks, [OUTAGE], (phase) => ({
    ...phase,
    rate: phase.rate * OUTAGE.retries,
    stable: OUTAGE.ratio,
    candidate: OUTAGE.ratio,
  }));

/** Of every five minutes the candidate fails half of its requests for twenty seconds. */
const withBursts = (ticks: readonly (readonly Phase[])[]): Phase[][] =>
  between(
    ticks,
    Array.from({ length: 6 }, (_, burst) => ({
      from: burst * 300 + 130,
      until: burst * 300 + 150,
    })),
    (phase) => ({ ...phase, candidate: 0.5 }),
  );

/** Changes the phases within some stretches of time, splitting those that lie across a border. */
const between = (
  ticks: readonly (readonly Phase[])[],
  stretches: readonly { readonly from: number; readonly until: number }[],
  change: (phase: Phase) => Phase,
): Phase[][] => {
  const borders = stretches.flatMap(({ from, until }) => [from, until]);
  let at = 0;
  return ticks.map((phases) =>
    phases.flatMap((phase) => {
      const end = at + phase.seconds;
      const inside = borders.filter((border) => border > at && border < end);
      const edges = [at, ...inside, end];
      at = end;
      return edges.slice(1).map((edge, index) => {
        const start = edges[index] ?? 0;
        const piece = { ...phase, seconds: edge - start };
        const changed = stretches.some(({ from, until }) => start >= from && edge <= until);
        return changed ? change(piece) : piece;
      });
    }),
  );
};
