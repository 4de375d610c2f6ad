import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { deployVirtually, VirtualLaptop } from '../../cli/laptop/virtual.ts';
import { readStatus, type TargetPicture } from '../../cli/view/status.ts';

const CONFIG = 'examples/shop/slipway.config.ts';

/** The whole pipeline on the virtual clock, from the synthesized templates, and what tests ask of it. */
export class World extends VirtualLaptop {
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

  /** What a failing test prints. */
  override async describe(): Promise<string> {
    const status = (await this.status()).map(
      (one) =>
        `${one.environment} ${one.region} ${one.phase} live ${one.live?.version} candidate ${one.candidate?.version} ${one.weights.stable}/${one.weights.candidate} ${one.reason ?? ''}`,
    );
    return [...status, await super.describe()].join('\n');
  }
}

/** Deploys platform and Slipway into a new cloud. */
export const launch = async (options: { seed?: number; config?: string } = {}): Promise<World> =>
  new World(await deployVirtually({ config: options.config ?? CONFIG, seed: options.seed ?? 1 }));
