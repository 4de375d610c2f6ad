import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadConfiguration } from '../../config/load.ts';
import type { Configuration } from '../../config/schema.ts';
import { targetsOf } from '../../config/targets.ts';
import { FastClock } from '../../local/clock/fast-clock.ts';
import { Cloud } from '../../local/cloud.ts';
import { deployAssembly } from '../../local/template/deploy-assembly.ts';
import { type Door, openDoor, PortInUse } from '../../local/wire/door.ts';
import { type LocalState, STATE_FILE } from '../connection.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { assemble } from './assemblies.ts';
import { applyToClusters } from './clusters.ts';
import { type Entrances, openEntrances } from './entrances.ts';
import { seedFirstRelease } from './first-release.ts';
import { realModules } from './modules.ts';

export interface LaptopOptions {
  readonly config: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly speed: number;
  /** No stacks: the bare cloud. */
  readonly empty: boolean;
  /** The version of the sample that is live before anybody may do anything. */
  readonly first: string;
  readonly tell: (step: string) => void;
}

/** Nobody waits for minutes while the first release is made: the clock takes its own speed when that is done. */
const SPEED_TO_BEGIN_WITH = 60;

/** A local cloud on this machine: deployed, with its door open and real traffic able to reach its load balancers. */
export interface Laptop {
  readonly cloud: Cloud;
  readonly clock: FastClock;
  readonly configuration: Configuration;
  readonly endpoint: string;
  readonly entrances: Entrances;
  close(): Promise<void>;
}

/**
 * Starts the local cloud, deploys the sample's platform and Slipway's stacks as synthesized, opens its doors and makes a first release.
 * @throws CliFailure where the port is taken, the configuration is wrong or a stack cannot be deployed
 */
export const startLaptop = async (options: LaptopOptions): Promise<Laptop> => {
  const configuration = await loadConfiguration(options.config);
  const clock = new FastClock({ speed: Math.max(options.speed, SPEED_TO_BEGIN_WITH) });
  const workloads = realModules();
  const cloud = new Cloud({ clock, seed: process.pid, modules: workloads.modules });
  let ready = false;
  const door = await openLaptopDoor(cloud, configuration, options.port, () => ready);
  try {
    if (!options.empty) await deploy(cloud, configuration, options);
    const entrances = await openEntrances(cloud, options.empty ? [] : targetsOf(configuration));
    if (!options.empty)
      await seedFirstRelease({ endpoint: door.url, configuration }, options.first, options.tell);
    clock.speed = options.speed;
    ready = true;
    return {
      cloud,
      clock,
      configuration,
      endpoint: door.url,
      entrances,
      close: async () => {
        await entrances.close();
        workloads.close();
        await door.close();
        clock.stop();
      },
    };
  } catch (error) {
    workloads.close();
    await door.close();
    clock.stop();
    throw error;
  }
};

/**
 * The door with its health beside AWS's services.
 * @throws CliFailure where the port is taken
 */
export const openLaptopDoor = async (
  cloud: Cloud,
  configuration: Configuration,
  port: number,
  ready: () => boolean,
): Promise<Door> => {
  try {
    return await openDoor({
      cloud,
      port,
      account: configuration.pipeline.account,
      extra: {
        '/_slipway/health': () =>
          Response.json(
            { ready: ready(), now: new Date(cloud.clock.now()).toISOString() },
            { status: ready() ? 200 : 503 },
          ),
      },
    });
  } catch (error) {
    if (!(error instanceof PortInUse)) throw error;
    throw new CliFailure(`port ${error.port} is in use`, {
      details: ['something else listens there; perhaps another "slipway up"'],
      solution: 'stop it, or choose another with --port',
      exitCode: EXIT.unreachable,
    });
  }
};

const deploy = async (
  cloud: Cloud,
  configuration: Configuration,
  { config, tell }: LaptopOptions,
): Promise<void> => {
  const assemblies = await assemble(config, tell);
  tell('deploying the platform');
  await deployAssembly(cloud, assemblies.platform);
  await applyToClusters(cloud, targetsOf(configuration), 'examples/shop/k8s/cluster.yaml');
  tell('deploying Slipway');
  await deployAssembly(cloud, assemblies.slipway);
};

/** Says where this cloud is, for the commands of other terminals; the function that it answers takes it back. */
export const announce = (state: LocalState): (() => void) => {
  mkdirSync(dirname(STATE_FILE), { recursive: true });
  writeFileSync(STATE_FILE, `${JSON.stringify(state)}\n`);
  return () => rmSync(STATE_FILE, { force: true });
};
