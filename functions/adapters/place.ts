import type { Target } from '../domain/target.ts';
import { assume } from './assumed-role.ts';
import type { Assume } from './aws.ts';

/** Where a client calls, and as whom: a target's Region under its role, or where the function itself runs, as itself. */
export interface Place {
  readonly region?: string;
  readonly role?: Assume;
}

/** A target's account and Region, under the role that it keeps for Slipway. */
export const placeOf = (target: Pick<Target, 'region' | 'roleArn' | 'externalId'>): Place => ({
  region: target.region,
  role: assume({ roleArn: target.roleArn, externalId: target.externalId }),
});

/** Where the function itself runs, under its own role. */
export const HERE: Place = {};
