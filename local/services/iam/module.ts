/*
 * Imitates IAM as far as templates need it: roles with trust, inline and attached policies, managed policies,
 * instance profiles, service-linked roles, and reading them. Documents are kept whole, for evaluation.
 * Does not: users, groups, access keys, identity providers, policy versions, writing over the API,
 * the documents of AWS's own managed policies.
 */
import type { ServiceModule } from '../service.ts';
import { Iam, type IamService } from './iam.ts';
import {
  inlinePolicyResource,
  instanceProfileResource,
  managedPolicyResource,
} from './policy-resources.ts';
import { roleResource, serviceLinkedRoleResource } from './role-resource.ts';

export type { IamService } from './iam.ts';

/** IAM has no Regions: all of an account's share one. */
const HOME = 'us-east-1';

/** IAM as the cloud loads it. */
export const iamModule: ServiceModule<IamService> = {
  name: 'iam',
  create: (cloud, place) =>
    place.region === HOME
      ? new Iam(cloud, place)
      : cloud.service<IamService>('iam', { account: place.account, region: HOME }),
  resources: {
    'AWS::IAM::Role': roleResource,
    'AWS::IAM::Policy': inlinePolicyResource,
    'AWS::IAM::ManagedPolicy': managedPolicyResource,
    'AWS::IAM::InstanceProfile': instanceProfileResource,
    'AWS::IAM::ServiceLinkedRole': serviceLinkedRoleResource,
  },
};
