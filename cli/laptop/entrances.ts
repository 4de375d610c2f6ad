import type { ConfiguredTarget } from '../../config/targets.ts';
import { type Cloud, operatorOf } from '../../local/cloud.ts';
import { LoadBalancerProxy } from '../../local/traffic/proxy.ts';

/** Where users come in: one address of this machine per load balancer. */
export interface Entrance {
  readonly environment: string;
  readonly region: string;
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

export interface Entrances {
  addresses(): readonly Entrance[];
  close(): Promise<void>;
}

/** Opens a real HTTP port for the load balancer of every target. */
export const openEntrances = async (
  cloud: Cloud,
  targets: readonly ConfiguredTarget[],
): Promise<Entrances> => {
  const proxies = new Map<string, LoadBalancerProxy>();
  const entrances: Entrance[] = [];
  for (const target of targets) {
    const loadBalancerArn = await exported(cloud, target, 'LoadBalancerArn');
    const known = proxies.get(loadBalancerArn);
    const proxy = known ?? new LoadBalancerProxy({ cloud, place: target, loadBalancerArn });
    if (known === undefined) {
      await proxy.listen();
      proxies.set(loadBalancerArn, proxy);
    }
    for (const host of target.settings.route.hosts) {
      entrances.push({
        environment: target.environment,
        region: target.region,
        host,
        port: proxy.port,
        url: `http://127.0.0.1:${proxy.port}`,
      });
    }
  }
  return {
    addresses: () => entrances,
    close: async () => {
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    },
  };
};

/** What the platform exports of a target's edge. */
export const exported = async (
  cloud: Cloud,
  target: ConfiguredTarget,
  what: string,
): Promise<string> => {
  const name = `${target.settings.route.listener.importFrom}-${target.environment}-${what}`;
  const { Exports = [] } = await cloud.call<{ Exports?: { Name?: string; Value?: string }[] }>(
    'cloudformation',
    'ListExports',
    {},
    { account: target.account, region: target.region, principal: operatorOf(target.account) },
  );
  const found = Exports.find(({ Name }) => Name === name)?.Value;
  if (found === undefined) throw new Error(`the platform exports no ${name}`);
  return found;
};
