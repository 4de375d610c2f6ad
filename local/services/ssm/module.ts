/*
 * Imitates Parameter Store: parameters with versions and types, single and by list.
 * Does not: paths and filters, labels, policies, advanced tiers, real encryption of SecureString
 * (its value is kept as it is and given out only with WithDecryption), documents, sessions, all else of Systems Manager.
 */
import type { ServiceModule } from '../service.ts';
import { parameterResource } from './parameter-resource.ts';
import { ParameterStore } from './parameter-store.ts';

/** Parameter Store as the cloud loads it. */
export const ssmModule: ServiceModule<ParameterStore> = {
  name: 'ssm',
  create: (cloud, place) => new ParameterStore(cloud, place),
  resources: { 'AWS::SSM::Parameter': parameterResource },
};
