import { deployVirtually, VirtualLaptop } from '../cli/laptop/virtual.ts';
import type { SfnService } from '../local/services/sfn/module.ts';
import { type Flight, fly } from './flight.ts';

/** The sample as it is shipped. */
export const SAMPLE = 'examples/shop/slipway.config.ts';
/** The sample with the shift and bake that the design's bounds speak of. */
export const HALF_HOUR = 'bench/half-hour.config.ts';

const REQUESTS_PER_SECOND = 10;

/** A laptop with users in production, and one plain release that was watched on it. */
export interface Launched {
  readonly laptop: VirtualLaptop;
  readonly flight: Flight;
}

const launched = new Map<string, Promise<Launched>>();

const launch = async (config: string): Promise<Launched> => {
  const laptop = new VirtualLaptop(await deployVirtually({ config, seed: 1 }));
  await released(laptop, '1.0.0');
  await laptop.users('production', REQUESTS_PER_SECOND);
  return { laptop, flight: await fly(laptop, () => released(laptop, '1.1.0')) };
};

const once = (config: string): Promise<Launched> => {
  const known = launched.get(config) ?? launch(config);
  launched.set(config, known);
  return known;
};

/** The sample's laptop; parts share it. */
export const sampleLaptop = (): Promise<Launched> => once(SAMPLE);

/** The laptop with the long shift; parts share it. */
export const halfHourLaptop = (): Promise<Launched> => once(HALF_HOUR);

/** Releases of the sample one after the other, timed. */
export interface Volley {
  readonly releases: number;
  readonly transitions: number;
  readonly seconds: number;
  readonly virtualSeconds: number;
}

const RELEASES = 10;
let fired: Promise<Volley> | undefined;

/** Timed releases on the sample's laptop, which has released twice by then; parts share them. */
export const volley = (): Promise<Volley> => {
  fired ??= fire();
  return fired;
};

const fire = async (): Promise<Volley> => {
  const { laptop } = await sampleLaptop();
  const sfn = laptop.cloud.service<SfnService>('sfn', laptop.home);
  const begun = {
    wall: performance.now(),
    virtual: laptop.clock.now(),
    transitions: sfn.totalTransitions,
  };
  for (let index = 0; index < RELEASES; index += 1) await released(laptop, `2.${index}.0`);
  return {
    releases: RELEASES,
    transitions: sfn.totalTransitions - begun.transitions,
    seconds: (performance.now() - begun.wall) / 1000,
    virtualSeconds: (laptop.clock.now() - begun.virtual) / 1000,
  };
};

/** Pushes a good version and waits until it is live everywhere. */
export const released = async (laptop: VirtualLaptop, version: string): Promise<void> => {
  const { outcome, reason } = await laptop.ended(await laptop.push({ version }));
  if (outcome !== 'released') {
    throw new Error(`${version} was to be released and ended ${outcome}: ${reason}`);
  }
};
