import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { assemble } from '../../cli/laptop/assemblies.ts';
import { applyToClusters } from '../../cli/laptop/clusters.ts';
import { exported } from '../../cli/laptop/entrances.ts';
import { LedgerView } from '../../cli/view/ledger.ts';
import { readStatus, type TargetPicture } from '../../cli/view/status.ts';
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
import { type MadeImage, pushImage } from './image.ts';

const CONFIG = 'examples/shop/slipway.config.ts';
const MINUTE = 60_000;

/** The whole pipeline on the virtual clock, from the synthesized templates. */
export class World {
  readonly clock: VirtualClock;
  readonly cloud: Cloud;
  readonly configuration: Configuration;
  readonly home: Place;

  constructor(cloud: Cloud, clock: VirtualClock, configuration: Configuration) {
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

  /** Where every target stands, as `slipway status` would say. */
  status(): Promise<TargetPicture[]> {
    return readStatus(
      {
        loadBalancers: async (place) =>
          this.client(place) as unknown as ElasticLoadBalancingV2Client,
      },
      this.ledger,
    );
  }

  async target(environment: string, region: string = this.home.region): Promise<TargetPicture> {
    const found = (await this.status()).find(
      (one) => one.environment === environment && one.region === region,
    );
    if (found === undefined) throw new Error(`no target ${environment} ${region}`);
    return found;
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
  async during<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const watched = work.finally(() => {
      ended = true;
    });
    watched.catch(() => {});
    while (!ended) await this.clock.advance(200);
    return watched;
  }

  /** What a failing test prints. */
  async describe(): Promise<string> {
    const status = (await this.status()).map(
      (one) =>
        `${one.environment} ${one.region} ${one.phase} live ${one.live?.version} candidate ${one.candidate?.version} ${one.weights.stable}/${one.weights.candidate} ${one.reason ?? ''}`,
    );
    const releases = (await this.releases()).map(
      (one) => `${one.releaseId} ${one.version} ${one.phase} ${one.outcome} ${one.reason}`,
    );
    return [...status, ...releases].join('\n');
  }
}

/** Deploys platform and Slipway into a new cloud. */
export const launch = async (options: { seed?: number; config?: string } = {}): Promise<World> => {
  const config = options.config ?? CONFIG;
  const [configuration, assemblies] = await Promise.all([
    loadConfiguration(config),
    assemble(config),
  ]);
  const clock = new VirtualClock(Date.parse('2026-03-02T09:00:00Z'));
  const cloud = new Cloud({ clock, seed: options.seed ?? 1, modules });
  const world = new World(cloud, clock, configuration);
  await world.during(deployAssembly(cloud, assemblies.platform));
  await world.during(
    applyToClusters(cloud, targetsOf(configuration), 'examples/shop/k8s/cluster.yaml'),
  );
  await world.during(deployAssembly(cloud, assemblies.slipway));
  return world;
};
