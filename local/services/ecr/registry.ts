import type {
  RegistryScanningConfiguration,
  ReplicationConfiguration,
  ReplicationStatus,
} from '@aws-sdk/client-ecr';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';
import { repositoryNotFound } from './errors.ts';
import { Repository } from './repository.ts';

/** Where a replica of an image stands. */
export interface ReplicaState {
  readonly region: string;
  readonly registryId: string;
  status: ReplicationStatus;
  failureCode?: string;
}

/** A registry: the repositories of one account and Region, and what holds for all of them. */
export class Registry {
  readonly cloud: CloudContext;
  readonly place: Place;
  readonly id: string;
  readonly repositories = new Map<string, Repository>();
  /** By repository and digest. */
  readonly replicas = new Map<string, ReplicaState[]>();
  policy: string | undefined;
  replication: ReplicationConfiguration = { rules: [] };
  scanning: RegistryScanningConfiguration = { scanType: 'BASIC', rules: [] };

  constructor(cloud: CloudContext, place: Place) {
    this.cloud = cloud;
    this.place = place;
    this.id = place.account;
  }

  /** The repository by name. */
  repository(input: { readonly repositoryName?: string | undefined }): Repository {
    const name = input.repositoryName ?? '';
    const repository = this.repositories.get(name);
    if (repository === undefined) throw repositoryNotFound({ name, registryId: this.id });
    return repository;
  }

  create(input: ConstructorParameters<typeof Repository>[0]): Repository {
    const repository = new Repository(input, this.place, this.cloud.clock.now());
    if (this.repositories.has(repository.name)) {
      throw new AwsError(
        'RepositoryAlreadyExistsException',
        `The repository with name '${repository.name}' already exists in the registry with id '${this.id}'`,
      );
    }
    this.repositories.set(repository.name, repository);
    return repository;
  }

  delete(repository: Repository, force: boolean): void {
    if (repository.images.size > 0 && !force) {
      throw new AwsError(
        'RepositoryNotEmptyException',
        `The repository with name '${repository.name}' in registry with id '${this.id}' cannot be deleted because it still contains images`,
      );
    }
    this.repositories.delete(repository.name);
  }
}
