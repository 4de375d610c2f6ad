import { unauthorized } from '../../kubernetes/status.ts';
import type { CloudContext, Place, Principal, Service } from '../service.ts';
import type { ClusterRecord } from './cluster-record.ts';

/** STS as far as a token's access key leads to its principal. */
export interface TokenService extends Service {
  principalOf(accessKeyId: string): Principal | undefined;
}

const prefix = 'k8s-aws-v1.';
const longestToken = 4096;
const lifetimeMs = 15 * 60_000;

/**
 * Proves who asks by the presigned GetCallerIdentity request in the bearer token, with the checks of
 * aws-iam-authenticator's verifier (kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go) and EKS' access
 * entries. The signature itself is not recomputed. Answers the role's ARN, or the refusal.
 */
export const authenticate = (
  cloud: CloudContext,
  place: Place,
  record: ClusterRecord,
  init: RequestInit,
): string | Response => {
  const header = new Headers(init.headers).get('authorization') ?? '';
  const problem = refusal(header, record.cluster.name ?? '', cloud.clock.now(), place);
  if (problem !== undefined) return refused(cloud, record, problem);
  const url = presigned(header);
  const accessKeyId = url.searchParams.get('X-Amz-Credential')?.split('/')[0] ?? '';
  const principal = principalOf(cloud, place, accessKeyId);
  if (principal === undefined)
    return refused(cloud, record, `no one has the access key ${accessKeyId}`);
  const arn = principal.roleArn ?? principal.arn;
  if (!record.access.has(arn)) return refused(cloud, record, `${arn} has no access entry`);
  return arn;
};

/** An expired session is as good as none. */
const principalOf = (
  cloud: CloudContext,
  place: Place,
  accessKeyId: string,
): Principal | undefined => {
  try {
    return cloud.service<TokenService>('sts', place).principalOf(accessKeyId);
  } catch {
    return undefined;
  }
};

/** The caller learns nothing, as on EKS; whoever watches the local cloud learns why. */
const refused = (cloud: CloudContext, record: ClusterRecord, why: string): Response => {
  cloud.warn(`eks ${record.cluster.name}: 401: ${why}`);
  return new Response(JSON.stringify(unauthorized().status), {
    status: 401,
    headers: { 'content-type': 'application/json' },
  });
};

const presigned = (header: string): URL =>
  new URL(Buffer.from(header.slice(`Bearer ${prefix}`.length), 'base64url').toString('utf8'));

const refusal = (
  header: string,
  clusterName: string,
  now: number,
  place: Place,
): string | undefined => {
  if (!header.startsWith('Bearer ')) return 'the request carries no bearer token';
  if (!header.startsWith(`Bearer ${prefix}`)) return `the token does not begin with ${prefix}`;
  if (header.length - 'Bearer '.length > longestToken) return 'the token is too long';
  let url: URL;
  try {
    url = presigned(header);
  } catch {
    return 'the token is not a base64url URL';
  }
  const hosts = [`sts.${place.region}.amazonaws.com`, 'sts.amazonaws.com'];
  if (url.protocol !== 'https:' || !hosts.includes(url.hostname)) {
    return `the token's URL must be https://${hosts[0]}/, got ${url.origin}`;
  }
  if (url.pathname !== '/') return `the path of the token's URL must be /, got ${url.pathname}`;
  return queryRefusal(url.searchParams, clusterName, now);
};

const queryRefusal = (
  query: URLSearchParams,
  clusterName: string,
  now: number,
): string | undefined => {
  for (const key of query.keys()) {
    if (!/^(action|version|x-amz-[a-z0-9-]+|x-id)$/i.test(key))
      return `query parameter ${key} is not allowed`;
  }
  if (query.get('Action') !== 'GetCallerIdentity') return 'the action is not GetCallerIdentity';
  const signed = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  if (!signed.includes('x-k8s-aws-id')) return 'x-k8s-aws-id is not among the signed headers';
  if (!signed.includes('host')) return 'host is not among the signed headers';
  const expires = Number(query.get('X-Amz-Expires') ?? 'NaN');
  if (!(expires >= 0 && expires <= 900)) return 'X-Amz-Expires must be between 0 and 900';
  if (!query.get('X-Amz-Signature')) return `the request for cluster ${clusterName} is not signed`;
  const at = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  if (at === null) return 'X-Amz-Date is missing';
  const [, year, month, day, hour, minute, second] = at.map(Number);
  const signedAt = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  if (now > signedAt + lifetimeMs) return 'the token has expired';
  if (now < signedAt - lifetimeMs) return 'the token is of the future';
  return undefined;
};
