import type {
  ImageTagMutability,
  ImageTagMutabilityExclusionFilter,
  RegistryScanningRule,
  ReplicationRule,
} from '@aws-sdk/client-ecr';
import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';
import type { EcrService } from './ecr-service.ts';
import { unsupportedField } from './errors.ts';
import { checkedReplication, setScanning } from './registry-operations.ts';
import { type Repository, tagMutability } from './repository.ts';

interface RepositoryProperties {
  readonly RepositoryName?: string;
  readonly ImageTagMutability?: ImageTagMutability;
  readonly ImageTagMutabilityExclusionFilters?: readonly {
    readonly ImageTagMutabilityExclusionFilterType: 'WILDCARD';
    readonly ImageTagMutabilityExclusionFilterValue: string;
  }[];
  readonly ImageScanningConfiguration?: { readonly ScanOnPush?: boolean | string };
  readonly EncryptionConfiguration?: {
    readonly EncryptionType: 'AES256' | 'KMS' | 'KMS_DSSE';
    readonly KmsKey?: string;
  };
  readonly LifecyclePolicy?: { readonly LifecyclePolicyText?: string };
  readonly RepositoryPolicyText?: unknown;
  readonly EmptyOnDelete?: boolean | string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

const ecrOf = (context: ResourceContext): EcrService =>
  context.cloud.service<EcrService>('ecr', context);

const isTrue = (value: boolean | string | undefined): boolean => value === true || value === 'true';

const textOf = (policy: unknown): string =>
  typeof policy === 'string' ? policy : JSON.stringify(policy);

const filtersOf = (properties: RepositoryProperties): ImageTagMutabilityExclusionFilter[] =>
  (properties.ImageTagMutabilityExclusionFilters ?? []).map((filter) => ({
    filterType: filter.ImageTagMutabilityExclusionFilterType,
    filter: filter.ImageTagMutabilityExclusionFilterValue,
  }));

const apply = (repository: Repository, properties: RepositoryProperties, now: number): void => {
  const lifecycle = properties.LifecyclePolicy?.LifecyclePolicyText;
  Object.assign(repository.settings, {
    ...tagMutability(properties.ImageTagMutability, filtersOf(properties)),
    scanOnPush: isTrue(properties.ImageScanningConfiguration?.ScanOnPush),
    policy:
      properties.RepositoryPolicyText === undefined
        ? undefined
        : textOf(properties.RepositoryPolicyText),
    lifecyclePolicy: lifecycle === undefined ? undefined : { text: lifecycle, evaluatedAt: now },
  });
  repository.tags.clear();
  for (const { Key, Value } of properties.Tags ?? []) repository.tags.set(Key, Value);
};

const repositoryState = (repository: Repository): ResourceState => ({
  physicalId: repository.name,
  attributes: { Arn: repository.arn, RepositoryUri: repository.uri },
});

/** Names that CloudFormation makes are lower case here, as ECR demands. */
const repositoryName = (properties: RepositoryProperties, context: ResourceContext): string =>
  properties.RepositoryName ??
  `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`.toLowerCase();

const createRepository = (
  properties: RepositoryProperties,
  context: ResourceContext,
): ResourceState => {
  const { EncryptionConfiguration: encryption } = properties;
  const repository = ecrOf(context).registry.create({
    repositoryName: repositoryName(properties, context),
    ...(encryption === undefined
      ? {}
      : {
          encryptionConfiguration: {
            encryptionType: encryption.EncryptionType,
            ...(encryption.KmsKey === undefined ? {} : { kmsKey: encryption.KmsKey }),
          },
        }),
  });
  apply(repository, properties, context.cloud.clock.now());
  return repositoryState(repository);
};

const repositoryResource: ResourceProvider = {
  create: createRepository,
  update: (properties: RepositoryProperties, previous, context) => {
    const before = previous.properties as RepositoryProperties;
    const replaced =
      before.RepositoryName !== properties.RepositoryName ||
      JSON.stringify(before.EncryptionConfiguration) !==
        JSON.stringify(properties.EncryptionConfiguration);
    if (replaced) return createRepository(properties, context);
    const repository = ecrOf(context).registry.repository({ repositoryName: previous.physicalId });
    apply(repository, properties, context.cloud.clock.now());
    return repositoryState(repository);
  },
  remove: (previous, context) => {
    const { registry } = ecrOf(context);
    const { EmptyOnDelete } = previous.properties as RepositoryProperties;
    registry.delete(
      registry.repository({ repositoryName: previous.physicalId }),
      isTrue(EmptyOnDelete),
    );
  },
};

/** What a registry has once: setting it is creating it, and removing it is going back to the default. */
const registryResource = <P>(
  set: (ecr: EcrService, properties: P) => void,
  reset: (ecr: EcrService) => void,
  id: (context: ResourceContext) => string,
): ResourceProvider => {
  const apply = (properties: P, context: ResourceContext): ResourceState => {
    set(ecrOf(context), properties);
    return {
      physicalId: id(context),
      attributes: { RegistryId: context.account },
    };
  };
  return {
    create: apply,
    update: (properties: P, _previous, context) => apply(properties, context),
    remove: (_previous, context) => reset(ecrOf(context)),
  };
};

const registryPolicy = registryResource<{ readonly PolicyText: unknown }>(
  ({ registry }, { PolicyText }) => {
    registry.policy = textOf(PolicyText);
  },
  ({ registry }) => {
    registry.policy = undefined;
  },
  ({ account }) => account,
);

interface ReplicationProperties {
  readonly ReplicationConfiguration: {
    readonly Rules: readonly {
      readonly Destinations: readonly { readonly Region: string; readonly RegistryId: string }[];
      readonly RepositoryFilters?: readonly {
        readonly Filter: string;
        readonly FilterType: 'PREFIX_MATCH';
      }[];
    }[];
  };
}

const replicationConfiguration = registryResource<ReplicationProperties>(
  ({ registry }, { ReplicationConfiguration: { Rules } }) => {
    const rules = Rules.map(
      ({ Destinations, RepositoryFilters = [] }): ReplicationRule => ({
        destinations: Destinations.map(({ Region, RegistryId }) => ({
          region: Region,
          registryId: RegistryId,
        })),
        repositoryFilters: RepositoryFilters.map(({ Filter, FilterType }) => ({
          filter: Filter,
          filterType: FilterType,
        })),
      }),
    );
    registry.replication = checkedReplication(registry, { rules });
  },
  ({ registry }) => {
    registry.replication = { rules: [] };
  },
  ({ account }) => account,
);

interface ScanningProperties {
  readonly ScanType: 'BASIC' | 'ENHANCED';
  readonly Rules: readonly {
    readonly ScanFrequency: 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN' | 'MANUAL';
    readonly RepositoryFilters: readonly {
      readonly Filter: string;
      readonly FilterType: 'WILDCARD';
    }[];
  }[];
}

const scanningConfiguration = registryResource<ScanningProperties>(
  ({ registry }, { ScanType, Rules }) => {
    const rules = Rules.map(
      ({ ScanFrequency, RepositoryFilters }): RegistryScanningRule => ({
        scanFrequency: ScanFrequency,
        repositoryFilters: RepositoryFilters.map(({ Filter, FilterType }) => ({
          filter: Filter,
          filterType: FilterType,
        })),
      }),
    );
    setScanning(registry, { scanType: ScanType, rules });
  },
  ({ registry }) => {
    registry.scanning = { scanType: 'BASIC', rules: [] };
  },
  ({ account }) => account,
);

const refused = (type: string): ResourceProvider => ({
  create: () => {
    throw unsupportedField('CreatePullThroughCacheRule', type);
  },
});

/** ECR's resource types. */
export const ecrResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::ECR::Repository': repositoryResource,
  'AWS::ECR::RegistryPolicy': registryPolicy,
  'AWS::ECR::ReplicationConfiguration': replicationConfiguration,
  'AWS::ECR::RegistryScanningConfiguration': scanningConfiguration,
  'AWS::ECR::PullThroughCacheRule': refused('AWS::ECR::PullThroughCacheRule'),
};
