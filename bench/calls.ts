import type { Figures, Section } from './figures.ts';
import { rounded } from './figures.ts';
import type { Flight } from './flight.ts';
import { halfHourLaptop, sampleLaptop } from './shop.ts';

/** Control planes that throttle early; invoking a function is not a call of Lambda's control plane. */
const THROTTLED = ['lambda', 'elasticloadbalancingv2', 'codedeploy'];
const DATA_PLANE = new Set(['lambda Invoke']);

/** How many Lambda invocations and AWS calls a release takes. */
export const calls = async (): Promise<Section> => {
  const { flight: plain } = await sampleLaptop();
  const { flight: long } = await halfHourLaptop();
  return {
    name: 'calls',
    title: 'Invocations and AWS calls per release',
    notes: [
      'Calls of all roles of the stacks, the roles that CodeDeploy and Step Functions act in among them; people and the stacks’ own deploys are left out.',
      'Virtual time does not pass during a call, so "most in 1 s" is more than AWS would see.',
    ],
    figures: [
      controlPlanes('Throttled control planes', plain, long),
      services('All calls, by service', plain, long),
      invocations('Lambda invocations, by function', plain, long),
    ],
    bounds: [],
  };
};

const controlPlanes = (title: string, plain: Flight, long: Flight): Figures => ({
  title,
  columns: ['call', 'sample', 'half hour', 'half hour, most in 1 s', 'refused'],
  rows: kindsOf(plain, long)
    .filter((kind) => THROTTLED.includes(kind.split(' ')[0] ?? '') && !DATA_PLANE.has(kind))
    .map((kind) => {
      const here = figureOf(plain, kind);
      const there = figureOf(long, kind);
      return [
        kind,
        here?.calls ?? 0,
        there?.calls ?? 0,
        there?.mostWithinASecond ?? 0,
        (here?.refused ?? 0) + (there?.refused ?? 0),
      ];
    }),
});

const services = (title: string, plain: Flight, long: Flight): Figures => {
  const names = [...new Set([...plain.calls, ...long.calls].map(({ service }) => service))].sort();
  const of = (flight: Flight, name: string): number =>
    flight.calls
      .filter(({ service }) => service === name)
      .reduce((sum, { calls: these }) => sum + these, 0);
  return {
    title,
    columns: ['service', 'sample', 'half hour'],
    rows: names.map((name) => [name, of(plain, name), of(long, name)]),
  };
};

const invocations = (title: string, plain: Flight, long: Flight): Figures => {
  const sample = new Map(plain.invocations);
  const half = new Map(long.invocations);
  const names = [...new Set([...half.keys(), ...sample.keys()])];
  const all = (flight: Flight): number => flight.invocations.reduce((sum, [, n]) => sum + n, 0);
  const perMinute = (flight: Flight): number => rounded(all(flight) / (flight.virtualMs / 60_000));
  return {
    title,
    columns: ['function', 'sample', 'half hour'],
    rows: [
      ...names.map((name) => [name, sample.get(name) ?? 0, half.get(name) ?? 0]),
      ['together', all(plain), all(long)],
      ['a minute', perMinute(plain), perMinute(long)],
    ],
  };
};

const kindsOf = (...flights: Flight[]): string[] =>
  [
    ...new Set(
      flights.flatMap((flight) =>
        flight.calls.map(({ service, operation }) => `${service} ${operation}`),
      ),
    ),
  ].sort();

const figureOf = (flight: Flight, kind: string): Flight['calls'][number] | undefined =>
  flight.calls.find(({ service, operation }) => `${service} ${operation}` === kind);
