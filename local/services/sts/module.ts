/*
 * Imitates STS: AssumeRole with the role's trust policy (principals, ExternalId and other conditions), its limits on
 * durations, sessions that expire on the cloud's clock, GetCallerIdentity.
 * Does not: web identity, SAML, federation and session tokens, session policies, session tags, source identity, MFA;
 * the caller's own policies are recorded and not evaluated.
 */
import type { ServiceModule } from '../service.ts';
import { Sts, type StsService } from './sts.ts';

export type { StsService } from './sts.ts';

/** STS as the cloud loads it. */
export const stsModule: ServiceModule<StsService> = {
  name: 'sts',
  create: (cloud, place) => new Sts(cloud, place),
  resources: {},
};
