import type {
  BatchGetRepositoryScanningConfigurationCommandInput,
  DescribeImageReplicationStatusCommandInput,
  PutRegistryPolicyCommandInput,
  PutRegistryScanningConfigurationCommandInput,
  PutReplicationConfigurationCommandInput,
  ReplicationConfiguration,
} from '@aws-sdk/client-ecr';
import { AwsError } from '../aws-error.ts';
import { invalidParameter, unsupportedField } from './errors.ts';
import type { Registry } from './registry.ts';
import { checkedPolicy } from './repository-operations.ts';
import type { Scans } from './scans.ts';

/** How long an authorization token holds. */
const TOKEN_MILLISECONDS = 12 * 3600 * 1000;

/** The passwords for the registry's door that are still good. */
export class Passwords {
  readonly #until = new Map<string, number>();
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  issue(): { readonly authorizationToken: string; readonly expiresAt: Date } {
    const now = this.#registry.cloud.clock.now();
    for (const [password, until] of this.#until) if (until <= now) this.#until.delete(password);
    const password = this.#registry.cloud.token(64);
    this.#until.set(password, now + TOKEN_MILLISECONDS);
    return {
      authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
      expiresAt: new Date(now + TOKEN_MILLISECONDS),
    };
  }

  accepts(password: string): boolean {
    return (this.#until.get(password) ?? 0) > this.#registry.cloud.clock.now();
  }
}

/** Checks a replication configuration: up to 10 rules, 25 destinations, no copy onto itself. */
export const checkedReplication = (
  registry: Registry,
  configuration: ReplicationConfiguration | undefined,
): ReplicationConfiguration => {
  const rules = configuration?.rules ?? [];
  const destinations = rules.flatMap((rule) => rule.destinations ?? []);
  if (rules.length > 10 || destinations.length > 25) {
    throw invalidParameter(
      'replicationConfiguration',
      `must have at most 10 rules and 25 destinations, given ${rules.length} and ${destinations.length}`,
    );
  }
  for (const { region, registryId } of destinations) {
    if (region === registry.place.region && registryId === registry.id) {
      throw invalidParameter(
        'replicationConfiguration',
        `must not replicate to the registry itself: ${registryId} in ${region}`,
      );
    }
  }
  return { rules };
};

/** Switches between basic and enhanced scanning, with the rules for each repository. */
export const setScanning = (
  registry: Registry,
  input: PutRegistryScanningConfigurationCommandInput,
): void => {
  const { scanType = 'BASIC', rules = [] } = input;
  const continuous = rules.some(({ scanFrequency }) => scanFrequency === 'CONTINUOUS_SCAN');
  if (scanType === 'BASIC' && continuous) {
    throw invalidParameter('rules', 'CONTINUOUS_SCAN needs scanType ENHANCED');
  }
  registry.scanning = { scanType, rules };
};

const replicationStatus = (
  registry: Registry,
  input: DescribeImageReplicationStatusCommandInput,
): unknown => {
  const repository = registry.repository(input);
  const image = repository.image(input.imageId ?? {});
  return {
    repositoryName: repository.name,
    imageId: input.imageId,
    replicationStatuses: registry.replicas.get(`${repository.name} ${image.digest}`) ?? [],
  };
};

const repositoryScanning = (
  registry: Registry,
  scans: Scans,
  input: BatchGetRepositoryScanningConfigurationCommandInput,
): unknown => {
  const names = input.repositoryNames ?? [];
  const found = names.flatMap((name) => registry.repositories.get(name) ?? []);
  return {
    scanningConfigurations: found.map((repository) => {
      const mode = scans.modeOnPush(repository);
      const continuous = mode?.type === 'ENHANCED' && mode.continuous;
      return {
        repositoryArn: repository.arn,
        repositoryName: repository.name,
        scanOnPush: mode !== undefined,
        scanFrequency:
          mode === undefined ? 'MANUAL' : continuous ? 'CONTINUOUS_SCAN' : 'SCAN_ON_PUSH',
        appliedScanFilters: (registry.scanning.rules ?? []).flatMap(
          (rule) => rule.repositoryFilters ?? [],
        ),
      };
    }),
    failures: names
      .filter((name) => !registry.repositories.has(name))
      .map((repositoryName) => ({
        repositoryName,
        failureCode: 'REPOSITORY_NOT_FOUND',
        failureReason: `The repository with name '${repositoryName}' does not exist`,
      })),
  };
};

const currentPolicy = (registry: Registry) => {
  if (registry.policy === undefined) {
    throw new AwsError(
      'RegistryPolicyNotFoundException',
      `Registry policy does not exist in the registry with id '${registry.id}'`,
    );
  }
  return { registryId: registry.id, policyText: registry.policy };
};

/** The operations on a registry as a whole. */
export const registryOperations = (registry: Registry, scans: Scans, passwords: Passwords) => ({
  DescribeRegistry: () => ({
    registryId: registry.id,
    replicationConfiguration: registry.replication,
  }),
  PutReplicationConfiguration: (input: PutReplicationConfigurationCommandInput) => {
    registry.replication = checkedReplication(registry, input.replicationConfiguration);
    return { replicationConfiguration: registry.replication };
  },
  DescribeImageReplicationStatus: (input: DescribeImageReplicationStatusCommandInput) =>
    replicationStatus(registry, input),
  PutRegistryScanningConfiguration: (input: PutRegistryScanningConfigurationCommandInput) => {
    setScanning(registry, input);
    return { registryScanningConfiguration: registry.scanning };
  },
  GetRegistryScanningConfiguration: () => ({
    registryId: registry.id,
    scanningConfiguration: registry.scanning,
  }),
  BatchGetRepositoryScanningConfiguration: (
    input: BatchGetRepositoryScanningConfigurationCommandInput,
  ) => repositoryScanning(registry, scans, input),
  PutRegistryPolicy: (input: PutRegistryPolicyCommandInput) => {
    registry.policy = checkedPolicy(input.policyText, 'PolicyText');
    return currentPolicy(registry);
  },
  GetRegistryPolicy: () => currentPolicy(registry),
  DeleteRegistryPolicy: () => {
    const before = currentPolicy(registry);
    registry.policy = undefined;
    return before;
  },
  GetAuthorizationToken: (input: { registryIds?: string[] }) => {
    if (input.registryIds?.some((id) => id !== registry.id)) {
      throw unsupportedField('GetAuthorizationToken', 'registryIds of other accounts');
    }
    const { region } = registry.place;
    return {
      authorizationData: [
        {
          ...passwords.issue(),
          proxyEndpoint: `https://${registry.id}.dkr.ecr.${region}.amazonaws.com`,
        },
      ],
    };
  },
});
