import type { Cluster, CreateClusterCommandInput } from '@aws-sdk/client-eks';
import { KubernetesCluster } from '../../kubernetes/cluster.ts';
import { type HostHandler, serveHost } from '../../traffic/hosting.ts';
import type { WorkloadRuntime } from '../../traffic/workload-runtime.ts';
import type { CloudContext, Operation, Place } from '../service.ts';
import { authenticate } from './authentication.ts';
import { authorizer } from './authorization.ts';
import type { AccessRecord, ClusterRecord } from './cluster-record.ts';
import { eksErrors } from './errors.ts';

export interface EksOptions {
  /** Runs containers; behaviour is modelled unless told. */
  readonly runtime?: (cloud: CloudContext, place: Place) => WorkloadRuntime;
  readonly pullMs?: number;
  /** Whether roles, bindings and access policies decide (the default), or an access entry is enough. */
  readonly enforceAccess?: boolean;
  /** Answers in place of the local API, for callers whose token is good: a real cluster. */
  readonly forward?: HostHandler;
}

/** Clusters of one account and Region, and the hosts on which their APIs answer. */
export class Clusters {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #options: EksOptions & { runtime: NonNullable<EksOptions['runtime']> };
  readonly #clusters = new Map<string, ClusterRecord>();
  #runtime: WorkloadRuntime | undefined;

  constructor(
    cloud: CloudContext,
    place: Place,
    options: EksOptions & { runtime: NonNullable<EksOptions['runtime']> },
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#options = options;
  }

  get names(): string[] {
    return [...this.#clusters.keys()];
  }

  get(name: string | undefined): ClusterRecord {
    const record = this.#clusters.get(name ?? '');
    if (record === undefined) throw eksErrors.noCluster(name ?? '');
    return record;
  }

  create(input: CreateClusterCommandInput): ClusterRecord {
    const name = input.name ?? '';
    if (!/^[0-9A-Za-z][A-Za-z0-9\-_]{0,99}$/.test(name)) {
      throw eksErrors.invalidParameter(
        `The cluster name '${name}' must begin with a letter or number and have 1 to 100 letters, numbers, hyphens or underscores`,
      );
    }
    if (this.#clusters.has(name))
      throw eksErrors.inUse(`Cluster already exists with name: ${name}`);
    const { account, region } = this.#place;
    const hex = this.#cloud.uuid().replaceAll('-', '').toUpperCase();
    const cluster: Cluster = {
      name,
      arn: `arn:aws:eks:${region}:${account}:cluster/${name}`,
      createdAt: new Date(this.#cloud.clock.now()),
      version: input.version ?? '1.34',
      endpoint: `https://${hex}.gr7.${region}.eks.amazonaws.com`,
      roleArn: input.roleArn,
      resourcesVpcConfig: {
        subnetIds: input.resourcesVpcConfig?.subnetIds ?? [],
        securityGroupIds: input.resourcesVpcConfig?.securityGroupIds ?? [],
        clusterSecurityGroupId: `sg-0${hex.slice(0, 16).toLowerCase()}`,
        vpcId: 'vpc-0a1b2c3d4e5f60718',
        endpointPublicAccess: input.resourcesVpcConfig?.endpointPublicAccess ?? true,
        endpointPrivateAccess: input.resourcesVpcConfig?.endpointPrivateAccess ?? false,
        publicAccessCidrs: input.resourcesVpcConfig?.publicAccessCidrs ?? ['0.0.0.0/0'],
      },
      identity: { oidc: { issuer: `https://oidc.eks.${region}.amazonaws.com/id/${hex}` } },
      status: 'ACTIVE',
      certificateAuthority: { data: authorityOf(hex) },
      platformVersion: 'eks.1',
      tags: input.tags ?? {},
      accessConfig: { authenticationMode: input.accessConfig?.authenticationMode ?? 'API' },
      deletionProtection: input.deletionProtection ?? false,
    };
    const access = new Map<string, AccessRecord>();
    this.#runtime ??= this.#options.runtime(this.#cloud, this.#place);
    const kubernetes = new KubernetesCluster({
      name,
      cloud: this.#cloud,
      place: this.#place,
      runtime: this.#runtime,
      ...(this.#options.pullMs === undefined ? {} : { pullMs: this.#options.pullMs }),
      ...((this.#options.enforceAccess ?? true) ? { authorize: authorizer(access) } : {}),
    });
    const release = serveHost(
      this.#cloud,
      `${hex.toLowerCase()}.gr7.${region}.eks.amazonaws.com`,
      (url, init) => this.#answer(this.get(name), url, init),
    );
    const record = { cluster, kubernetes, access, release };
    this.#clusters.set(name, record);
    return record;
  }

  remove(name: string | undefined): Cluster {
    const record = this.get(name);
    if (record.cluster.deletionProtection) {
      throw eksErrors.invalidParameter(
        `Cluster ${name} cannot be deleted: deletion protection is enabled`,
      );
    }
    record.release();
    record.kubernetes.close();
    this.#clusters.delete(name ?? '');
    return { ...record.cluster, status: 'DELETING' };
  }

  /** What the API host answers to anyone: only a good token of a role with an access entry gets further. */
  async #answer(record: ClusterRecord, url: URL, init: RequestInit): Promise<Response> {
    const outcome = authenticate(this.#cloud, this.#place, record, init);
    if (outcome instanceof Response) return outcome;
    return this.#options.forward
      ? this.#options.forward(url, init)
      : record.kubernetes.request(url, init, outcome);
  }
}

/** A certificate-shaped text of its own for each cluster; connections inside the process have no TLS. */
const authorityOf = (hex: string): string => {
  const body = Buffer.from(hex.repeat(20)).toString('base64');
  const lines = body.match(/.{1,64}/g)?.join('\n') ?? '';
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`).toString(
    'base64',
  );
};

/** Operations on clusters. */
export const clusterOperations = (clusters: Clusters): Record<string, Operation> => ({
  CreateCluster: (input: CreateClusterCommandInput) => {
    for (const field of [
      'outpostConfig',
      'remoteNetworkConfig',
      'computeConfig',
      'storageConfig',
    ] as const) {
      if (input[field] !== undefined) throw eksErrors.unsupported('CreateCluster', field);
    }
    return { cluster: clusters.create(input).cluster };
  },
  DescribeCluster: (input: { name?: string }) => ({ cluster: clusters.get(input.name).cluster }),
  DeleteCluster: (input: { name?: string }) => ({ cluster: clusters.remove(input.name) }),
  ListClusters: (input: { maxResults?: number; nextToken?: string }) => {
    const names = clusters.names.sort();
    const start = Number(input.nextToken ?? 0);
    const end = start + (input.maxResults ?? 100);
    return {
      clusters: names.slice(start, end),
      ...(end < names.length ? { nextToken: String(end) } : {}),
    };
  },
});
