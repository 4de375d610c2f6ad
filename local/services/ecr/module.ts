/*
 * Amazon ECR, private registries. Imitated: repositories with tag mutability and its exclusions, layer uploads with
 * digest checks, image manifests and indexes (Docker v2, OCI), referrers, replication to other Regions and accounts,
 * basic and enhanced scanning, and the events of all that. In place of a vulnerability database stands what images
 * say in their labels (label-scanner.ts).
 *
 * Not imitated: pull-through caches, repository templates, managed signing, archiving, and the execution of lifecycle
 * policies (they are kept and given back). A registry policy lets another account replicate if it names the action
 * and the account. Manifests of Docker schema 1 are refused.
 */
import type { ServiceModule } from '../service.ts';
import { createEcr, type EcrService } from './ecr-service.ts';
import { ecrResources } from './resources.ts';

export type { EcrService } from './ecr-service.ts';

/** ECR for the local cloud. */
export const ecrModule: ServiceModule<EcrService> = {
  name: 'ecr',
  create: createEcr,
  resources: ecrResources,
};
