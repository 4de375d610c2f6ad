import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { invariant } from '../domain/invariant.ts';
import type { Credentials, Runtime } from '../runtime/runtime.ts';
import { type Assume, aws } from './aws.ts';

/** A target's role for Slipway, with the external id by which it knows Slipway. */
export interface Role {
  readonly roleArn: string;
  readonly externalId: string;
}

/** Credentials nearer to their end than this are not used: a call may take its time. */
const REMAINING_MIN_MS = 5 * 60_000;

interface Cached {
  readonly credentials: Credentials;
  readonly expiresAt: number;
}

/** Per runtime, so that two worlds in one process never share credentials. */
const caches = new WeakMap<Runtime, Map<string, Cached>>();

const cacheOf = (runtime: Runtime): Map<string, Cached> => {
  const cache = caches.get(runtime) ?? new Map<string, Cached>();
  caches.set(runtime, cache);
  return cache;
};

/** Acts as the role: credentials from the Regional STS, kept until shortly before they expire. */
export const assume =
  (role: Role): Assume =>
  async (runtime, region) => {
    const cache = cacheOf(runtime);
    const key = [role.roleArn, role.externalId, region ?? ''].join('|');
    const known = cache.get(key);
    if (known && known.expiresAt - runtime.now() > REMAINING_MIN_MS) return known.credentials;
    const sts = aws(runtime)(STSClient, region === undefined ? {} : { region });
    const answer = await sts.send(
      new AssumeRoleCommand({
        RoleArn: role.roleArn,
        ExternalId: role.externalId,
        RoleSessionName: 'slipway',
      }),
    );
    const given = answer.Credentials;
    invariant(
      given?.AccessKeyId !== undefined && given.SecretAccessKey !== undefined,
      `STS answered AssumeRole of ${role.roleArn} without credentials`,
    );
    const expiresAt = given.Expiration?.getTime() ?? runtime.now();
    const credentials: Credentials = {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      ...(given.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
      ...(given.Expiration === undefined ? {} : { expiration: given.Expiration }),
    };
    cache.set(key, { credentials, expiresAt });
    return credentials;
  };
