import type {
  CreateRepositoryCommandInput,
  DeleteLifecyclePolicyCommandInput,
  DeleteRepositoryCommandInput,
  DeleteRepositoryPolicyCommandInput,
  DescribeRepositoriesCommandInput,
  GetLifecyclePolicyCommandInput,
  GetRepositoryPolicyCommandInput,
  ListTagsForResourceCommandInput,
  PutImageScanningConfigurationCommandInput,
  PutImageTagMutabilityCommandInput,
  PutLifecyclePolicyCommandInput,
  SetRepositoryPolicyCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-ecr';
import { AwsError } from '../aws-error.ts';
import { inRepository, invalidParameter } from './errors.ts';
import { paged } from './paging.ts';
import type { Registry } from './registry.ts';
import { type Repository, tagMutability } from './repository.ts';

const description = (repository: Repository) => ({
  repositoryArn: repository.arn,
  registryId: repository.registryId,
  repositoryName: repository.name,
  repositoryUri: repository.uri,
  createdAt: new Date(repository.createdAt),
  imageTagMutability: repository.settings.mutability,
  ...(repository.settings.exclusions.length > 0
    ? { imageTagMutabilityExclusionFilters: [...repository.settings.exclusions] }
    : {}),
  imageScanningConfiguration: { scanOnPush: repository.settings.scanOnPush },
  encryptionConfiguration: repository.encryption,
});

const named = ({ registryId, name }: Repository) => ({ registryId, repositoryName: name });

const describe = (registry: Registry, input: DescribeRepositoriesCommandInput): unknown => {
  if (input.repositoryNames !== undefined) {
    const repositories = input.repositoryNames.map((repositoryName) =>
      registry.repository({ repositoryName }),
    );
    return { repositories: repositories.map(description) };
  }
  const all = [...registry.repositories.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { page, next } = paged(all, input);
  return { repositories: page.map(description), ...next };
};

/** A policy's text, checked to be JSON. */
export const checkedPolicy = (text: string | undefined, parameter: string): string => {
  try {
    const policy: unknown = JSON.parse(text ?? '');
    if (typeof policy === 'object' && policy !== null) return text ?? '';
  } catch {
    // Answered below, as any other text that is no policy.
  }
  throw invalidParameter(parameter, 'Invalid JSON syntax');
};

const repositoryPolicy = (repository: Repository): string => {
  const { policy } = repository.settings;
  if (policy !== undefined) return policy;
  throw new AwsError(
    'RepositoryPolicyNotFoundException',
    `Repository policy does not exist for the repository with name '${repository.name}' in the registry with id '${repository.registryId}'`,
  );
};

const lifecyclePolicy = (repository: Repository) => {
  const { lifecyclePolicy: policy } = repository.settings;
  if (policy === undefined) {
    throw inRepository(
      'LifecyclePolicyNotFoundException',
      'Lifecycle policy does not exist',
      repository,
    );
  }
  return {
    ...named(repository),
    lifecyclePolicyText: policy.text,
    lastEvaluatedAt: new Date(policy.evaluatedAt),
  };
};

const byArn = (registry: Registry, arn: string | undefined): Repository =>
  registry.repository({ repositoryName: arn?.split(':repository/')[1] ?? arn });

const policyOperations = (registry: Registry) => ({
  SetRepositoryPolicy: (input: SetRepositoryPolicyCommandInput) => {
    const repository = registry.repository(input);
    repository.settings.policy = checkedPolicy(input.policyText, 'PolicyText');
    return { ...named(repository), policyText: input.policyText };
  },
  GetRepositoryPolicy: (input: GetRepositoryPolicyCommandInput) => {
    const repository = registry.repository(input);
    return { ...named(repository), policyText: repositoryPolicy(repository) };
  },
  DeleteRepositoryPolicy: (input: DeleteRepositoryPolicyCommandInput) => {
    const repository = registry.repository(input);
    const policyText = repositoryPolicy(repository);
    repository.settings.policy = undefined;
    return { ...named(repository), policyText };
  },
  PutLifecyclePolicy: (input: PutLifecyclePolicyCommandInput) => {
    const repository = registry.repository(input);
    const text = checkedPolicy(input.lifecyclePolicyText, 'LifecyclePolicyText');
    repository.settings.lifecyclePolicy = { text, evaluatedAt: registry.cloud.clock.now() };
    return { ...named(repository), lifecyclePolicyText: text };
  },
  GetLifecyclePolicy: (input: GetLifecyclePolicyCommandInput) =>
    lifecyclePolicy(registry.repository(input)),
  DeleteLifecyclePolicy: (input: DeleteLifecyclePolicyCommandInput) => {
    const repository = registry.repository(input);
    const before = lifecyclePolicy(repository);
    repository.settings.lifecyclePolicy = undefined;
    return before;
  },
});

const tagOperations = (registry: Registry) => ({
  TagResource: (input: TagResourceCommandInput) => {
    const { tags } = byArn(registry, input.resourceArn);
    for (const { Key, Value } of input.tags ?? []) tags.set(Key ?? '', Value ?? '');
    return {};
  },
  UntagResource: (input: UntagResourceCommandInput) => {
    const { tags } = byArn(registry, input.resourceArn);
    for (const key of input.tagKeys ?? []) tags.delete(key);
    return {};
  },
  ListTagsForResource: (input: ListTagsForResourceCommandInput) => ({
    tags: [...byArn(registry, input.resourceArn).tags].map(([Key, Value]) => ({ Key, Value })),
  }),
});

/** The operations on repositories. */
export const repositoryOperations = (registry: Registry) => ({
  ...policyOperations(registry),
  ...tagOperations(registry),
  CreateRepository: (input: CreateRepositoryCommandInput) => {
    return { repository: description(registry.create(input)) };
  },
  DescribeRepositories: (input: DescribeRepositoriesCommandInput) => describe(registry, input),
  DeleteRepository: (input: DeleteRepositoryCommandInput) => {
    const repository = registry.repository(input);
    registry.delete(repository, input.force === true);
    return { repository: description(repository) };
  },
  PutImageScanningConfiguration: (input: PutImageScanningConfigurationCommandInput) => {
    const repository = registry.repository(input);
    const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
    repository.settings.scanOnPush = scanOnPush;
    return { ...named(repository), imageScanningConfiguration: { scanOnPush } };
  },
  PutImageTagMutability: (input: PutImageTagMutabilityCommandInput) => {
    const repository = registry.repository(input);
    Object.assign(
      repository.settings,
      tagMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters),
    );
    return {
      ...named(repository),
      imageTagMutability: repository.settings.mutability,
      ...(repository.settings.exclusions.length > 0
        ? { imageTagMutabilityExclusionFilters: [...repository.settings.exclusions] }
        : {}),
    };
  },
});
