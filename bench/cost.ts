import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from '../cli/laptop/assemblies.ts';
import { loadConfiguration } from '../config/load.ts';
import { type ConfiguredTarget, targetsOf } from '../config/targets.ts';
import { type Bill, billOf, costOf, type Template, together } from './billed.ts';
import { atMost, type Section } from './figures.ts';
import { prices } from './prices.ts';
import { SAMPLE } from './shop.ts';

const BOUND_USD = 3;
const ENDING = '.template.json';

interface Stack {
  readonly name: string;
  readonly bill: Bill;
}

/** What Slipway costs in a month in which nobody releases anything. */
export const cost = async (): Promise<Section> => {
  const [{ slipway }, configuration] = await Promise.all([
    assemble(SAMPLE),
    loadConfiguration(SAMPLE),
  ]);
  const stacks = stacksIn(slipway);
  const targets = targetsOf(configuration);
  const own = stacks.filter(({ name }) => targets.some((target) => stackOf(target) === name));
  const common = stacks.filter((stack) => !own.includes(stack));
  const environments = Object.keys(configuration.environments);
  const pairs = Object.keys(configuration.services).length * environments.length;
  const ofEnvironment = environments.map((environment) => {
    const names = targets.filter((one) => one.environment === environment).map(stackOf);
    const these = own.filter(({ name }) => names.includes(name));
    return { environment, usd: costOf(together(these.map(({ bill }) => bill))), regions: names };
  });
  const all = together(stacks.map(({ bill }) => bill));
  const dearest = ofEnvironment.reduce((a, b) => (b.usd > a.usd ? b : a));
  return {
    name: 'cost',
    title: 'Idle cost at list price, $ a month',
    notes: [
      `The sample: ${pairs} pairs of service and environment, ${targets.length} targets, in the synthesized stacks. No free tier; what is paid by request or byte is nothing while nobody releases.`,
      'The warm color, the load balancer and the cluster are the service’s own. Common stacks (keys, ledger, pipeline) are there once, whatever the number of services.',
    ],
    figures: [
      {
        title: 'By stack',
        columns: ['stack', 'keys', 'alarm metrics', 'composite alarms', 'other', '$'],
        rows: [...own, ...common]
          .filter(({ bill }) => costOf(bill) > 0)
          .map(({ name, bill }) => rowOf(name, bill))
          .concat([rowOf('together', all)]),
      },
      {
        title: 'By environment: its own stacks, common ones not divided among them',
        columns: ['environment', 'Regions', '$'],
        rows: ofEnvironment.map(({ environment, regions, usd }) => [
          environment,
          regions.length,
          cents(usd),
        ]),
      },
      {
        title: 'As services are added',
        columns: ['services', '$ per service and environment'],
        rows: [1, 2, 5, 10].map((services) => [
          services,
          cents(
            (costOf(sumOf(own)) * services + costOf(sumOf(common))) /
              (services * environments.length),
          ),
        ]),
      },
      {
        title: 'Prices that were used',
        columns: ['$', 'per', 'source'],
        rows: Object.entries(prices)
          .filter(([item]) => Object.hasOwn(all, item))
          .map(([, { usd, per, source }]) => [String(usd), per, source]),
      },
    ],
    bounds: [
      atMost(
        'all of Slipway, per service and environment',
        cents(costOf(all) / pairs),
        BOUND_USD,
        '$ a month',
      ),
      atMost(
        "the dearest target's own stack (one Region)",
        cents(Math.max(...own.map(({ bill }) => costOf(bill)))),
        BOUND_USD,
        '$ a month',
      ),
      atMost(
        `the dearest environment's own stacks (${dearest.environment}, ${dearest.regions.length} Regions)`,
        cents(dearest.usd),
        BOUND_USD,
        '$ a month',
      ),
    ],
  };
};

const stackOf = ({ prefix, region }: ConfiguredTarget): string => `${prefix}-${region}`;

const sumOf = (stacks: readonly Stack[]): Bill => together(stacks.map(({ bill }) => bill));

const stacksIn = (assembly: string): Stack[] =>
  readdirSync(assembly)
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .map((file) => ({
      name: file.slice(0, -ENDING.length),
      bill: billOf(JSON.parse(readFileSync(join(assembly, file), 'utf8')) as Template),
    }));

const rowOf = (name: string, bill: Bill): (string | number)[] => {
  const { key = 0, alarmMetric = 0, compositeAlarm = 0, ...other } = bill;
  return [name, key, alarmMetric, compositeAlarm, cents(costOf(other)), cents(costOf(bill))];
};

const cents = (usd: number): number => Math.round(usd * 100) / 100;
