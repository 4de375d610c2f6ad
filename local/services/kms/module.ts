/*
 * Imitates KMS: symmetric keys and aliases from templates, encryption that is bound to key and context,
 * data keys, states (disabled, pending deletion).
 * Does not: asymmetric and HMAC keys, grants, key policies (kept, not evaluated), rotation of material, imports,
 * replicas, making keys over the API, keys that AWS manages (`alias/aws/…`).
 */
import type { ServiceModule } from '../service.ts';
import { Kms, type KmsService } from './kms.ts';
import { aliasResource, keyResource } from './resources.ts';

export type { KmsService } from './kms.ts';

/** KMS as the cloud loads it. */
export const kmsModule: ServiceModule<KmsService> = {
  name: 'kms',
  create: (cloud, place) => new Kms(cloud, place),
  resources: { 'AWS::KMS::Key': keyResource, 'AWS::KMS::Alias': aliasResource },
};
