/*
 * Imitates CloudFormation as far as it shows what is deployed: stacks, their resources, events, exports and
 * imports, templates, deletion. Stacks themselves are deployed from a cloud assembly by `cloud.deploy`.
 * Does not: CreateStack, UpdateStack and change sets over the API, nested stacks, stack sets, drift, hooks,
 * stack policies, termination protection, macros.
 */
import type { TemplateCloud } from '../../template/stack.ts';
import type { ServiceModule } from '../service.ts';
import { CloudFormation } from './cloudformation.ts';

/** CloudFormation as the cloud loads it. */
export const cloudformationModule: ServiceModule<CloudFormation> = {
  name: 'cloudformation',
  create: (cloud, place) => new CloudFormation(cloud as TemplateCloud, place),
  resources: {},
};
