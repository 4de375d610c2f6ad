import { rounded, type Section } from './figures.ts';
import { volley } from './shop.ts';
import { evaluationsPerSecond } from './yardstick.ts';

/** How many releases a second go through the whole synthesized pipeline when nobody waits. */
export const releases = async (): Promise<Section> => {
  const yardstick = await evaluationsPerSecond();
  const { releases: count, seconds, virtualSeconds } = await volley();
  return {
    name: 'releases',
    title: 'Releases per second, virtual time',
    notes: [
      `${count} releases of the sample, one after the other: push, four environments, production in two Regions, 10 modelled requests a second.`,
      `Every template, handler, rule and alarm is the deployed one. Ratio: yardstick evaluations (${rounded(yardstick).toLocaleString('en-US')} a second) in the time of one release.`,
    ],
    figures: [
      {
        title: 'Throughput',
        columns: ['figure', 'value'],
        rows: [
          ['releases per second', rounded(count / seconds)],
          ['milliseconds per release', rounded((seconds * 1000) / count)],
          ['yardstick evaluations per release', rounded((yardstick * seconds) / count)],
          ['virtual minutes per release', rounded(virtualSeconds / 60 / count)],
          ['virtual seconds per second', rounded(virtualSeconds / seconds)],
        ],
      },
    ],
    bounds: [],
  };
};
