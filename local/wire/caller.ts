import { operatorOf } from '../cloud.ts';
import { AwsError } from '../services/aws-error.ts';
import type { CallContext, CloudContext, Principal, Service } from '../services/service.ts';
import type { WireRequest } from './message.ts';

/** Who signed a request, for which Region and service. */
export interface Scope {
  readonly accessKeyId: string;
  readonly region: string;
  /** The service by its signing name (`states`, `monitoring`). */
  readonly service: string;
}

interface SecurityTokens extends Service {
  principalOf(accessKeyId: string): Principal | undefined;
}

/** Reads the credential scope of Signature Version 4, from the header or from a presigned address. */
export const scopeOf = (request: WireRequest): Scope | undefined => {
  const header = request.headers['authorization'] ?? '';
  const inHeader = /^AWS4-[\w-]+ .*?Credential=([^,\s]+)/.exec(header)?.[1];
  const credential = inHeader ?? request.query.get('X-Amz-Credential') ?? undefined;
  const parts = credential?.split('/') ?? [];
  const [accessKeyId, , region, service, end] = parts.slice(-5);
  if (!accessKeyId || !region || !service || end !== 'aws4_request') return undefined;
  return { accessKeyId, region, service };
};

/**
 * The caller: a 12-digit access key id is an account's owner, a session's key its role, any other key the default
 * account's owner. Signatures are not verified: the door is open to whoever can reach it.
 */
export const callerOf = (cloud: CloudContext, scope: Scope, account: string): CallContext => {
  const { accessKeyId, region } = scope;
  if (/^\d{12}$/.test(accessKeyId)) {
    return { account: accessKeyId, region, principal: operatorOf(accessKeyId) };
  }
  if (!accessKeyId.startsWith('ASIA')) return { account, region, principal: operatorOf(account) };
  const principal = cloud
    .service<SecurityTokens>('sts', { account, region })
    .principalOf(accessKeyId);
  if (principal) return { account: principal.account, region, principal };
  throw new AwsError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    { status: 403 },
  );
};
