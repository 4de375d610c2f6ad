/*
 * Amazon Inspector for container images. Imitated: findings of images under ECR's enhanced scanning, with their
 * filters, order and EPSS scores, their details, and coverage. What there is to find is said by ECR's scanner; the
 * events `Inspector2 Scan` and `Inspector2 Finding` are sent when it has looked.
 *
 * Not imitated: every other kind of resource, suppression rules, closing of findings after deletion of their image
 * (they go with it), account enablement: enhanced scanning in the registry is the switch.
 */
import type { Service, ServiceModule } from '../service.ts';
import { coverageOperations } from './coverage-operations.ts';
import { findingOperations } from './finding-operations.ts';

/** Inspector for the local cloud. */
export const inspector2Module: ServiceModule<Service> = {
  name: 'inspector2',
  create: (cloud, place) => ({
    operations: { ...findingOperations(cloud, place), ...coverageOperations(cloud, place) },
  }),
  resources: {},
};
