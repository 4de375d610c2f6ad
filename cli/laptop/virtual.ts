import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { loadConfiguration } from '../../config/load.ts';
import type { Configuration } from '../../config/schema.ts';
import { targetsOf } from '../../config/targets.ts';
import type { ReleaseRecord } from '../../functions/domain/release.ts';
import type { InProcessClient } from '../../local/client.ts';
import { VirtualClock } from '../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../local/cloud.ts';
import { modules } from '../../local/modules.ts';
import type { Place } from '../../local/services/service.ts';
import { deployAssembly } from '../../local/template/deploy-assembly.ts';
import { ModelledTraffic } from '../../local/traffic/modelled-traffic.ts';
import { LedgerView } from '../view/ledger.ts';
import { assemble } from './assemblies.ts';
import { applyToClusters } from './clusters.ts';
import { exported } from './entrances.ts';
import { type MadeImage, pushImage } from './made-image.ts';

const MINUTE = 60_000;

/** What a laptop on the virtual clock is made of. */
export interface VirtualParts {
  readonly cloud: Cloud;
  readonly clock: VirtualClock;
  readonly configuration: Configuration;
}

/** The whole pipeline of a configuration on the virtual clock: nothing passes but what is asked for. */
export class VirtualLaptop {
  readonly clock: VirtualClock;
  readonly cloud: Cloud;
  readonly configuration: Configuration;
  readonly home: Place;

  constructor({ cloud, clock, configuration }: VirtualParts) {
    this.cloud = cloud;
    this.clock = clock;
    this.configuration = configuration;
    this.home = { account: configuration.pipeline.account, region: configuration.regions.primary };
  }

  /** A person's client in an account and Region. */
  client(place: Place = this.home): InProcessClient {
    return this.cloud.client(place, operatorOf(place.account));
  }

  get ledger(): LedgerView {
    return new LedgerView(this.client() as unknown as DynamoDBClient);
  }

  /** Users of one target, as many a second, from now on. */
  async users(
    environment: string,
    requestsPerSecond: number,
    region: string = this.home.region,
  ): Promise<ModelledTraffic> {
    const target = targetsOf(this.configuration).find(
      (one) => one.environment === environment && one.region === region,
    );
    if (target === undefined) throw new Error(`no target ${environment} ${region}`);
    const loadBalancerArn = await this.during(exported(this.cloud, target, 'LoadBalancerArn'));
    const [host = ''] = target.settings.route.hosts;
    const traffic = new ModelledTraffic({
      cloud: this.cloud,
      place: target,
      loadBalancerArn,
      streams: [{ host, requestsPerSecond }],
    });
    traffic.start();
    return traffic;
  }

  /** Pushes an image of `checkout`; answers its digest. */
  push(image: MadeImage): Promise<string> {
    return this.during(pushImage(this.client(), 'shop/checkout', image));
  }

  async releases(): Promise<ReleaseRecord[]> {
    return this.ledger.releasesOf('checkout');
  }

  async release(digest: string): Promise<ReleaseRecord | undefined> {
    return (await this.releases()).find((record) => record.digest === digest);
  }

  /** Lets time pass until the release of a digest has ended. */
  async ended(digest: string, minutes = 240): Promise<ReleaseRecord> {
    return this.until(
      `the release of ${digest} has ended`,
      async () => {
        const record = await this.release(digest);
        return record?.outcome ? record : undefined;
      },
      minutes,
    );
  }

  /** Lets time pass in steps of a few seconds until `look` finds something. */
  async until<T>(what: string, look: () => Promise<T | undefined>, minutes = 240): Promise<T> {
    const limit = this.clock.now() + minutes * MINUTE;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (this.clock.now() > limit) {
        throw new Error(`${what}: not within ${minutes} min\n${await this.describe()}`);
      }
      await this.clock.advance(5000);
    }
  }

  /** Runs the clock while something is under way. */
  during<T>(work: Promise<T>): Promise<T> {
    return during(this.clock, work);
  }

  /** What is said where something was waited for in vain. */
  async describe(): Promise<string> {
    return (await this.releases())
      .map((one) => `${one.releaseId} ${one.version} ${one.phase} ${one.outcome} ${one.reason}`)
      .join('\n');
  }
}

/** Deploys the sample's platform and Slipway's stacks, synthesized where needed, into a new cloud. */
export const deployVirtually = async (options: {
  readonly config: string;
  readonly seed: number;
}): Promise<VirtualParts> => {
  const [configuration, assemblies] = await Promise.all([
    loadConfiguration(options.config),
    assemble(options.config),
  ]);
  const clock = new VirtualClock(Date.parse('2026-03-02T09:00:00Z'));
  const cloud = new Cloud({ clock, seed: options.seed, modules });
  const clusterFile = 'examples/shop/k8s/cluster.yaml';
  await during(clock, deployAssembly(cloud, assemblies.platform));
  await during(clock, applyToClusters(cloud, targetsOf(configuration), clusterFile));
  await during(clock, deployAssembly(cloud, assemblies.slipway));
  return { cloud, clock, configuration };
};

const during = async <T>(clock: VirtualClock, work: Promise<T>): Promise<T> => {
  let ended = false;
  const watched = work.finally(() => {
    ended = true;
  });
  watched.catch(() => {});
  while (!ended) await clock.advance(200);
  return watched;
};
